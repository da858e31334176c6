"""The texts of a language, ``texts/<locale>/*.toml``, by their keys."""

import tomllib
from collections.abc import Mapping
from functools import cache

from registration.domain.errors import RegistrationError
from registration.entrypoints.rendering.locales import TEXTS, locales


@cache
def texts(locale: str) -> Mapping[str, str]:
    """Return all texts of a language by their keys."""
    if locale not in locales():
        raise LookupError(locale)
    files = sorted((TEXTS / locale).glob("*.toml"))
    return {key: text for file in files for key, text in flat(tomllib.loads(file.read_text()))}


def flat(found: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Return the texts in a table and in those in it, with the whole path as the key."""
    pairs: list[tuple[str, str]] = []
    for key, value in found.items():
        if isinstance(value, dict):
            pairs += flat(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", str(value)))
    return pairs


def nearest_key(locale: str, table: str, error: RegistrationError, suffix: str = "") -> str:
    """Return the key of an error's texts, or of those of the kind of error that it is."""
    names = (f"{table}.{kind.__name__}" for kind in type(error).__mro__)
    return next(name for name in names if f"{name}{suffix}" in texts(locale))
