"""For any file, the import has the same outcome as a plain model of it.

`IMPORT_EXAMPLES=5000 pytest tests/unit/imports/test_import_model.py` tries thousands of random
files; without it, a fixed few are tried.
"""

import codecs
import csv
import io
import os
import re
import unicodedata
from dataclasses import dataclass

from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from registration.domain.emails import EmailAddress
from registration.domain.imports.columns import COLUMNS
from registration.domain.imports.jobs import Counts, JobStatus
from registration.domain.mail.mails import confirmation_mail
from tests.support.factories import NOW, a_customer
from tests.support.imports.files import BCRYPT, World, read_report
from tests.support.imports.model import ModelOutcome, Refused, model
from tests.support.imports.model_values import KNOWN

EXAMPLES = int(os.environ.get("IMPORT_EXAMPLES", "0"))
SEARCH = settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
THERE = "there@example.com"

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=6
) | st.sampled_from(
    ["", '"', '""', ",", ";", "\t", "\n", "\r\n", "\r", "=1+1", "'+1", "'", "ä", "€"]
)
MARKS = "A\u0645\u0936\u845b \u200b\u200c\u200d\u00ad\ufe0f\U000e0100\u2060"
NAME = st.text(MARKS, max_size=6) | st.sampled_from(
    ["Ada", "Zoë", "O'Neil", ' "A" ', "=Ada", "x" * 100, "x" * 101, "a/b", "?da", "None", ""]
)
VALUES = {
    "customer_reference": st.sampled_from(["", "", "", "DE--1", "DE--2", "de--1", "21", "DE-- 1"]),
    "locale_name": st.sampled_from(["", "de_DE", "en_US", "de", "de-AT", "#N/A", "NULL"]),
    "phone": st.sampled_from(
        [
            "",
            "+49 30 1",
            "'+49 30 1",
            "4,9E+11",
            "-4e11",
            "1\n2",
            "030;1",
            r"\N",
            "'030",
            '="030"',
            "nan",
        ]
    )
    | TEXT,
    "email": st.sampled_from(
        [*(f"c{n}@example.com" for n in range(6)), "C1@Example.com", THERE, "", "x@y", "zoë@x.de"]
    ),
    "salutation": st.sampled_from(["Mr", "Ms", "Dr", "Mrs", " Ms ", "HERR", "Mr.", "Sir", ""]),
    "first_name": NAME | TEXT,
    "last_name": NAME | TEXT,
    "company": st.sampled_from(["", "Müller, Söhne; & Co", 'A "B" C', "two\nlines"]) | TEXT,
    "gender": st.sampled_from(["Male", "Female", "n/a", "male", "man", ""]),
    "date_of_birth": st.sampled_from(["", "1985-12-10", "31.12.1985", "1985-02-30", "1899-12-31"]),
    "password": st.sampled_from(
        ["", BCRYPT, "change123", "$2y$16" + BCRYPT[6:], BCRYPT[:-1] + "z"]
    ),
    "registered": st.sampled_from(
        ["", "2019-01-31", "2019-01-31 11:02:33", "2019-01-31 11:02:33 UTC", "2999-01-01", "soon"]
    ),
    "note": TEXT,
}
MOSTLY_RIGHT = {
    "email": st.sampled_from([f"c{n}@example.com" for n in range(30)]),
    "salutation": st.just("Ms"),
    "first_name": st.sampled_from(["Ada", "Zoë", 'A "B" C', "Ödön, Max", "two;parts"]),
    "last_name": st.just("L"),
    "gender": st.just("Female"),
}
SPOILS = [
    '"',
    '""',
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    " ",
    "\ufeff",
    "ü",
    "?",
    '="030"',
    ',"',
    '",',
    "\x1a",
    "\u200b",
    "\n,,,,,,,,,,,,\n",
]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252")


@dataclass(frozen=True)
class Dropped:
    """A file, and how it is imported."""

    content: bytes
    rows_per_chunk: int
    block: int


@st.composite
def files(draw: st.DrawFn) -> Dropped:
    """Return a file of any dialect and encoding, and the sizes of chunks and blocks."""
    columns = draw(st.permutations([*KNOWN, "note"]))[: draw(st.sampled_from([13, 13, 13, 12, 8]))]
    columns += draw(
        st.sampled_from([[], [], [], ["email"], ["note"], [""], ["two\nlines; or, so"]])
    )
    text = io.StringIO(newline="")
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t")),
        lineterminator=end,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    shout = draw(st.booleans())
    writer.writerow([name.upper() if shout else name for name in columns])
    for _ in range(draw(st.integers(0, 8))):
        row = {name: draw(strategy) for name, strategy in VALUES.items()}
        if draw(st.booleans()):
            row = dict.fromkeys(row, "") | {k: draw(v) for k, v in MOSTLY_RIGHT.items()}
        writer.writerow([row.get(name, "") for name in columns])
        if draw(st.integers(0, 9)) == 0:
            text.write(draw(st.sampled_from([end, "  " + end, "," * 12 + end, '""' + end])))
    before = ["", "", "", "", "sep=;\n", "\n", "sep=;;;\n", '"sep=,",,\n', ",,\n", '"";" "\n']
    written = draw(st.sampled_from(before)) + text.getvalue()
    if draw(st.integers(0, 4)) == 0:
        written = with_two_marks(draw, written, len(columns))
    for spoil in draw(st.lists(st.sampled_from(SPOILS), max_size=2)):
        at = draw(st.integers(0, len(written)))
        written = written[:at] + spoil + written[at + draw(st.integers(0, 1)) :]
    return Dropped(
        encoded(draw, written),
        draw(st.integers(1, 5)),
        draw(st.sampled_from([1, 2, 3, 7, 50, 9999])),
    )


def with_two_marks(draw: st.DrawFn, text: str, width: int) -> str:
    """Return text in which a cell begins with a quotation mark, and a later one ends with one."""
    cells = re.split("([,;\t]|\r\n|\n|\r)", text)
    first = draw(st.integers(0, len(cells) - 1)) // 2 * 2
    last = min(first + 2 * width * draw(st.integers(0, 3)), len(cells) - 1)
    cells[first] = '"' + cells[first]
    cells[last] += '"'
    return "".join(cells)


def encoded(draw: st.DrawFn, text: str) -> bytes:
    """Encode text; in cp1252 without characters that it lacks, and sometimes damaged."""
    encoding = draw(st.sampled_from(ENCODINGS))
    if encoding.startswith("utf-16"):
        mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
        return shifted(draw, mark + text.encode(encoding))
    content = text.encode(encoding, "ignore")
    if encoding in {"utf-8", "cp1252"} and draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(content)))
        content = (
            content[:at] + draw(st.sampled_from([b"\xfc", b"\x81", b"\xc3\xbc"])) + content[at:]
        )
    return content


def shifted(draw: st.DrawFn, content: bytes) -> bytes:
    """Return UTF-16, sometimes with an extra byte."""
    if draw(st.integers(0, 9)):
        return content
    at = draw(st.integers(2, len(content) - 1))
    return content[:at] + draw(st.sampled_from([b"A", b"\n"])) + content[at:]


def imported(dropped: Dropped) -> World:
    """Import a file into a world with an existing customer."""
    world = World(rows_per_chunk=dropped.rows_per_chunk, rows_per_transaction=2)
    world.uploads.block = dropped.block
    customer = a_customer(email=EmailAddress(THERE))
    mail = confirmation_mail(customer, customer.created_at)
    world.rows.customers.register(customer, mail, customer.created_at)
    world.run(dropped.content)
    return world


def dialect(world: World) -> tuple[str, str]:
    """Return the encoding and the separator of a world's reports."""
    summary = world.summary()
    encoding = "utf-16" if summary["encoding"].startswith("utf-16") else "utf-8-sig"
    return encoding, summary["delimiter"]


def outcome(world: World) -> ModelOutcome:
    """Return the outcome of each line, from the reports and the customers."""
    found = ModelOutcome(
        {imported.line: {} for imported in world.rows.imported_customers.values()},
    )
    reports = world.reports.reports
    failed = read_report(reports["reports/customer.csv/failed.csv"], *dialect(world))
    skipped = read_report(reports["reports/customer.csv/skipped.csv"], *dialect(world))
    found.rejected = [int(row["line"]) for row in failed]
    for row in skipped:
        getattr(found, row["outcome"]).append(int(row["line"]))
    return found


@SEARCH
@given(files())
def test_an_import_does_what_the_model_does(dropped: Dropped) -> None:
    note(str(dropped))
    world = imported(dropped)
    status = world.summary()["status"]
    event(status)
    if "neither in UTF-8" in (world.summary()["reason"] or ""):
        return  # The model judges no names.

    try:
        expected = model(dropped.content, {THERE}, NOW.date())
    except Refused:
        assert status == "refused", world.summary()
        return
    assert status == "closed", world.summary()
    found = outcome(world)
    assert sorted(found.created) == sorted(expected.created)
    assert found.rejected == expected.rejected
    assert (found.exists, found.duplicate) == (expected.exists, expected.duplicate)
    for entry in world.rows.imported_customers.values():
        values = expected.created[entry.line]
        profile = entry.customer.profile
        given_reference = values["customer_reference"] or entry.customer.reference
        assert entry.customer.reference == given_reference
        assert profile.first_name == normal(values["first_name"])
        assert (profile.phone or "") == normal(values.get("phone", ""))
        assert (profile.company or "") == normal(values.get("company", ""))


def heals(row: dict[str, str]) -> bool:
    """Whether a row is valid in the report, because its letters could be decoded."""
    cells = "".join(cell for name, cell in row.items() if name != "reason")
    return "another encoding" in row["reason"] and "\ufffd" not in cells


def normal(text: str) -> str:
    """Return a text as it is stored."""
    return unicodedata.normalize("NFC", text.strip())


def test_the_model_knows_every_column() -> None:
    assert set(KNOWN) == set(COLUMNS)
    assert set(VALUES) == {*KNOWN, "note"}


def whole(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of a report of which nothing was left out."""
    return [{**row, "line": ""} for row in rows if "#REMOVED!" not in str(row)]


@SEARCH
@given(files())
def test_an_uncorrected_report_changes_nothing(dropped: Dropped) -> None:
    note(str(dropped))
    world = imported(dropped)
    if world.summary()["status"] != "closed":
        return
    report = world.reports.reports["reports/customer.csv/failed.csv"]
    before = read_report(report, *dialect(world))
    healed = sum(map(heals, before))
    event(f"{min(len(before), 3)} rows")

    job = world.run(report, "again.csv")

    if job.status is JobStatus.REPEATED:
        return
    assert job.status is JobStatus.CLOSED, job.reason
    assert job.rows == len(before)
    assert len(before) - healed <= job.counts.rejected <= len(before)
    if not healed:
        assert job.counts == Counts(rejected=len(before))
        again = read_report(world.reports.reports["reports/again.csv/failed.csv"], *dialect(world))
        assert whole(again) == whole(before)
