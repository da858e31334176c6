"""The columns of a shop's own fields: what a file may have for a value, and the reasons."""

import pytest

from registration.domain.errors import FlawKind
from registration.domain.imports.jobs import Counts
from tests.support.imports.documented import page, tables, value_of
from tests.support.imports.files import World, a_file, a_row
from tests.support.imports.own_fields import a_shop_row, a_shop_world
from tests.support.shops import OpenShop
from tests.support.stack import ROOT

# Those of standard fields that a shop requires, of fields that one asks nobody by default.
REQUIRED = """\
date_of_birth = {ask = "required"}
phone = {ask = "required"}
company = {ask = "required"}
own.club = {type = "text", label = "Club", import = "required"}
own.level = {type = "number", label = "Level", import = "required"}
own.adult = {type = "checkbox", label = "I am of age", import = "required"}
own.team = {type = "choice", label = "Team", options = {red = "Red"}, import = "required"}
own.joined = {type = "date", label = "Joined", latest = 2020-12-31, import = "required"}
"""


@pytest.fixture
def shop(open_shop: OpenShop) -> World:
    """An import of a shop with fields of its own."""
    return a_shop_world(open_shop)


def kept(world: World, **cells: str) -> dict[str, object]:
    """Return the own fields of the customer whom a row makes."""
    row = a_shop_row(**cells)
    job = world.run(a_file(row, columns=row))
    assert job.counts == Counts(created=1), world.failed()
    (imported,) = world.rows.imported_customers.values()
    return dict(imported.customer.profile.own)


def told(world: World, **cells: str) -> tuple[str, str]:
    """Return column and reason for which a row is rejected."""
    row = a_shop_row(**cells)
    world.run(a_file(row, columns=row))
    (failed,) = world.failed()
    return failed["column"], failed["reason"]


YES = ["1", "true", "YES", "x", "X", "ja", "Oui", "si", "SÍ", "si\u0301", "sì", "tak", "WAHR"]
YES += ["VRAI", "VERDADERO", "VERO", "WAAR", "PRAWDA", "1.0", "y", "J", '="1"', "'TRUE", "'oui'"]
NO = ["0", "false", "No", "nein", "NON", "nee", "nie", "FALSCH", "FAUX", "FALSO", "ONWAAR", "0.0"]
NO += ["FAŁSZ", "n", ""]


@pytest.mark.parametrize("word", YES)
def test_yes_in_our_languages_ticks_a_box_and_gives_a_consent(shop: World, word: str) -> None:
    assert kept(shop, trade=word, newsletter=word)["trade"] is True
    (imported,) = shop.rows.imported_customers.values()
    assert imported.customer.agreed == ("newsletter",)


@pytest.mark.parametrize("word", NO)
def test_no_in_our_languages_does_neither(shop: World, word: str) -> None:
    assert kept(shop, trade=word, newsletter=word)["trade"] is False
    (imported,) = shop.rows.imported_customers.values()
    assert imported.customer.consents == ()


@pytest.mark.parametrize("word", ["maybe", "2", "yes!", "oui, non", "t", "-1", "no idea"])
@pytest.mark.parametrize("column", ["trade", "newsletter"])
def test_what_is_neither_is_rejected(shop: World, column: str, word: str) -> None:
    reason = f"This {column} is not known. Write yes or no."

    assert told(shop, **{column: word}) == (column, reason)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(("12", 12), ("-0", 0), ("+7", 7), ("1234.5", 1234.5), ("1234,5", 1234.5), ("0,5", 0.5)),
        *(("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1 234,5", 1234.5), ("1'234.5", 1234.5)),
        *(("1\u00a0234,5", 1234.5), ("1\u202f234", 1234), ("1\u2019234", 1234)),
        *(("1.234.567", 1234567), ("1,234,567", 1234567), ("1,234,567.89", 1234567.89)),
        *(("0.234", 0.234), ("0,234", 0.234), ("12.3456", 12.3456), ("1234,567", 1234.567)),
        *(("12345.0", 12345), ("'1234", 1234), ('="1.234,5"', 1234.5), ("1.2340", 1.234)),
    ],
)
def test_a_number_is_read_as_spreadsheets_write_it(shop: World, cell: str, number: float) -> None:
    assert kept(shop, turnover=cell)["turnover"] == number


@pytest.mark.parametrize("cell", ["1.234", "1,234", "999.999", "+12,345", "'1.234"])
def test_a_number_with_two_readings_is_rejected(shop: World, cell: str) -> None:
    assert told(shop, turnover=cell) == (
        "turnover",
        "This number can be read in two ways: with thousands, or with three decimals."
        " Write 1234 for the one, and 1.2340 for the other.",
    )


@pytest.mark.parametrize("cell", ["s", "S", "Small", "petit", "PETIT"])
def test_a_choice_is_read_by_its_labels_too(shop: World, cell: str) -> None:
    assert kept(shop, size=cell)["size"] == "s"
    expected = [] if cell == "s" else [f"size: {cell} → s"]
    assert shop.summary()["taken"] == expected


def test_labels_of_two_choices_and_choices_in_two_cases_stay_apart(open_shop: OpenShop) -> None:
    options = '{a = "One", A = "Two", b = "Same", c = "Same", d = "b"}'
    shop = f'own.grade = {{type = "choice", label = "Grade", options = {options}}}'
    cells = ["a", "A", "one", "TWO", "same", "b", "B", "d"]
    rows = [a_row(n) | {"grade": cell} for n, cell in enumerate(cells)]
    world = a_shop_world(open_shop, shop)

    world.run(a_file(*rows, columns=rows[0]))

    grades = [r.customer.profile.own["grade"] for r in world.rows.imported_customers.values()]
    assert grades == ["a", "A", "a", "A", "b", "d"]
    assert [row["grade"] for row in world.failed()] == ["same", "B"]


def test_what_stands_for_what_is_told_but_no_numbers(shop: World) -> None:
    kept(shop, trade="oui", turnover="1.234,5", size="Large", newsletter="yes")

    assert shop.summary()["taken"] == ["size: Large → l", "trade: oui → true"]


def reasons() -> list[list[str]]:
    """Return what the documentation tells: column, value, reason."""
    rows = tables(page("shop.md"), "### The reasons")
    return [[cell.strip("`") for cell in row] for row in rows]


@pytest.mark.parametrize(("column", "cell", "reason"), reasons())
def test_each_flaw_is_told_with_how_to_mend_it(
    shop: World, column: str, cell: str, reason: str
) -> None:
    assert told(shop, **{column: value_of(cell)}) == (column, reason)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("turnover", "much", "This is not a number."),
        ("turnover", "1.2.3", "This is not a number."),
        ("turnover", "0.1234567", "This is not a number."),
        ("turnover", "9" * 16, "This is not a number."),
        ("vat_number", "FR4030\u200b3265045", "This holds a line break or a hidden character."),
        ("wedding", "19800531", "This is not a date."),
        ("wedding", "1/5/98", "This is not a date in the order of year, month, day."),
        ("wedding", "9999-01-01", "The wedding has to be"),
        ("size", "s, l", "This size is not known. Use one of these: s, l."),
    ],
)
def test_other_values_are_told_like_those_of_the_documentation(
    shop: World, column: str, cell: str, reason: str
) -> None:
    found, text = told(shop, **{column: cell})

    assert found == column
    assert text.startswith(reason)


def test_the_example_has_the_documented_outcome(shop: World) -> None:
    folder = ROOT / "examples" / "own-fields"

    job = shop.run((folder / "customer.csv").read_bytes())

    assert job.counts == Counts(created=3, rejected=2)
    assert "of its 5 rows, 3 become customers and 2 are rejected" in page("shop.md")
    assert shop.summary()["unknown_columns"] == ["shoe_size"]


@pytest.mark.parametrize("column", ["vat_number", "note", "size", "turnover", "wedding", "trade"])
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("#N/A", "A spreadsheet could not work this cell out. Type what it should hold."),
        ("NULL", "This is what a database or a program writes where it has nothing."),
        ("J\ufffdrg", "A character was lost when this was saved (\ufffd). Type it again."),
        ("#REMOVED!", "A password may have stood here, so the report leaves it out."),
    ],
)
def test_damaged_cells_are_told_as_in_other_columns(
    shop: World, column: str, cell: str, reason: str
) -> None:
    found, text = told(shop, **{column: cell})

    assert found == column
    assert text.startswith(reason)
    assert " | " not in text


def test_a_letter_that_may_be_lost_in_a_free_text_is_right_once_confirmed(shop: World) -> None:
    row = a_shop_row(note="M?ller knows")
    shop.run(a_file(row, columns=row))
    (failed,) = shop.failed()
    assert failed["column"] == "note"
    assert failed["reason"].startswith("A letter may have been lost here (?).")

    job = shop.run(a_file(failed | {"reason": ""}, columns=failed), "again.csv")

    assert job.counts == Counts(created=1)


@pytest.mark.parametrize("column", ["date_of_birth", "phone", "company", "club", "level", "team"])
def test_what_a_shop_requires_is_told_if_it_is_missing(open_shop: OpenShop, column: str) -> None:
    good = {"club": "c", "level": "1", "adult": "yes", "team": "red", "joined": "2020-12-31"}
    row = a_row(company="Stone") | good | {column: ""}
    world = a_shop_world(open_shop, REQUIRED)

    world.run(a_file(row, columns=row))

    (failed,) = world.failed()
    assert failed["column"] == column
    assert "is missing." in failed["reason"]


def test_what_a_shop_requires_to_be_ticked_has_to_be(open_shop: OpenShop) -> None:
    good = {"club": "c", "level": "1", "team": "red", "joined": "2021-01-01"}
    row = a_row(company="Stone") | good | {"adult": "nein"}
    world = a_shop_world(open_shop, REQUIRED)

    world.run(a_file(row, columns=row))

    (failed,) = world.failed()
    assert failed["reason"] == (
        "adult: The adult has to be yes for each customer."
        " | joined: The joined has to be 2020-12-31 or earlier."
    )


@pytest.mark.parametrize(
    ("locale", "text"), [("", "Oui, "), ("en_US", "Yes, "), ("fr_FR", "Oui, ")]
)
def test_a_consent_is_kept_in_the_language_of_the_row_or_of_the_shop(
    open_shop: OpenShop, locale: str, text: str
) -> None:
    world = a_shop_world(open_shop, locale="fr_FR")
    kept(world, locale_name=locale)

    (imported,) = world.rows.imported_customers.values()
    (consent,) = imported.customer.consents
    assert consent.agreement.text.startswith(text)
    assert consent.given.at == world.now


def test_no_reason_is_the_apis(shop: World) -> None:
    texts = {kind.value.partition("{")[0] for kind in FlawKind}
    for column in ("vat_number", "note", "size", "turnover", "wedding", "trade", "newsletter"):
        for cell in ("", "<" * 300, "-99", "1900-01-01", "9999-12-31", "a", "ja nein", "1e400"):
            row = a_shop_row(**{column: cell})
            shop.run(a_file(row, columns=row), f"{column} {cell}.csv"[:40])
    for name, content in shop.reports.reports.items():
        if name.endswith("failed.csv"):
            assert not any(text in content.decode() for text in texts)


def test_a_shop_that_asks_nothing_of_its_own_knows_no_such_columns() -> None:
    world = World()
    row = a_row() | {"vat_number": "x", "newsletter": "yes"}

    world.run(a_file(row, columns=row))

    assert world.summary()["unknown_columns"] == ["vat_number", "newsletter"]


def test_the_header_of_a_shop_is_told_with_its_columns(shop: World) -> None:
    shop.run(b"ada@example.com,Ada\n")

    assert (
        "customer_reference, phone, email, first_name, last_name, vat_number,"
        in (shop.summary()["reason"])
    )
