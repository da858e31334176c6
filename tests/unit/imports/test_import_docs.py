"""What `docs/import.md` says is so."""

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest

from registration.domain.imports.columns import COLUMNS
from registration.domain.imports.csv_records import LONGEST_FIELD
from registration.domain.imports.csv_text import LONGEST_LINE
from registration.domain.imports.jobs import Counts, ImportOutcome
from tests.corpus import ADA, HEADER
from tests.corpus.files import CASES
from tests.support.imports.documented import page, tables, value_of
from tests.support.imports.files import GLUE_COLUMNS, World, a_file, a_row, read_report
from tests.support.stack import ROOT

RAW = page("import.md")
DOCS = RAW.replace("\\|", "|")
EXAMPLE = (ROOT / "examples" / "customer.csv").read_bytes()
COUNTED = re.compile(r"\d+ cells?|(?<=header has )\d+")


def archive(name: str) -> bytes:
    """Return an archive with a file in it."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        written.writestr(name, HEADER)
    return content.getvalue()


def header(name: str, other: str) -> bytes:
    """Return a file with another name in its header."""
    return f"{HEADER.replace(name, other)}\n{ADA}\n".encode()


REFUSED = {
    "has nothing in it": b"",
    "is a workbook": archive("xl/workbook.xml"),
    "is an archive": archive("customer.csv"),
    "is no text": b"GIF89a\0\0",
    "is UTF-16 without a mark": HEADER.encode("utf-16-le"),
    "is UTF-16 with a byte too much in line 3": (
        f"{HEADER}\n{ADA}\n".encode("utf-16") + b"\n" + f"{ADA}\n".encode("utf-16-le")
    ),
    "is in MacRoman, cp1250 or another old encoding": header("gender", "gender")
    + (",bob@example.com,Mr,Jürgen,Müller,Male\n".encode("mac_roman")),
    "is JSON": json.dumps([{"email": "ada@example.com"}]).encode(),
    "is a text document": rb"{\rtf1\ansi}",
    "begins with a customer": ADA.encode(),
    "has bars between its columns": HEADER.replace(",", "|").encode(),
    "has no column `gender`": header(",gender", ""),
    "has `E-Mail` for `email`": header("email", "E-Mail"),
    "has `email` twice": header("gender", "gender,email"),
    "has a header that is too long": header("gender", "gender" + ",x" * 9000),
    "has each line in quotation marks": f'"{HEADER}"\n"{ADA}"\n'.encode(),
    "has a stray quotation mark in its header": header("email", 'e"mail'),
    "has a cell that is too long": header("gender", "gender,note").replace(
        b"Female\n", b"Female," + b"x" * (LONGEST_FIELD + 1)
    ),
    "has a line that is too long": HEADER.encode() + b"\n" + b"x," * LONGEST_LINE,
}


def test_the_columns_are_listed_with_the_mandatory_ones() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", DOCS, re.MULTILINE))

    assert listed.keys() >= COLUMNS.keys()
    assert {name for name in COLUMNS if "mandatory" in listed[name]} == set(GLUE_COLUMNS.mandatory)


def test_the_outcomes_are_listed() -> None:
    assert all(f"| `{outcome}` |" in DOCS for outcome in ImportOutcome)


def test_the_example_has_the_documented_outcome() -> None:
    world = World()

    job = world.run(EXAMPLE)

    counts = job.counts
    assert counts == Counts(created=12, exists=0, duplicate=2, rejected=11)
    assert (
        f"of its {job.rows} rows, {counts.created} become customers, "
        f"{counts.duplicate} are duplicates and\n{counts.rejected} are rejected"
    ) in DOCS


@pytest.mark.parametrize(("file", "reason"), tables(RAW, "### Files that are refused as a whole"))
def test_each_refusal_is_what_such_a_file_gets(file: str, reason: str) -> None:
    world = World()

    world.run(REFUSED[file])

    assert world.summary()["reason"] == reason


def values() -> list[tuple[str, str, str]]:
    """Return the examples of single values: column, value, reason."""
    section = tables(RAW, "### Wrong values, and how to correct them")
    unquoted = [[cell.strip("`") for cell in row] for row in section]
    return [(a, b, c) for a, b, c in unquoted if a in COLUMNS and not b.startswith(",")]


def lines() -> list[tuple[str, str, str]]:
    """Return the examples of whole lines: column, line, reason."""
    section = tables(RAW, "### Wrong values, and how to correct them")
    unquoted = [[cell.strip("`") for cell in row] for row in section]
    return [(a, b, c) for a, b, c in unquoted if b.startswith(",")]


@pytest.mark.parametrize(("column", "value", "reason"), values())
def test_each_wrong_value_gets_its_reason(column: str, value: str, reason: str) -> None:
    world = World()

    world.run(a_file(a_row(1), a_row(2, **{column: value_of(value)})))

    assert [(row["column"], row["reason"]) for row in world.failed()] == [(column, reason)]


@pytest.mark.parametrize("column", [n for n in COLUMNS if n not in ("email", "password")])
def test_a_general_reason_is_reported_for_each_column(column: str) -> None:
    anywhere = [
        [cell.strip("`") for cell in row]
        for row in tables(RAW, "### Wrong values, and how to correct them")
        if row[0] == "any"
    ]
    assert len(anywhere) == 5
    for _, value, reason in anywhere:
        world = World()

        world.run(a_file(a_row(1, **{column: value})))

        assert [(row["column"], row["reason"]) for row in world.failed()] == [(column, reason)]


@pytest.mark.parametrize(("column", "line", "reason"), lines())
def test_each_line_that_cannot_be_cut_gets_its_reason(column: str, line: str, reason: str) -> None:
    world = World()
    line, _, file = line.replace(r"\xfc", "ü").replace(r"\xfb", "û").partition("` in ")
    rows = f"{ADA.replace('Ada', 'Zoë')}\n" * 10
    first = f"{HEADER}\n{rows}".encode("cp1252" if file == "a file of cp1252" else "utf-8")

    world.run(first + line.encode("cp1252"))

    assert [(row["column"], row["reason"]) for row in world.failed()] == [(column, reason)]


def reasons() -> Iterator[str]:
    """Return every reason for which any file of the corpus is refused, or a row rejected."""
    for case in CASES:
        world = World()
        world.run(case.content)
        summary = world.summary()
        if summary["status"] == "refused":
            continue
        encoding = "utf-16" if summary["encoding"].startswith("utf-16") else "utf-8-sig"
        report = world.reports.reports["reports/customer.csv/failed.csv"]
        for row in read_report(report, encoding, summary["delimiter"]):
            for reason in row["reason"].split(" | "):
                yield re.sub(r"^\w+: ", "", reason)


def test_every_reason_is_explained() -> None:
    explained = COUNTED.sub("N", DOCS)

    missing = {reason for reason in reasons() if f"| {COUNTED.sub('N', reason)} |" not in explained}

    assert not missing


def test_the_summary_has_the_keys_that_are_shown() -> None:
    world = World()
    world.run(EXAMPLE)
    shown = DOCS.partition("```json")[2].partition("```")[0]

    assert re.findall(r'"(\w+)":', shown) == list(world.summary())


def test_a_duplicate_of_a_row_whose_reference_is_taken_makes_no_customer() -> None:
    world = World()
    world.run(a_file(a_row(1, customer_reference="DE--1")))
    rows = [
        a_row(2, customer_reference="DE--1"),
        a_row(2, customer_reference="DE--2"),
    ]

    job = world.run(a_file(*rows), "second.csv")

    assert job.counts == Counts(exists=1, duplicate=1)
    told = [(row["line"], row["outcome"]) for row in world.skipped("second.csv")]
    assert told == [("2", "exists"), ("3", "duplicate")]
    assert "`skipped.csv` lists both" in DOCS
