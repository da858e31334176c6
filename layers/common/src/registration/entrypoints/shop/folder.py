"""The folder ``shop/``: where it lies, and reading its files with errors that say what and where.

The layer has a copy of it inside the package; in a checkout it stands at the top. ``SHOP_FOLDER``
names another one, for a preview or a test. A file that is missing says nothing, which is right.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2]
PREPARED = PACKAGE / "prepared"
"""What was worked out when the layer was built (``rendering/prepare.py``)."""

PACKAGED = PACKAGE / "shop"
"""The shop's folder in the layer."""

_FEW = 24
_IN_CHECKOUT = Path(*PACKAGE.parts[:-4], "shop")  # no error where Lambda has the layer


class ShopError(Exception):
    """The shop's folder holds something wrong: a line for each problem, with file and key."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def shop_folder() -> Path:
    """Return the folder of the shop."""
    if chosen := os.environ.get("SHOP_FOLDER"):
        return Path(chosen)
    return PACKAGED if PACKAGED.is_dir() else _IN_CHECKOUT


def shown(path: Path) -> str:
    """Return how errors name a file: ``shop/brand.toml``."""
    return (Path("shop") / path.relative_to(shop_folder())).as_posix()


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file of the shop says; nothing if it is missing.

    Raises
    ------
    ShopError
        It is no TOML, not in UTF-8, or no file that can be read.
    """
    import tomllib  # noqa: PLC0415 - the layer has it read already

    try:
        # Windows' editors begin a file with a mark.
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ShopError([f"{shown(path)}: this cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise ShopError([f"{shown(path)}: not in UTF-8. Save the file as UTF-8."]) from error
    except tomllib.TOMLDecodeError as error:
        raise ShopError([f"{shown(path)}: no TOML: {error}."]) from error
    except (ValueError, RecursionError) as error:
        why = "a number in it is too long, or too many brackets stand in each other"
        raise ShopError([f"{shown(path)}: no TOML: {why}."]) from error


def perhaps(wanted: str, known: Iterable[str]) -> str:
    """Return a suggestion for a word that is not known; with none, all words if they are few."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    words = sorted(known)
    if near := get_close_matches(wanted, words, n=1):
        return f" Did you mean {near[0]!r}?"
    return f" Use one of {', '.join(words)}." if 0 < len(words) <= _FEW else ""
