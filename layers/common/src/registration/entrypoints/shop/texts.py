"""The shop's own texts: ``shop/texts/<locale>/*.toml``, in files of any name.

A key of ours gets the shop's text; a folder of a locale that we have not adds a language.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from types import MappingProxyType

from registration.domain.mail.mails import TELLS_OWN_FIELDS
from registration.entrypoints.rendering.locales import ENGLISH, TEXTS, is_locale
from registration.entrypoints.shop.checked import checked
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import (
    PREPARED,
    ShopError,
    perhaps,
    read_toml,
    shop_folder,
    shown,
)

PLURAL_FORMS = ("zero", "one", "two", "few", "many", "other")
"""What the CLDR calls the forms in which languages tell a count."""
NO_LOCALE = "is no locale. Name the folder like pt_BR."

Texts = Mapping[str, str]
NOTHING: Texts = MappingProxyType({})


@cache
def our_texts(locale: str) -> Texts:
    """Return our own texts in one of our languages by their keys: ``cart.heading``."""
    prepared = PREPARED / f"{locale}.json"
    if prepared.exists():
        found: dict[str, str] = json.loads(prepared.read_bytes())
        return found
    files = sorted((TEXTS / locale).glob("*.toml"))
    return {key: str(text) for file in files for key, text in flat(read_toml(file))}


@cache
def shop_texts() -> Mapping[str, Texts]:
    """Return the shop's texts by locale and key.

    Raises
    ------
    ShopError
        Everything that is wrong with them.
    """
    return checked("texts", _read)


def _read() -> Mapping[str, Texts]:
    problems: list[str] = []
    found: dict[str, dict[str, str]] = {}
    for path in sorted((shop_folder() / "texts").rglob("*.toml")):
        locale = path.parent.name
        if not is_known(locale) or path.parents[1] != shop_folder() / "texts":
            problems.append(f"{shown(path)}: {locale} {NO_LOCALE}")
            continue
        try:
            pairs = list(flat(read_toml(path)))
        except ShopError as error:
            problems += error.problems
            continue
        said = found.setdefault(locale, {})
        for key, text in pairs:
            if flaw := flaw_of(locale, key, text, said):
                problems.append(f"{shown(path)}, {key}: {flaw}")
            said[key] = str(text)
    if problems:
        raise ShopError(problems)
    return found


def flaw_of(locale: str, key: str, text: object, said: Texts = NOTHING) -> str | None:
    """Return what is wrong with a text of a key of ours, if ``said`` is said already."""
    english = our_texts(ENGLISH)
    table, _, form = key.rpartition(".")
    is_plural = form in PLURAL_FORMS and f"{table}.one" in english
    if is_plural and form not in (forms := plural_forms(locale)):
        return f"the language has no such plural form.{perhaps(form, forms)}"
    known = f"{table}.other" if is_plural else key
    if known not in english:
        return f"this key is not known.{perhaps(key, english)}"
    if key in said:
        return "this key is there twice. Remove one of them."
    if not isinstance(text, str) or not text.strip():
        return "this is no text. Write one in quotation marks."
    # "An item" needs no number, if the form is that of one number alone: not in French, as of 0.
    optional = {"shop", "count"} if is_plural and len(numbers_of(locale, form)) == 1 else {"shop"}
    return _flaw_of_blanks(text, blanks(english[known]), optional | _own_blanks(key))


def _flaw_of_blanks(text: str, wanted: set[str], optional: set[str]) -> str | None:
    try:
        said = blanks(text)
    except ValueError as error:
        return f"{error}. Write {{{{ and }}}} for braces that are shown."
    if unknown := sorted(said - wanted - optional):
        return f"there is no {{{unknown[0]}}} here.{perhaps(unknown[0], wanted | optional)}"
    if lacking := sorted(wanted - said - optional):
        return f"{{{lacking[0]}}} is missing."
    return None


def _own_blanks(key: str) -> set[str]:
    """Return the shop's own fields that a text may hold: in mails that tell them, or in all."""
    first, _, rest = key.partition(".")
    kind, dot, _ = rest.partition(".")
    may = first == "mail" and (not dot or kind in TELLS_OWN_FIELDS)
    return {each.name for each in customer_fields().in_mails} if may else set()


@cache
def plural_forms(locale: str) -> set[str]:
    """Return the plural forms that a language has."""
    from babel import Locale  # noqa: PLC0415

    return {*Locale.parse(locale).plural_form.tags, "other"}


@cache
def numbers_of(locale: str, form: str) -> list[int]:
    """Return the numbers that a language tells in a plural form, as far as a shop counts."""
    from babel import Locale  # noqa: PLC0415

    form_of = Locale.parse(locale).plural_form
    return [number for number in range(1001) if form_of(number) == form]


def blanks(text: str) -> set[str]:
    """Return what is filled into a text.

    Raises
    ------
    ValueError
        Its braces do not match, or hold more than a name.
    """
    found = set()
    for _, name, how, conversion in Formatter().parse(text):
        if how or conversion:
            raise ValueError(f"{{{name}}} takes no format")
        if name is not None:
            found.add(name)
    return found


def flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield what is in a table and in those in it, with the whole path as the key."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def is_known(name: str) -> bool:
    """Whether a folder is named as a locale that the CLDR knows, and by no older name of it."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        found = Locale.parse(name) if is_locale(name) else None
    except UnknownLocaleError:
        return False
    return found is not None and f"{found.language}_{found.territory}" == name
