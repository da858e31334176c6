"""Plain rows, which one pattern settles: the rules read each of them alike."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.domain.imports.columns import Columns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.rows import read_closely, read_row
from tests.support.imports.files import BCRYPT, GLUE_COLUMNS, a_row

TODAY = date(2026, 11, 22)
COLUMNS = Columns((*a_row(), "note"), GLUE_COLUMNS)
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
    assert COLUMNS.plain_values(record_of(**cells).cells)


@pytest.mark.parametrize("missing", ["email", "gender"])
def test_without_a_required_column_no_row_is_plain(missing: str) -> None:
    names = tuple(name for name in a_row() if name != missing)
    columns = Columns(names, GLUE_COLUMNS)

    assert columns.plain_values([a_row()[name] for name in names]) is None


@pytest.mark.parametrize("more", ["email", "reason"])
def test_in_a_report_or_with_a_column_twice_no_row_is_plain(more: str) -> None:
    columns = Columns((*a_row(), more), GLUE_COLUMNS)

    assert columns.plain_values([*a_row().values(), ""]) is None


@pytest.mark.parametrize("column", COLUMNS.names)
@settings(max_examples=150, derandomize=True, deadline=None)
@given(data=st.data())
def test_what_is_plain_is_read_as_the_rules_read_it(column: str, data: Any) -> None:
    value = data.draw(CELLS.get(column, TEXT) | TEXT | WORDS | LONG)
    record = record_of(**{column: value, "note": data.draw(TEXT)})

    assert read_row(record, COLUMNS, TODAY) == read_closely(record, COLUMNS, TODAY)
    if plain := COLUMNS.plain_values(record.cells):
        assert plain == COLUMNS.values(record.cells)
