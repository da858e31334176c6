"""What ``make check-texts`` prints."""

from pathlib import Path

import pytest

from registration.entrypoints.shop import check_texts
from registration.entrypoints.shop.texts import our_texts
from tests.support.shops.texts import a_shop, as_toml


def test_it_says_nothing_where_nothing_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_texts.main() == 0
    assert capsys.readouterr().out == ""


def test_what_a_shops_language_lacks_is_listed_and_is_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Lithuanian has forms of its own for 2 to 9, and for fractions; the last cannot occur.
    said = {key: text for key, text in our_texts("en_US").items() if key != "login.heading"}
    said["account_carts.items.one"] = "{count} item"
    with a_shop(tmp_path, {"texts/lt_LT/a.toml": as_toml(said)}):
        assert check_texts.main() == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "shop/texts/lt_LT lacks 2 texts: they are in English.",
        "login.heading",
        "account_carts.items.few",
    ]


def test_what_is_wrong_in_the_shop_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_shop(tmp_path, {"texts/de_DE/a.toml": 'login.headding = "x"'}):
        assert check_texts.main() == 1
    told = capsys.readouterr().out
    assert told.startswith("shop/texts/de_DE/a.toml, login.headding: this key is not known.")


def test_what_is_wrong_in_ours_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"login.headding": "x", "account.heading": "Hi"}
    polish = {key: text for key, text in our_texts("pl_PL").items() if "items.few" not in key}
    spoilt = {"de_DE": {**our_texts("de_DE"), **said}, "pl_PL": polish}
    monkeypatch.setattr(
        check_texts, "our_texts", lambda locale: spoilt.get(locale) or our_texts(locale)
    )

    assert check_texts.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "texts/de_DE, account.heading: {name} is missing.",
        "texts/de_DE, login.headding: this key is not known. Did you mean 'login.heading'?",
        "texts/pl_PL, account_carts.items.few: this key is missing.",
    ]
