"""The texts of a language by their keys: ours, and in their place what the shop says."""

from collections.abc import Mapping
from functools import cache

from registration.domain.errors import RegistrationError
from registration.entrypoints.rendering.locales import ENGLISH, locales, our_locales
from registration.entrypoints.shop.texts import our_texts, shop_texts


@cache
def texts(locale: str) -> Mapping[str, str]:
    """Return all texts of a language; what a language that the shop adds lacks is in English.

    Raises
    ------
    LookupError
        There is no such language.
    ShopError
        Something in the shop's texts is wrong.
    """
    if locale not in locales():
        raise LookupError(locale)
    ours = our_texts(locale if locale in our_locales() else ENGLISH)
    return {**ours, **shop_texts().get(locale, {})}


def nearest_key(locale: str, table: str, error: RegistrationError, suffix: str = "") -> str:
    """Return the key of an error's texts, or of those of the kind of error that it is."""
    names = (f"{table}.{kind.__name__}" for kind in type(error).__mro__)
    return next(name for name in names if f"{name}{suffix}" in texts(locale))


def plural_key(locale: str, key: str, count: float) -> str:
    """Return the key of the form in which a language tells a count (CLDR, by Babel)."""
    from babel import Locale  # noqa: PLC0415

    form = f"{key}.{Locale.parse(locale).plural_form(count)}"
    return form if form in texts(locale) else f"{key}.other"
