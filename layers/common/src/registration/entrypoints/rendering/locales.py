"""The languages that pages and mails are written in: the folders of texts, ours and the shop's.

What languages are called comes from the CLDR, by Babel, which is loaded when it is needed first.
"""

import re
from collections import Counter
from functools import cache

from registration.entrypoints.shop.folder import PACKAGE, shop_folder

ENGLISH = "en_US"
TEXTS = PACKAGE / "texts"
"""The folder of our texts, with one for each of our languages."""

_LOCALE = re.compile("[a-z]{2}_[A-Z]{2}")
_QUALITY = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)")


@cache
def our_locales() -> tuple[str, ...]:
    """Return the locales that come with the code, English first."""
    found = sorted(folder.name for folder in TEXTS.iterdir())
    return (ENGLISH, *(locale for locale in found if locale != ENGLISH))


@cache
def locales() -> tuple[str, ...]:
    """Return all locales: ours, English first, then those for which the shop has texts."""
    found = sorted({path.parent.name for path in (shop_folder() / "texts").glob("*/*.toml")})
    added = (name for name in found if is_locale(name) and name not in our_locales())
    return (*our_locales(), *added)


def is_locale(name: str) -> bool:
    """Whether a name is a locale's: a language and a country, ``pt_BR``."""
    return _LOCALE.fullmatch(name) is not None


def language_tag(locale: str) -> str:
    """Return a locale as HTML names it, ``pt-BR`` (RFC 5646)."""
    return locale.replace("_", "-")


@cache
def direction(locale: str) -> str:
    """Return which way a language is written, as HTML's ``dir`` says it."""
    if locale in our_locales() or not is_locale(locale):
        return "ltr"
    from babel import Locale  # noqa: PLC0415

    return "rtl" if Locale.parse(locale).text_direction == "rtl" else "ltr"


def language_names(told_in: str | None = None) -> dict[str, str]:
    """Return what our languages are called in one of them, or each in its own.

    The country is named where there are several of one language.
    """
    from babel import Locale  # noqa: PLC0415

    alike = Counter(locale[:2] for locale in locales())
    names = {}
    for locale in locales():
        found = Locale.parse(locale)
        name = found.get_language_name if alike[locale[:2]] == 1 else found.get_display_name
        told = name(told_in or locale) or locale
        names[locale] = told[:1].upper() + told[1:]
    return names


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
    language, country = (*re.split("[-_]", wanted), "")[:2]
    exactly, language = f"{language.lower()}_{country.upper()}", language.lower()
    if exactly in locales():
        return exactly
    return next((locale for locale in locales() if locale.startswith(f"{language}_")), None)
