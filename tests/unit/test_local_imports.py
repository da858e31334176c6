"""The check that each function can be imported is repeated for what it depends on alone."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from deploy import layer as layers
from local import package


def test_functions_are_imported_again_for_other_code_and_not_for_another_shop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    functions, sources = tmp_path / "function", tmp_path / "sources"
    for folder in (functions, sources):
        folder.mkdir()
        (folder / "module.py").write_text("one = 1")
    checks: list[object] = []
    monkeypatch.setattr(package, "_TARGET", layers.Target(str(tmp_path)))
    monkeypatch.setattr(package, "_import_each", checks.append)
    monkeypatch.setattr(package, "LAYER_SOURCES", sources)

    def is_checked(libraries: str = "libraries", shop: str = "a shop") -> bool:
        built = layers.Layer(tmp_path, libraries, shop)
        monkeypatch.setattr(layers, "built", lambda _: nullcontext(built))
        return package.check_imports([(functions, "handler.lambda_handler")])

    assert [is_checked(), is_checked(), is_checked(shop="another shop")] == [True, False, False]
    assert is_checked(libraries="other libraries")
    for folder in (functions, sources):
        (folder / "module.py").write_text("two = 2")
        assert is_checked(libraries="other libraries")
    assert len(checks) == 4
