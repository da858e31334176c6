"""Links and texts of a shop's own files, each for all languages or by language."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Z]{2})?")
_ADDRESS = re.compile(r"[^\s<>\"'`\\]+")
_ENGLISH = "en"


def _by_language(value: str | dict[str, str]) -> dict[str, str]:
    texts = {_ENGLISH: value} if isinstance(value, str) else value
    for locale, text in texts.items():
        if not _LOCALE.fullmatch(locale):
            raise ValueError(f"{locale!r} is no language. Write 'en' or 'en_US'.")
        if not text.strip():
            raise ValueError("it is empty: leave the key out, or write something.")
    return {locale.replace("-", "_"): text for locale, text in texts.items()}


def _addresses(value: str | dict[str, str]) -> dict[str, str]:
    texts = _by_language(value)
    for text in texts.values():
        _check_address(text)
    return texts


def _check_address(text: str) -> None:
    try:
        found = urlsplit(text)
        leads = {"https": found.hostname, "mailto": found.path}.get(found.scheme)
    except ValueError:
        leads = None
    if not (leads and text.isprintable() and _ADDRESS.fullmatch(text)):
        raise ValueError(f"{text!r} is no address. It begins with 'https://' or 'mailto:'.")


Texts = Annotated[str | dict[str, str], AfterValidator(_by_language)]
"""A text, or one for each language (``en``) or locale (``en_US``)."""

Addresses = Annotated[str | dict[str, str], AfterValidator(_addresses)]
"""Likewise an address: ``https:`` or ``mailto:``."""


def in_language(texts: str | Mapping[str, str], locale: str) -> str:
    """Return the text for a locale: its own, its language's, that in English, or any."""
    if isinstance(texts, str):
        return texts
    language = locale.partition("_")[0]
    for wanted in (locale, language, _ENGLISH):
        if wanted in texts:
            return texts[wanted]
        if near := next((each for each in texts if each.partition("_")[0] == wanted), None):
            return texts[near]
    return next(iter(texts.values()))
