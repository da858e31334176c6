"""The texts of all languages have the same keys, with the same blanks."""

import tomllib

import pytest

from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import ENGLISH, TEXTS, locales
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop.texts import blanks, flat


def of_file(locale: str, name: str) -> dict[str, str]:
    table = tomllib.loads((TEXTS / locale / name).read_text("utf-8"))
    return {key: str(text) for key, text in flat(table)}


@pytest.mark.parametrize("locale", locales())
def test_all_languages_have_the_same_texts_and_none_is_empty(locale: str) -> None:
    names = {file.name for file in (TEXTS / ENGLISH).iterdir()}

    assert {file.name for file in (TEXTS / locale).iterdir()} == names
    for name in names:
        said, english = of_file(locale, name), of_file(ENGLISH, name)
        assert list(said) == list(english), name
        assert [key for key in said if not said[key].strip()] == []
        assert [key for key in said if blanks(said[key]) != blanks(english[key])] == []
    assert sum(len(of_file(locale, name)) for name in names) == len(texts(locale))


def test_each_mail_has_texts_of_its_own() -> None:
    tables = {
        key.split(".")[1] for key in texts(ENGLISH) if key.count(".") > 1 and key[:5] == "mail."
    }

    assert tables == set(MailKind)
