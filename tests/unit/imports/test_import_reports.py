"""Reports that are corrected, or not, or damaged, and dropped again."""

import csv
import io
from collections.abc import Callable

import pytest

from registration.domain.imports.jobs import Counts, Job
from tests.support.imports.files import World, read_report

HEADER = "customer_reference,email,salutation,first_name,last_name,gender,phone,note"
BOB = ",bob@example.com,Mr,Bob,Stone,Male,+49 30 1,=note"
ReportRow = dict[str, str]


def rejected(line: str) -> list[ReportRow]:
    """Return the report on a file with one row, as in a spreadsheet."""
    world = World()
    job = world.run(f"{HEADER}\n{line}\n".encode())
    assert job.counts == Counts(rejected=1), world.summary()
    return world.failed()


def dropped(rows: list[ReportRow], columns: list[str] | None = None, separator: str = ",") -> World:
    """Import rows as a spreadsheet saves them."""
    text = io.StringIO(newline="")
    names = columns or list(rows[0])
    writer = csv.DictWriter(text, names, delimiter=separator, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    world = World()
    world.run(text.getvalue().encode("utf-8-sig"), "mended.csv")
    return world


def job_of(world: World) -> Job:
    (job,) = world.jobs.jobs.values()
    return job


def stray(row: ReportRow) -> None:
    row["first_name"] = "Bob"


def short(row: ReportRow) -> None:
    row |= {"first_name": "Bob", "last_name": row["first_name"], "gender": row["last_name"]}
    row |= {"phone": "", "note": ""}


def surplus(row: ReportRow) -> None:
    row |= {
        "first_name": "Bob, by",
        "last_name": "Stone",
        "gender": "Male",
        "phone": "",
        "note": "",
    }


FLAWS: list[tuple[str, Callable[[ReportRow], None]]] = [
    (BOB.replace("Bob", 'B"ob'), stray),
    (BOB.replace("Bob", '"Bob'), stray),
    (",bob@example.com,Mr,Stone,Male,,", short),
    (",bob@example.com,Mr,Stone,Male", short),
    (",bob@example.com,Mr,Stone,Male,,\t", short),
    (BOB.replace("Bob", "Bob, by"), surplus),
    (BOB.replace("Bob", "Bob, by").replace("+49 30 1,=note", ","), surplus),
]


@pytest.mark.parametrize(("line", "mend"), FLAWS)
def test_a_row_that_could_not_be_split_is_created_once_corrected(
    line: str, mend: Callable[[ReportRow], None]
) -> None:
    (row,) = rejected(line)
    mend(row)

    world = dropped([row])

    assert job_of(world).counts == Counts(created=1), world.failed("mended.csv")
    assert world.summary("mended.csv")["unknown_columns"] == ["note"]


@pytest.mark.parametrize("line", [line for line, _ in FLAWS])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_an_uncorrected_row_is_rejected_again(line: str, separator: str) -> None:
    rows = rejected(line)

    world = dropped(rows, separator=separator)

    assert job_of(world).counts == Counts(rejected=1)
    (again,) = read_report(
        world.reports.reports["reports/mended.csv/failed.csv"], delimiter=separator
    )
    assert again == rows[0]


@pytest.mark.parametrize(
    ("line", "first_name"),
    [
        (BOB.replace("Bob", 'Bob "Bo"'), 'Bob "Bo"'),
        (BOB.replace("Bob", '"Bob'), '"Bob'),
        (BOB.rpartition(",")[0], "Bob"),
    ],
)
def test_a_valid_row_is_created_once_its_reason_is_emptied(line: str, first_name: str) -> None:
    (row,) = rejected(line)
    row["reason"] = ""

    world = dropped([row])

    (customer,) = world.rows.customers.customers.values()
    assert customer.profile.first_name == first_name


def test_cells_that_are_right_are_told_apart_even_beside_a_flaw() -> None:
    (row,) = rejected(',b"b@example.com,Mr,"Bob ""Bo"", by","Stone, the","Male",+49 30 1,')

    assert (row["column"], row["email"]) == ("email", 'b"b@example.com')
    assert (row["first_name"], row["last_name"]) == ('Bob "Bo", by', "Stone, the")
    row["email"] = "bob@example.com"
    assert job_of(dropped([row])).counts == Counts(created=1)


@pytest.mark.parametrize("line", [line for line, _ in FLAWS if len(line.split(",")) >= 8])
def test_an_unknown_column_in_the_verdict_is_ignored(line: str) -> None:
    (row,) = rejected(line)

    world = dropped([row | {"column": "x" * 40_000}])

    (again,) = world.failed("mended.csv")
    assert again["reason"] == row["reason"]
    assert again["column"] in HEADER.split(",")


def emptied(*names: str) -> list[str]:
    """Return the lines of a report with empty reasons, which Excel omits."""
    rows = [flawed_gender() | {"email": f"b{n}@example.com", "gender": "Male"} for n in range(3)]
    rows = [row | dict.fromkeys(names, "") for row in rows]
    return [",".join(rows[0]), *(",".join(row.values()).rstrip(",") for row in rows)]


@pytest.mark.parametrize("names", [("reason",), ("column", "reason"), ("line", "column", "reason")])
def test_cells_of_the_verdict_that_a_spreadsheet_leaves_out_are_empty(
    names: tuple[str, ...],
) -> None:
    world = World()

    world.run("\n".join(emptied(*names)).encode(), "mended.csv")

    assert job_of(world).counts == Counts(created=3), world.failed("mended.csv")
    phones = {row.customer.profile.phone for row in world.rows.imported_customers.values()}
    assert phones == {"+49 30 1"}


def test_a_row_of_a_report_that_lacks_a_cell_of_its_own_is_rejected() -> None:
    lines = [line.replace("Stone,", "") for line in emptied("reason")]
    world = World()

    world.run("\n".join(lines).encode(), "mended.csv")

    reasons = [row["reason"] for row in world.failed("mended.csv")]
    assert len(reasons) == 3
    assert all(each.startswith("The line has 9 cells where the header") for each in reasons)


def test_of_a_row_that_lacks_cells_of_the_verdict_its_own_come_back() -> None:
    lines = [line.replace("Mr", "Sir") for line in emptied("column", "reason")]
    world = World()

    world.run("\n".join(lines).encode(), "mended.csv")

    found = world.failed("mended.csv")
    assert {row["column"] for row in found} == {"salutation"}
    assert {row["note"] for row in found} == {"'=note"}


def flawed_gender() -> ReportRow:
    (row,) = rejected(BOB.replace("Male", "gent"))
    assert row["phone"] == "'+49 30 1"
    return row


@pytest.mark.parametrize(
    "columns",
    [
        ["line", "column", "reason", *HEADER.split(",")],
        ["reason", *HEADER.split(","), "line", "column"],
        [*HEADER.split(","), "LINE", "Column ", "reason", ""],
    ],
)
def test_the_verdict_is_known_wherever_a_spreadsheet_puts_it(columns: list[str]) -> None:
    row = flawed_gender() | {"gender": "Male"}

    world = dropped([row], columns)

    (imported,) = world.rows.imported_customers.values()
    assert imported.customer.profile.phone == "+49 30 1"
    assert world.summary("mended.csv")["unknown_columns"] == ["note"]


@pytest.mark.parametrize("columns", [["line", "reason"], ["line", "column"], ["reason"], ["line"]])
def test_fewer_columns_of_a_verdict_are_the_senders_own(columns: list[str]) -> None:
    world = World()
    cells = {"line": "Main line 7", "column": "7", "reason": "=found"}
    own = [cells[name] for name in columns]

    world.run(
        f"{HEADER},{','.join(columns)}\n{BOB.replace('Mr', 'Sir')},{','.join(own)}\n".encode()
    )

    assert world.summary()["unknown_columns"] == ["note", *columns]
    report = world.reports.reports["reports/customer.csv/failed.csv"].decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(report, newline=""))
    assert header == [*HEADER.split(","), *columns, "line", "column", "reason"]
    assert row[8:-3] == [f"'{cell}" for cell in own]
    again = world.run(report.replace("Sir", "Mr").encode(), "mended.csv")
    assert again.counts == Counts(created=1)
    assert world.summary("mended.csv")["unknown_columns"] == ["note", *columns]


@pytest.mark.parametrize("line", [line for line, _ in FLAWS if len(line.split(",")) >= 8])
@pytest.mark.parametrize("deleted", ["line", "column"])
def test_an_uncorrected_row_is_rejected_even_if_a_column_was_deleted(
    line: str, deleted: str
) -> None:
    rows = rejected(line)

    world = dropped(rows, [name for name in rows[0] if name != deleted])

    (again,) = world.failed("mended.csv")
    assert again["reason"] == rows[0]["reason"]
    assert again["column"] in HEADER.split(",")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("last_name", "-Stone-"),
        ("first_name", "@Bob"),
        ("note", "=note"),
        ("phone", "-123"),
        ("phone", "+49 30 1"),
        ("email", "-bob@example.com"),
    ],
)
def test_an_escaped_cell_is_right_even_when_the_verdict_was_removed(
    column: str, value: str
) -> None:
    names = HEADER.split(",")
    cells = dict(zip(names, BOB.split(","), strict=True)) | {column: value, "gender": "gent"}
    (row,) = rejected(",".join(cells.values()))
    assert row[column] == f"'{value}"

    world = dropped([row | {"gender": "Male"}], names)

    (imported,) = world.rows.imported_customers.values()
    profile, email = imported.customer.profile, imported.customer.email.typed
    found = {"last_name": profile.last_name, "first_name": profile.first_name, "email": email}
    assert (found | {"phone": profile.phone, "note": "=note"})[column] == value


def test_a_phone_number_is_right_even_when_the_verdict_was_removed() -> None:
    row = flawed_gender() | {"gender": "Male"}

    world = dropped([row], HEADER.split(","))

    (imported,) = world.rows.imported_customers.values()
    assert imported.customer.profile.phone == "+49 30 1"


def test_unknown_columns_come_back_as_they_were() -> None:
    world = World()
    world.run(f"=x,{HEADER}\n@1,{BOB.replace('Male', '?')}\n".encode())
    first = world.reports.reports["reports/customer.csv/failed.csv"]

    world.run(first, "again.csv")

    assert world.reports.reports["reports/again.csv/failed.csv"] == first
    assert world.summary("again.csv")["unknown_columns"] == ["=x", "note"]


def test_names_of_columns_come_back_without_marks_that_cannot_be_seen() -> None:
    world = World()

    world.run(f'"\ufeff{HEADER.replace(",", chr(34) + ",", 1)}\n{BOB.replace("Mr", "")}\n'.encode())

    assert list(world.failed()[0]) == [*HEADER.split(","), "line", "column", "reason"]


def test_no_cell_of_a_report_runs_in_a_spreadsheet() -> None:
    world = World()
    cells = ["=1", "+1", "-1", "@1", "\tx", "'=1", "\uff1d1"]
    rows = "".join(f'"{cell}",x,Sir,Bob,Stone,Male,,"{cell}"\n' for cell in cells)

    world.run(f"{HEADER}\n{rows}".encode())

    found = world.failed()
    assert [row["note"] for row in found] == [f"'{cell}" for cell in cells]
    assert all(row["customer_reference"].startswith("'") for row in found)


def test_a_wrongly_corrected_report_loses_nothing() -> None:
    row = flawed_gender()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    world = World()

    world.run(text.getvalue().replace("Stone", "Stone, Ltd").encode(), "again.csv")

    (again,) = world.failed("again.csv")
    assert again["reason"].startswith("The line has 12 cells where the header has 11.")
    assert (again["last_name"], again["gender"]) == ("Stone", " Ltd")
    # One cell too many: the last two share a cell, without an old verdict.
    assert (again["phone"], again["note"]) == ("gent", "'+49 30 1,'=note")
