"""Where the shop's folder is looked for."""

from pathlib import Path
from typing import Any

from registration.entrypoints.shop import folder


def test_the_layer_may_lie_as_high_as_lambda_has_it() -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
    place = "/opt/python/registration/entrypoints/shop/folder.py"
    module: dict[str, Any] = {"__file__": place, "__name__": "folder"}

    exec(compile(Path(folder.__file__).read_text(), place, "exec"), module)  # noqa: S102

    assert str(module["PACKAGED"]) == "/opt/python/registration/shop"
