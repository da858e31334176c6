"""The tables of the shop's files: reading one by its model, with errors that say what and where."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from registration.entrypoints.shop.folder import ShopError, perhaps, read_toml, shown

Model = TypeVar("Model", bound="Table")

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


class Table(BaseModel):
    """A table of a file: keys that nobody knows are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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
