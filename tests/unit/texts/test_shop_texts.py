"""What a shop says in the place of our texts, and in languages that it adds."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import (
    direction,
    language_names,
    locales,
    our_locales,
)
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop.folder import ShopError
from registration.entrypoints.shop.texts import is_known, our_texts
from tests.support.every_page import WRITER, login_page, register_page, visit
from tests.support.factories import NOW, a_mail
from tests.support.shops.texts import a_shop

MAILS = MailRenderer("Hawthorn & Finch", "en_US", {}, lambda: NOW)


def problems(tmp_path: Path, files: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a shop's texts."""
    with a_shop(tmp_path, files), pytest.raises(ShopError) as raised:
        texts("en_US")
    return list(raised.value.problems)


def test_a_shop_that_says_nothing_has_our_texts(tmp_path: Path) -> None:
    with a_shop(tmp_path, {}):
        assert texts("de_DE") == our_texts("de_DE")


def test_a_shops_text_stands_in_the_place_of_ours_and_nowhere_else(tmp_path: Path) -> None:
    mine = '[register]\nheading = "Join {shop}"\n[mail.reset_password]\nsubject = "New one"'
    with a_shop(tmp_path, {"texts/en_US/any name.toml": mine}):
        assert "<h1>Join Hawthorn &amp; Finch</h1>" in register_page(visit("en_US"))
        assert "<h1>Konto anlegen</h1>" in register_page(visit("de_DE"))
        assert MAILS(a_mail(kind=MailKind.RESET_PASSWORD), "https://x").subject == "New one"
        changed = {key for key in texts("en_US") if texts("en_US")[key] != our_texts("en_US")[key]}
    assert changed == {"register.heading", "mail.reset_password.subject"}


def test_a_shops_texts_are_escaped_like_ours(tmp_path: Path) -> None:
    mine = "[login]\nheading = '<b>&{{x}} {shop}'\n[mail.password_changed]\nheading = '<i>&{{x}}'"
    with a_shop(tmp_path, {"texts/en_US/a.toml": mine}):
        assert "&lt;b&gt;&amp;{x} Hawthorn &amp; Finch" in login_page(visit("en_US"))
        html = MAILS(a_mail(kind=MailKind.PASSWORD_CHANGED), "https://x").html
    assert "&lt;i&gt;&amp;{x}" in html
    assert "<i>" not in html


def test_a_folder_adds_a_language_that_falls_back_to_english(tmp_path: Path) -> None:
    with a_shop(tmp_path, {"texts/da_DK/a.toml": '[login]\nheading = "Log ind"'}):
        assert WRITER.locale("da, de;q=0.5") == "da_DK"
        assert '<html lang="da-DK" dir="ltr">' in login_page(visit("da_DK"))
        assert "<h1>Log ind</h1>" in login_page(visit("da_DK"))
        assert our_texts("en_US")["login.button"] in login_page(visit("da_DK"))
        assert language_names()["da_DK"] == "Dansk"
        assert language_names("de_DE")["da_DK"] == "Dänisch"
        assert locales()[-1] == "da_DK"
    assert "da_DK" not in locales()


def test_two_countries_of_one_language_are_told_apart(tmp_path: Path) -> None:
    with a_shop(tmp_path, {"texts/de_AT/a.toml": '[login]\nheading = "Servus"'}):
        names = language_names("en_US")
        assert WRITER.locale("de-AT") == "de_AT"
        assert WRITER.locale("de-CH") == WRITER.locale("de") == "de_DE"
    assert (names["de_AT"], names["de_DE"]) == ("German (Austria)", "German (Germany)")


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ('register.heding = "x"', "this key is not known. Did you mean 'register.heading'?"),
        ('register.heading.more = "x"', "this key is not known. Did you mean 'register.heading'?"),
        ('register = "x"', "this key is not known."),
        ("register.heading = 5", "this is no text. Write one in quotation marks."),
        ('register.heading = ["x"]', "this is no text. Write one in quotation marks."),
        ('register.heading = " "', "this is no text. Write one in quotation marks."),
        ('account.heading = "Hi, {nam}"', "there is no {nam} here. Did you mean 'name'?"),
        ('account.heading = "Hi"', "{name} is missing."),
        ('account.heading = "Hi, {name.first}"', "there is no {name.first} here."),
        ('account.heading = "Hi, {name!r}"', "{name} takes no format."),
        ('account.heading = "Hi, {name:>9}"', "{name} takes no format."),
        ('account.heading = "Hi, {}"', "there is no {} here."),
        ('account.heading = "Hi, {name"', "expected '}' before end of string."),
        ('account.heading = "Hi, name}"', "Single '}' encountered in format string."),
        ('account_carts.items.few = "x"', "the language has no such plural form."),
        ('mail.greeting_name = "Hi"', "{name} is missing."),
    ],
)
def test_a_wrong_text_is_told_with_its_file_and_key(tmp_path: Path, text: str, flaw: str) -> None:
    (problem,) = problems(tmp_path, {"texts/en_US/mine.toml": text})

    assert problem.startswith(f"shop/texts/en_US/mine.toml, {text.partition(' = ')[0]}: ")
    assert flaw in problem


@pytest.mark.parametrize(
    "name", ["english", "en", "en_us", "xx_XX", "en_US/more", "..x", "iw_IL", "en_UK"]
)
def test_a_folder_that_is_no_locale_is_told(tmp_path: Path, name: str) -> None:
    (problem,) = problems(tmp_path, {f"texts/{name}/a.toml": 'login.heading = "x"'})

    assert problem.startswith(f"shop/texts/{name}/a.toml: {Path(name).name} is no locale.")


@pytest.mark.parametrize("name", ["xx_XX", "zh_CN", "da_DK", "texts"])
def test_a_folder_without_texts_is_no_language(tmp_path: Path, name: str) -> None:
    with a_shop(tmp_path, {f"texts/{name}/README.txt": "To do", f"texts/{name}/a/b.toml": ""}):
        assert locales() == our_locales()


@pytest.mark.parametrize("name", ["zh_CN", "zh_TW", "sr_RS", "bs_BA", "pa_PK"])
def test_a_language_may_have_several_scripts(tmp_path: Path, name: str) -> None:
    with a_shop(tmp_path, {f"texts/{name}/a.toml": 'login.heading = "x"'}):
        assert "<h1>x</h1>" in login_page(visit(name))
        assert language_names()[name] != name
        assert WRITER.say(name, "account_carts.items", count=2)


def test_a_key_that_is_there_twice_is_told_of_one_file_too(tmp_path: Path) -> None:
    twice = '"register.heading" = "x"\n[register]\nheading = "y"'

    assert problems(tmp_path, {"texts/en_US/a.toml": twice}) == [
        "shop/texts/en_US/a.toml, register.heading: this key is there twice. Remove one of them."
    ]


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    files = {
        "texts/de_DE/a.toml": 'login.heading = "{x}"\nlogin.buton = "x"',
        "texts/de_DE/b.toml": "login = ",
        "texts/en_US/a.toml": 'login.heading = "x"',
        "texts/en_US/b.toml": 'login.heading = "y"',
        "texts/a.toml": 'login.heading = "x"',
    }

    told = problems(tmp_path, files)

    places = ["a.toml: texts is no", "de_DE/a.toml, login.heading", "de_DE/a.toml, login.buton"]
    places += ["de_DE/b.toml: no TOML", "en_US/b.toml, login.heading: this key is there twice."]
    assert [place for place in places if not any(place in each for each in told)] == []
    assert len(told) == len(places)


def test_a_language_tells_a_count_in_each_of_its_forms(tmp_path: Path) -> None:
    forms = '[account_carts.items]\none = "en"\nother = "{count} stk."'
    with a_shop(tmp_path, {"texts/da_DK/a.toml": forms}):
        said = [WRITER.say("da_DK", "account_carts.items", count=n) for n in (0, 1, 2, 21)]
    assert said == ["0 stk.", "en", "2 stk.", "21 stk."]


def test_right_to_left_is_as_the_cldr_says() -> None:
    from babel import Locale  # noqa: PLC0415
    from babel.localedata import locale_identifiers  # noqa: PLC0415

    parts = [name.split("_") for name in locale_identifiers()]
    pairs = {f"{each[0]}_{each[-1]}" for each in parts} - {"mn_CN"}  # From top to bottom.
    told = {name: direction(name) for name in pairs if is_known(name)}
    assert {told["pa_PK"], told["he_IL"], told["ar_EG"]} == {"rtl"}
    for name, way in told.items():
        assert way == Locale.parse(name).text_direction, name
