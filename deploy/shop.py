"""`make check-shop`: checks the shop's folder, before it is built or deployed.

It runs `registration.entrypoints.shop.check` with the layer's own libraries, for this interpreter.
"""

import subprocess
import sys

from deploy.layer import THIS_INTERPRETER, LayerError, built, digest

_CHECK = (
    "import sys; sys.path.insert(0, sys.argv[1]); from registration.entrypoints.shop import check"
)


class ShopFolderError(Exception):
    """The shop's folder is wrong: a line for each problem."""


def check() -> None:
    """Check the folder, and print warnings.

    Raises
    ------
    ShopFolderError
        Every problem.
    """
    try:
        with built(THIS_INTERPRETER) as layer:
            stamp = THIS_INTERPRETER.folder / "shop.checked"
            key = digest([layer.libraries.encode(), layer.sources.encode()])
            checked, _, told = (stamp.read_text("utf-8") if stamp.exists() else "").partition("\n")
            if checked != key:
                told = _checked(str(layer.python))
                stamp.write_text(f"{key}\n{told}", "utf-8")
    except LayerError as error:
        raise ShopFolderError(str(error)) from error
    print(told, end="", file=sys.stderr, flush=True)


def _checked(python: str) -> str:
    alone = [sys.executable, "-I", "-S", "-B", "-c", f"{_CHECK}; sys.exit(check.main())", python]
    found = subprocess.run(alone, env={}, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise ShopFolderError(found.stderr.strip())
    return found.stderr


if __name__ == "__main__":
    try:
        check()
    except ShopFolderError as error:
        sys.exit(str(error))
