"""Links and texts of a shop's own files, each for all languages or by language."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from registration.domain.invisible import trimmed

_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Z]{2})?")
_ADDRESS = re.compile(r"[^\s<>\"'`\\]+")
_ENGLISH = "en"
_EMPTY = "it is empty: leave the key out, or write something."


def _by_language(value: object) -> object:
    texts = {_ENGLISH: value} if isinstance(value, str) else value
    if not isinstance(texts, dict):
        # pydantic takes no TypeError for one of its own.
        raise ValueError("write a text, or one for each language: {en = ..., de = ...}.")  # noqa: TRY004
    if not texts:
        raise ValueError(_EMPTY)
    for locale, text in texts.items():
        if not _LOCALE.fullmatch(locale):
            raise ValueError(f"{locale!r} is no language. Write 'en' or 'en_US'.")
        if not isinstance(text, str):
            raise ValueError(f"{text!r} is no text. Write it in quotation marks.")  # noqa: TRY004
        if not trimmed(text):
            raise ValueError(_EMPTY)
    return {locale.replace("-", "_"): text for locale, text in texts.items()}


def _addresses(texts: Mapping[str, str]) -> Mapping[str, str]:
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


def written(pattern: str, how: str) -> AfterValidator:
    """Return the rule of a text that fits a pattern, and ``how`` it is to be written."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"write {how}.")
        return text

    return AfterValidator(check)


Texts = Annotated[Mapping[str, str], BeforeValidator(_by_language)]
"""A text, or one for each language (``en``) or locale (``en_US``)."""

Addresses = Annotated[Texts, AfterValidator(_addresses)]
"""Likewise an address: ``https:`` or ``mailto:``."""
