"""The texts of all languages have the same keys, with the same blanks."""

import tomllib
from collections.abc import Iterable

import pytest

from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import ENGLISH, TEXTS, locales
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop.check_texts import lacking
from registration.entrypoints.shop.texts import PLURAL_FORMS, flat, flaw_of, our_texts


def of_file(locale: str, name: str) -> dict[str, str]:
    table = tomllib.loads((TEXTS / locale / name).read_text("utf-8"))
    return {key: str(text) for key, text in flat(table)}


def without_plurals(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if key.rpartition(".")[2] not in PLURAL_FORMS]


@pytest.mark.parametrize("locale", locales())
def test_all_languages_have_the_same_texts_and_none_is_empty(locale: str) -> None:
    names = {file.name for file in (TEXTS / ENGLISH).iterdir()}

    assert {file.name for file in (TEXTS / locale).iterdir()} == names
    for name in names:
        assert without_plurals(of_file(locale, name)) == without_plurals(of_file(ENGLISH, name))
    assert sum(len(of_file(locale, name)) for name in names) == len(our_texts(locale))
    assert lacking(locale, our_texts(locale)) == []


@pytest.mark.parametrize("locale", locales())
def test_our_texts_keep_the_rules_for_a_shops(locale: str) -> None:
    found = {key: flaw_of(locale, key, text) for key, text in our_texts(locale).items()}

    assert {key: flaw for key, flaw in found.items() if flaw} == {}


def test_each_mail_has_texts_of_its_own() -> None:
    tables = {
        key.split(".")[1] for key in texts(ENGLISH) if key.count(".") > 1 and key[:5] == "mail."
    }

    assert tables == set(MailKind)
