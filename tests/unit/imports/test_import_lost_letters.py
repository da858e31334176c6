"""Letters that became question marks when a file was saved in an encoding without them."""

import pytest

from registration.domain.imports.jobs import Counts
from tests.support.imports.files import COLUMNS, World, a_file, a_row, read_report

LOST = [
    {"first_name": "?ukasz"},
    {"last_name": "Wa??sa"},
    {"first_name": "Ay?e", "last_name": "Y?ld?z"},
    {"last_name": "O?Brien"},
    {"first_name": "?????"},
    {"last_name": "?"},
    {"first_name": "Jos\xbf"},  # what Oracle writes for a lost letter
    {"email": "?ukasz@example.com"},
    {"email": "m?ller@example.com"},
    {"company": "M?ller GmbH"},
    {"company": "??? ??????"},
    {"company": "Caf\xbfs Ltd"},
]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("values", LOST, ids=str)
def test_a_row_with_lost_letters_is_rejected(values: dict[str, str], encoding: str) -> None:
    world = World()

    job = world.run(a_file(a_row(1, **values), a_row(2, last_name="Weiß"), encoding=encoding))

    assert job.counts == Counts(created=1, rejected=1)
    name = "utf-16" if encoding == "utf-16" else "utf-8-sig"
    (row,) = read_report(world.reports.reports["reports/customer.csv/failed.csv"], name)
    assert row["column"] == next(iter(values))
    assert "lost" in row["reason"]


@pytest.mark.parametrize(
    "values",
    [
        {"company": "Wer liefert was?"},
        {"company": "Who? Me? Ltd"},
        {"phone": "030 1234567 ?"},
        {"company": "What?!"},
    ],
    ids=str,
)
def test_a_question_remains_one(values: dict[str, str]) -> None:
    assert World().run(a_file(a_row(1, **values))).counts == Counts(created=1)


@pytest.mark.parametrize(
    "values", [{"email": "what?@example.com"}, {"company": "¿Qué tal? SL"}], ids=str
)
def test_an_address_or_a_company_that_does_hold_one_is_confirmed_in_the_report(
    values: dict[str, str],
) -> None:
    world = World()
    world.run(a_file(a_row(1, **values)))
    (row,) = world.failed()
    columns = [*COLUMNS, "line", "column", "reason"]

    again = world.run(a_file(row, columns=columns), version="v2")
    confirmed = world.run(a_file(row | {"reason": ""}, columns=columns), version="v3")

    assert again.counts == Counts(rejected=1)
    assert confirmed.counts == Counts(created=1)


def test_no_name_is_confirmed_with_a_question_mark() -> None:
    world = World()
    world.run(a_file(a_row(1, last_name="M?ller")))
    (row,) = world.failed()

    again = a_file(row | {"reason": ""}, columns=[*COLUMNS, "line", "column", "reason"])

    assert world.run(again, version="v2").counts == Counts(rejected=1)
