"""``make check-texts``: what lacks and what is wrong in our texts and the shop's."""

import sys
from collections.abc import Iterator

from registration.entrypoints.rendering.locales import ENGLISH, locales, our_locales
from registration.entrypoints.shop.folder import ShopError
from registration.entrypoints.shop.texts import (
    PLURAL_FORMS,
    Texts,
    flaw_of,
    numbers_of,
    our_texts,
    shop_texts,
)


def lacking(locale: str, said: Texts) -> list[str]:
    """Return the keys of English that a language lacks; of a count, those of its own forms."""
    return [key for key in _wanted(locale) if key not in said]


def main() -> int:
    """Print everything; return 1 if something is wrong, or lacks in one of our languages."""
    wrong = [
        f"texts/{locale}, {key}: {flaw}"
        for locale in our_locales()
        for key, text in our_texts(locale).items()
        if (flaw := flaw_of(locale, key, text))
    ]
    wrong += [
        f"texts/{locale}, {key}: this key is missing."
        for locale in our_locales()
        for key in lacking(locale, our_texts(locale))
    ]
    lines = []
    try:
        found = shop_texts()
    except ShopError as error:
        found, wrong = {}, [*wrong, *error.problems]
    for locale in locales()[len(our_locales()) :]:
        if missing := lacking(locale, found.get(locale, {})):
            lines += [f"shop/texts/{locale} lacks {len(missing)} texts: they are in English."]
            lines += missing
    sys.stdout.writelines(f"{line}\n" for line in [*wrong, *lines])
    return 1 if wrong else 0


def _wanted(locale: str) -> Iterator[str]:
    english = our_texts(ENGLISH)
    for key in english:
        table, _, form = key.rpartition(".")
        if form not in PLURAL_FORMS or f"{table}.one" not in english:
            yield key
        elif form == "other":
            forms = [each for each in PLURAL_FORMS if numbers_of(locale, each)]
            yield from (f"{table}.{each}" for each in {**dict.fromkeys(forms), "other": None})


if __name__ == "__main__":
    sys.exit(main())
