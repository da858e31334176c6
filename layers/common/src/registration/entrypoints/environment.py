"""Reads settings from environment variables.

Without pydantic: importing it takes a fifth of a cold start.
"""

import os
import re
from collections.abc import Callable
from enum import EnumMeta
from typing import Annotated, Any, Self, dataclass_transform, get_args, get_origin, get_type_hints


def on_lambda() -> bool:
    """Whether this is a function's process, of AWS or of the local cloud.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


class SettingsError(Exception):
    """Variables are missing or wrong: a line for each, with its name."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """The root: read once, never changed.

    A field is a text, a number, ``true`` or ``false``, or a word of an enumeration; or its
    annotation has the function that reads it, which raises ``ValueError``.
    """

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is never changed")

    @classmethod
    def fields(cls) -> dict[str, Any]:
        """Return the annotation of each field."""
        return get_type_hints(cls, include_extras=True)

    @classmethod
    def from_environment(cls) -> Self:
        """Read each field from the environment variable of its name in capitals.

        Raises
        ------
        SettingsError
        """
        found, problems = {}, []
        for name, annotation in cls.fields().items():
            given = os.environ.get(name.upper())
            if given is None and hasattr(cls, name):
                continue
            try:
                found[name] = _read(annotation, given)
            except (ValueError, LookupError) as error:
                problems.append(f"{name.upper()}: {error}")
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(**found)


def _read(annotation: Any, given: str | None) -> object:
    if given is None:
        raise ValueError("this variable is missing")
    if get_origin(annotation) is Annotated:
        return get_args(annotation)[1](given)
    if annotation is bool:
        return _boolean(given)
    if annotation is int or isinstance(annotation, EnumMeta):
        return _or_wrong(annotation, given)
    return given


def _boolean(given: str) -> bool:
    if given not in {"true", "false"}:
        raise ValueError("this is neither true nor false")
    return given == "true"


def _or_wrong(read: Callable[[str], object], given: str) -> object:
    try:
        return read(given)
    except ValueError:
        # Its text has what was given.
        raise ValueError("this is no value that is known") from None


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number within bounds."""

    def read(given: str) -> int:
        if not given.isdecimal() or not least <= (number := int(given)) <= (most or number):
            raise ValueError(f"this is no whole number from {least}{f' to {most}' if most else ''}")
        return number

    return read


def text_like(pattern: str) -> Callable[[str], str]:
    """Return what reads a text that fits a pattern."""

    def read(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError("this is not written as it has to be")
        return given

    return read


Natural = Annotated[int, whole_number(0)]
"""A whole number, 0 included: of attempts that a limit allows, say."""

Positive = Annotated[int, whole_number(1)]
"""A whole number that is not 0: of hours, days or rows, say."""
