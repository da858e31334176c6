"""The languages that pages and mails are written in: the folders in ``texts/``."""

import re
from functools import cache

from registration.entrypoints.shop.folder import PACKAGE

ENGLISH = "en_US"
TEXTS = PACKAGE / "texts"

_QUALITY = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)")


@cache
def locales() -> tuple[str, ...]:
    """Return all locales, English first."""
    ours = sorted(folder.name for folder in TEXTS.iterdir())
    return (ENGLISH, *(locale for locale in ours if locale != ENGLISH))


def fitting_locale(wanted: str | None, default: str) -> str:
    """Return the locale to write in for somebody.

    Parameters
    ----------
    wanted
        Theirs, if known. One that we have not is served by its language (``de_AT`` by
        ``de_DE``), and one of another language by English.
    default
        What to write in for somebody who has not said.
    """
    return _of_language(wanted or default) or ENGLISH


def preferred_locale(accept_language: str | None, default: str) -> str:
    """Return the locale that an ``Accept-Language`` header asks for most.

    Equal qualities count in the order written; what cannot be read is passed over
    (RFC 9110, 12.5.4). Where nothing fits, it is ``default``.
    """
    ranges = [_language_range(part) for part in (accept_language or "").split(",")]
    for language, quality in sorted(ranges, key=lambda wanted: -wanted[1]):
        if quality == 0:
            break
        locale = default if language == "*" else _of_language(language)
        if locale:
            return locale
    return default


def _language_range(part: str) -> tuple[str, float]:
    language, _, weight = (piece.strip() for piece in part.lower().partition(";"))
    if not weight:
        return language, 1.0
    quality = _QUALITY.fullmatch(weight.replace(" ", ""))
    return language, float(quality[1]) if quality else 0.0


def _of_language(wanted: str) -> str | None:
    if wanted in locales():
        return wanted
    language = re.split("[-_]", wanted)[0].lower()
    return next((locale for locale in locales() if locale.startswith(f"{language}_")), None)
