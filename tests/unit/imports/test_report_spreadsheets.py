"""What a report holds means the same after a spreadsheet has opened and saved it."""

import csv
import io
from typing import Any

import pytest
from hypothesis import assume, example, given, note, settings
from hypothesis import strategies as st

from registration.domain.imports.formulas import escape_formula, unescape_formula
from tests.support.imports.files import BCRYPT, COLUMNS, World, a_file, a_row, read_report
from tests.support.imports.spreadsheet import opened_and_saved

CONVERTED = [
    *("0301234567", "00491711234567", "030/1234567", "(030) 123", "030 123", "1.234,50", "12,5"),
    *(
        "1/2",
        "1 1/2",
        "3-4",
        "1.2",
        "1.2.",
        "1-2-3",
        "2019-01-31",
        "31.01.2019",
        "2019-01-31 11:02",
    ),
    *("Mar-1", "mar 1", "March 1, 2020", "1-Mar", "1. März", "Dez 24", "SEPT2", "令和2年1月1日"),
    *("1E5", "1e-5", "12345678901234567890", "0.10", ".5", "5%", "$5", "5 €", "-5", "+5", "(5)"),
    *("TRUE", "true", "Wahr", "vero", "Falso", "Sant", " true ", "#N/A", "#NAME?"),
    *("=1+1", "+1+1", "-x", "@x", "=A1", "12:30", "1:2:3", "9 am", "1:00 PM", "٣", "\uff11\uff12"),
    *("'0301", "''1/2", "'=1", "' 1", "'", "''", "'t Hooft", "'68 Club", '"1"', '="0301"', " 007 "),
    *("DE--21", "DE-21", "21", "1-2", "ada1@example.com", "1@example.com", BCRYPT, "n/a", "Ada"),
]
CHARACTERS = st.sampled_from(
    [*"0123456789", *"./-+:,;='\"#%$€() eEM_@\t\n", "Mar", "TRUE", "am", "á"]
)
VALUES = st.sampled_from(CONVERTED) | st.lists(CHARACTERS, max_size=6).map("".join)
SEARCH = settings(max_examples=40, derandomize=True, deadline=None, database=None)


def outcome(world: World, key: str) -> Any:
    """Return what became of the only row of a file."""
    imported = list(world.rows.imported_customers.values())
    if imported:
        (row,) = imported
        customer = row.customer
        registered = customer.imported and customer.imported.registered
        # A new reference is made of the file's version and line.
        reference = customer.reference if row.alias else None
        return (customer.email, customer.profile, customer.password_hash, reference, registered)
    (failed,) = world.failed(key)
    return failed["column"], failed["reason"]


def imported(row: dict[str, str]) -> Any:
    """Return the outcome of a row in a sender's own file."""
    world = World()
    world.run(a_file(row, columns=row))
    return outcome(world, "customer.csv")


def reported(row: dict[str, str], delimiter: str = ",") -> bytes:
    """Return the report on a row."""
    world = World()
    world.run(a_file(row, columns=row, delimiter=delimiter))
    return world.reports.reports["reports/customer.csv/failed.csv"]


def corrected(report: bytes, **changes: str) -> Any:
    """Return the outcome of a row of a report, once corrected."""
    (row,) = read_report(report)
    world = World()
    world.run(a_file(row | changes, columns=row), "mended.csv")
    return outcome(world, "mended.csv")


def without_verdict(report: bytes) -> bytes:
    """Return a report whose last three columns somebody deleted."""
    rows = csv.reader(io.StringIO(report.decode("utf-8-sig"), newline=""))
    text = io.StringIO(newline="")
    csv.writer(text).writerows(row[:-3] for row in rows)
    return text.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "salutation"])
@pytest.mark.parametrize("keeps_apostrophes", [True, False])
def test_a_value_means_the_same_after_the_round_trip(column: str, keeps_apostrophes: bool) -> None:
    @SEARCH
    @given(VALUES, st.booleans())
    def holds(value: str, keeps_verdict: bool) -> None:
        note(f"{value!r} {keeps_verdict}")
        # Where it is dropped, nobody can tell whose an apostrophe was.
        assume(keeps_apostrophes or not value.startswith("'"))
        # With its hash: without one, the report leaves out what may be a plain password.
        row = a_row(1, salutation="Sir", password=BCRYPT) | {column: value}
        expected = imported(row | {"salutation": "Ms"})
        report = opened_and_saved(reported(row), keeps_apostrophes=keeps_apostrophes)

        if not keeps_verdict:
            report = without_verdict(report)

        assert corrected(report, salutation="Ms") == expected

    holds()


@pytest.mark.parametrize("value", CONVERTED)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_column_that_is_ignored_comes_back_as_it_was(value: str, delimiter: str) -> None:
    row = a_row(1, salutation="Sir") | {"note": value, "1/2": value}
    first = reported(row, delimiter)
    world = World()

    world.run(opened_and_saved(first, delimiter=delimiter), "again.csv")

    assert world.reports.reports["reports/again.csv/failed.csv"] == first
    assert world.summary("again.csv")["unknown_columns"] == ["note", "1/2"]


@pytest.mark.parametrize(
    "value", ["Ada", "ada1@example.com", "DE--21", "de_DE", BCRYPT, "n/a", "O'Neil"]
)
def test_a_text_that_no_spreadsheet_converts_is_reported_as_it_is(value: str) -> None:
    (row,) = read_report(reported(a_row(1, salutation="Sir") | {"note": value}))

    assert row["note"] == value


def test_what_is_told_about_a_row_is_reported_as_it_is() -> None:
    (row,) = read_report(reported(a_row(1, date_of_birth="31.12.1980")))

    assert row["line"] == "2"
    assert row["reason"].startswith("This is not a date of birth in the order")


@SEARCH
@given(VALUES | st.text(max_size=20))
@example("'" * 65_536)
@example(" " * 65_536 + "1")
@example("$1" * 32_768)
@example("a-" * 32_768)
def test_a_cell_is_unescaped_to_what_it_was(cell: str) -> None:
    assert unescape_formula(escape_formula(cell)) == cell
