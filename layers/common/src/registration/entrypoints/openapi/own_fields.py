"""A shop's own fields as JSON Schema, with what they are called in English."""

from collections.abc import Callable, Mapping
from typing import Any

from registration.domain.fields.own import LARGEST_NUMBER, Kind, OwnField, in_language
from registration.entrypoints.rendering.locales import ENGLISH

Json = dict[str, Any]


def schema_of(field: OwnField, any_line: str) -> Json:
    """Return what a value has to be; ``any_line`` is the pattern of a text without one."""
    of_kind = _text(field, any_line) if field.kind is Kind.TEXT else _OF_KIND[field.kind](field)
    told = filter(None, (in_language(field.label, ENGLISH), of_kind.pop("description", "")))
    return {**of_kind, "description": ", ".join(told)}


def _text(field: OwnField, any_line: str) -> Json:
    pattern = f"^(?:{field.pattern.pattern})$" if field.pattern else any_line
    length = {"minLength": field.shortest} if field.shortest else {}
    return {"type": "string", **length, "maxLength": field.longest, "pattern": pattern}


def _choice(field: OwnField) -> Json:
    return {"type": "string", "enum": list(field.options)}


def _date(field: OwnField) -> Json:
    latest = "today" if field.until_today else field.latest
    ends = ("from", field.earliest), ("to", latest)
    told = " ".join(f"{word} {day}" for word, day in ends if day)
    return {"type": "string", "format": "date", "description": told}


def _number(field: OwnField) -> Json:
    least = -LARGEST_NUMBER if field.least is None else field.least
    most = LARGEST_NUMBER if field.most is None else field.most
    return {"type": "number", "minimum": least, "maximum": most}


def _box(_field: OwnField) -> Json:
    return {"type": "boolean"}


_OF_KIND: Mapping[Kind, Callable[[OwnField], Json]] = {
    Kind.CHOICE: _choice,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.CHECKBOX: _box,
    Kind.CONSENT: _box,
}
