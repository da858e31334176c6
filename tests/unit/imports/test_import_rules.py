"""The validation of rows, and the reasons for the operator."""

import sys
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.domain.imports.columns import COLUMNS, Columns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.rows import read_closely, read_row, row_of, told, troubles_of
from registration.domain.profile import EMAIL
from tests.support.imports.files import BCRYPT, GLUE_COLUMNS, World, a_file, a_row

TODAY = date(2026, 11, 22)
MOST_CALLS_OF_A_ROW = 250


def values_of(**overrides: str) -> dict[str, str]:
    row = a_row(1, **overrides)
    return Columns(tuple(row), GLUE_COLUMNS).values(list(row.values()))


def told_of(**overrides: str) -> tuple[str, str]:
    column, reason = told(troubles_of(values_of(**overrides), GLUE_COLUMNS, TODAY))
    return column, reason


def test_a_good_row_has_no_troubles() -> None:
    assert troubles_of(values_of(), GLUE_COLUMNS, TODAY) == []


@pytest.mark.parametrize(
    ("column", "value", "what", "remedy"),
    [
        ("email", "", "missing", "Each customer needs one"),
        ("email", "ada at example.com", "not an e-mail address", "name@example.com"),
        ("email", "ada@exam ple.com", "not an e-mail address", "name@example.com"),
        ("email", "ada@example..com", "Mail cannot be sent", "Check how it is written"),
        ("email", "a" * 100 + "@example.com", "too long", "100 characters"),
        ("salutation", "", "missing", "Mr, Mrs, Dr or Ms"),
        ("salutation", "Sir", "not known", "Mr, Mrs, Dr or Ms"),
        ("first_name", " ", "missing", ""),
        ("first_name", "Ada<b>", "holds", "Remove it"),
        ("first_name", "A" * 101, "too long", "100 characters"),
        ("last_name", "", "missing", ""),
        ("last_name", "A" * 101, "too long", "100 characters"),
        ("last_name", "a/b", "holds", "Remove it"),
        ("gender", "", "missing", "Male, Female or n/a"),
        ("gender", "divers", "not known", "Male, Female or n/a"),
        ("date_of_birth", "31.12.1980", "not a date", "1980-12-31"),
        ("date_of_birth", "1980-02-30", "not a date", "1980-12-31"),
        ("date_of_birth", "2027-01-01", "not a date", "1980-12-31"),
        ("phone", "1" * 256, "too long", "255 characters"),
        ("phone", "1\n2", "line break", "Remove it"),
        ("company", "x" * 101, "too long", "100 characters"),
        ("company", "a\tb", "a tab", "Remove it"),
        ("locale_name", "German", "not a locale", "de_DE"),
        ("customer_reference", "21", "not a customer reference", "DE--21"),
        ("customer_reference", "DE--" + "1" * 61, "not a customer reference", "DE--21"),
        ("password", "change123", "not a bcrypt hash", "Leave it empty"),
        ("password", BCRYPT[:-1], "not a bcrypt hash", "Leave it empty"),
        ("registered", "yes", "not a date", "2024-12-31"),
        ("registered", "0000-00-00", "not a date", "2024-12-31"),
        ("registered", "2027-01-01", "not a date", "not in the future"),
        ("first_name", "J\ufffdrg", "lost", "Type it again"),
    ],
)
def test_each_flaw_is_told_with_its_remedy(column: str, value: str, what: str, remedy: str) -> None:
    told_column, reason = told_of(**{column: value})

    assert told_column == column
    assert what in reason
    assert remedy in reason
    assert len(value) < 3 or value not in reason


@pytest.mark.parametrize(
    "field", [field.name for field in (EMAIL, *GLUE_FIELDS.at(Place.IMPORT).fields)]
)
def test_each_field_has_words_for_an_operator(field: str) -> None:
    (column,) = [column for column, name in COLUMNS.items() if name == field]

    told_column, reason = told_of(**{column: "<" * 300})

    assert told_column == column
    # As the API says it, which tells nobody what to do.
    assert not reason.startswith("This value")


def test_all_flaws_of_a_row_are_told_at_once_the_address_first() -> None:
    column, reason = told_of(gender="x", email="", password="secret")

    assert column == "email"
    assert [part.partition(":")[0] for part in reason.split(" | ")] == [
        "email",
        "gender",
        "password",
    ]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2019-01-31", datetime(2019, 1, 31, tzinfo=UTC)),
        ("2019-01-31 11:02:33", datetime(2019, 1, 31, 11, 2, 33, tzinfo=UTC)),
        ("2019-01-31T11:02", datetime(2019, 1, 31, 11, 2, tzinfo=UTC)),
        ("2019-01-31 11:02:33.5", datetime(2019, 1, 31, 11, 2, 33, 500000, tzinfo=UTC)),
        ("2019-01-31T11:02:33Z", datetime(2019, 1, 31, 11, 2, 33, tzinfo=UTC)),
        ("2019-01-31T11:02:33+02:00", datetime(2019, 1, 31, 9, 2, 33, tzinfo=UTC)),
    ],
)
def test_a_registration_is_a_date_or_a_time(text: str, time: datetime) -> None:
    values = values_of(registered=text)

    assert troubles_of(values, GLUE_COLUMNS, TODAY) == []
    assert row_of(values, GLUE_COLUMNS, 2).registered_at == time
    assert row_of(values, GLUE_COLUMNS, 2).registered == text


def test_a_row_is_read_without_spaces_around_its_cells() -> None:
    values = values_of(email=" Ada@Example.com ", first_name=" Ada ", gender="Female ")

    row = row_of(values, GLUE_COLUMNS, 2)

    assert row.email.typed == "Ada@example.com"
    assert row.profile.first_name == "Ada"
    assert row.reference is None
    assert row.password_hash is None


def test_the_columns_are_those_of_sprykers_customer_csv() -> None:
    assert list(COLUMNS) == list(a_row())


def calls_of_an_import(rows: int) -> int:
    world, file, calls = World(), a_file(*map(a_row, range(rows))), Counter[str]()

    sys.setprofile(lambda _frame, event, _: calls.update([event]))
    try:
        world.run(file)
    finally:
        sys.setprofile(None)

    return calls["call"] + calls["c_call"]


def test_a_row_is_planned_and_imported_in_so_many_calls_of_functions() -> None:
    # Time depends on the machine. Calls are most of it, and are the same everywhere.
    few, many = 100, 300
    calls_of_an_import(few)  # what only the first one calls

    each = (calls_of_an_import(many) - calls_of_an_import(few)) / (many - few)

    assert each <= MOST_CALLS_OF_A_ROW


# Plain rows, which one pattern settles: the rules read each of them alike


FILE = Columns((*a_row(), "note"), GLUE_COLUMNS)
ODD = "'\"=#?\xbf\ufffd:;,./<>_-+@ \t\n\x7f\xa0\u00ad\u200b\u200d\u202e\u3164\u0301\xd7\xf7\u017f"
TEXT = st.text(
    st.sampled_from(ODD)
    | st.sampled_from("aAzZäÄßøžŁΣςώЯё09")
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=8,
)
WORDS = st.sampled_from(
    ["", "NULL", "nan", "None", "undefined", "Err:502", "_x000D_", "_X000a_", "1E5", "12345.0"]
)
LONG = st.sampled_from(["A" * n for n in (46, 47, 64, 65, 100, 101, 255, 256)])
NUMBERS = {"year": st.integers(1899, 2031), "two": st.integers(0, 61), "day": st.integers(0, 32)}


@st.composite
def days(draw: st.DrawFn) -> str:
    """Return what may be a day, and an hour."""
    year, month, day = (draw(NUMBERS[of]) for of in ("year", "day", "day"))
    hours = (draw(NUMBERS["two"]) for _ in range(3))
    hour = draw(st.sampled_from(["", "T{:02}:{:02}", " {:02}:{:02}:{:02}", " {:02}:{:02}:{:02}Z"]))
    return f"{year}-{month % 14:02}-{day:02}" + hour.format(*hours)


CELLS: dict[str, st.SearchStrategy[str]] = {
    "customer_reference": st.from_regex(r"[a-z_X0-]{1,18}--[aX0_-]{1,48}", fullmatch=True),
    "locale_name": st.from_regex("[a-zA-Z]{2}[_-][A-Za-z]{2}", fullmatch=True),
    "phone": st.text("+0129() /-.,E", max_size=10),
    "email": st.from_regex(r"[A-Za-z0-9._+X-]{1,66}@([a-zA-Z0-9-]{0,43}\.){1,4}[a-z-]{0,26}"),
    "salutation": st.sampled_from(["Mr", "Ms", "Dr", "Mrs", "mr", "Mr.", "Herr", "Sir"]),
    "gender": st.sampled_from(["Male", "Female", "n/a", "male", "man", "N/A"]),
    "date_of_birth": days(),
    "password": st.from_regex(r"\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}", fullmatch=True)
    | st.sampled_from([BCRYPT, BCRYPT[:-1] + "z"]),
    "registered": days(),
}


def record_of(**overrides: str) -> Record:
    cells = [*{**a_row(), "note": "", **overrides}.values()]
    return Record(2, 0, sum(map(len, cells)), cells)


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"customer_reference": "DE--21", "password": BCRYPT, "registered": "2026-11-22"},
        {"registered": "2019-01-31 11:02:33", "email": "Ada.L+shop@Mail.Example.CO.uk"},
        {"locale_name": "", "phone": "", "date_of_birth": "", "note": "what 'ever'?"},
        {"first_name": "Jean-Luc", "last_name": "O\u2019Neil van der Ångström"},
        {"first_name": "Łucja", "last_name": "Ζώη", "gender": "n/a"},
        {"company": 'Torres, "Sons" & Co.; 1/2', "phone": "(030) 123/45-6"},
    ],
)
def test_ordinary_rows_are_plain(cells: dict[str, str]) -> None:
    assert FILE.plain_values(record_of(**cells).cells)


@pytest.mark.parametrize("missing", ["email", "gender"])
def test_without_a_required_column_no_row_is_plain(missing: str) -> None:
    names = tuple(name for name in a_row() if name != missing)
    columns = Columns(names, GLUE_COLUMNS)

    assert columns.plain_values([a_row()[name] for name in names]) is None


@pytest.mark.parametrize("more", ["email", "reason"])
def test_in_a_report_or_with_a_column_twice_no_row_is_plain(more: str) -> None:
    columns = Columns((*a_row(), more), GLUE_COLUMNS)

    assert columns.plain_values([*a_row().values(), ""]) is None


@pytest.mark.parametrize("column", FILE.names)
@settings(max_examples=150, derandomize=True, deadline=None)
@given(data=st.data())
def test_what_is_plain_is_read_as_the_rules_read_it(column: str, data: Any) -> None:
    value = data.draw(CELLS.get(column, TEXT) | TEXT | WORDS | LONG)
    record = record_of(**{column: value, "note": data.draw(TEXT)})

    assert read_row(record, FILE, TODAY) == read_closely(record, FILE, TODAY)
    if plain := FILE.plain_values(record.cells):
        assert plain == FILE.values(record.cells)
