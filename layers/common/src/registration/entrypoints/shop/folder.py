"""The folder ``shop/``: where it lies, and reading its files with errors that say what and where.

The layer has a copy of it inside the package; in a checkout it stands at the top. ``SHOP_FOLDER``
names another one, for a preview or a test. A file that is missing says nothing, which is right.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

PACKAGE = Path(__file__).parents[2]
_PACKAGED = PACKAGE / "shop"
_IN_CHECKOUT = PACKAGE.parents[3] / "shop"

Model = TypeVar("Model", bound="Table")


class ShopError(Exception):
    """The shop's folder holds something wrong: a line for each problem, with file and key."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Table(BaseModel):
    """A table of a file: keys that nobody knows are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def shop_folder() -> Path:
    """Return the folder of the shop."""
    if chosen := os.environ.get("SHOP_FOLDER"):
        return Path(chosen)
    return _PACKAGED if _PACKAGED.is_dir() else _IN_CHECKOUT


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


def read_table(path: Path, model: type[Model]) -> Model:
    """Return a file of the shop, validated.

    Raises
    ------
    ShopError
        Every problem, with the file, the key, and a key or value that was perhaps meant.
    """
    table = read_toml(path)
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ShopError(
            f"{_place(path, problem['loc'])}: {_said(problem, model)}" for problem in error.errors()
        ) from error


def perhaps(wanted: str, known: Iterable[str]) -> str:
    """Return a suggestion for a word that is not known; with none, all words if they are few."""
    words = sorted(known)
    if near := get_close_matches(wanted, words, n=1):
        return f" Did you mean {near[0]!r}?"
    return f" Use one of {', '.join(words)}." if 0 < len(words) <= _FEW else ""


_FEW = 24
_SAID = {
    "string_type": "write a text in quotation marks.",
    "int_type": "write a whole number, without quotation marks.",
    "bool_type": "write true or false, without quotation marks.",
    "model_type": "write a table: [{place}], and its keys below.",
    "dict_type": "write a table: [{place}], and its keys below.",
    "list_type": "write it with two brackets: [[{place}]].",
    "greater_than_equal": "it has to be {ge} or more.",
    "less_than_equal": "it has to be {le} or less.",
    "too_long": "there may be {max_length} at the most.",
}
"""What we say instead of pydantic: https://docs.pydantic.dev/latest/errors/validation_errors/"""


def _place(path: Path, place: Sequence[int | str]) -> str:
    return ", ".join(filter(None, (shown(path), _dotted(place))))


def _dotted(place: Sequence[int | str]) -> str:
    return ".".join(map(str, place))


def _said(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        *above, last = problem["loc"]
        return f"this key is not known.{perhaps(str(last), _keys_at(model, above))}"
    if problem["type"] == "missing":
        return "this key is missing."
    if text := _SAID.get(problem["type"]):
        return text.format(place=_dotted(problem["loc"]), **problem.get("ctx", {}))
    said = str(problem["msg"]).removeprefix("Value error, ")
    return said if said.endswith((".", "?", "!")) else f"{said}."


def _keys_at(model: type[BaseModel], place: Sequence[int | str]) -> Iterable[str]:
    """Return the keys that a table at a place knows."""
    found: Any = model
    for part in place:
        fields = getattr(found, "model_fields", {})
        annotation = fields[part].annotation if part in fields else found
        found = _model_in(annotation)
    return [field.alias or name for name, field in getattr(found, "model_fields", {}).items()]


def _model_in(annotation: Any) -> Any:
    """Return the model in an annotation: that of the values, if it is a mapping or a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_model_in(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in inner if part is not None), None)
