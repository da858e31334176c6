"""From bytes to records: encodings, line ends, separators, quotation marks."""

import codecs
import csv
import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.domain.imports.csv_records import (
    LONGEST_FIELD,
    NEVER_CLOSED,
    NOT_DECODABLE,
    Record,
    RecordReader,
)
from registration.domain.imports.csv_text import (
    LONGEST_LINE,
    SAMPLE_BYTES,
    Decoder,
    look_at,
    read_lines,
)
from registration.domain.imports.formulas import escape_formula, unescape_formula
from registration.domain.imports.jobs import FileRefused
from registration.domain.invisible import trimmed
from tests.support.imports.files import World, a_file, a_row

GOOD = "customer_reference,email,salutation,first_name,last_name,gender"


def read(content: bytes, width: int | None = None, block: int = 7) -> list[Record]:
    """Read records like the planner, in small blocks."""
    opening = look_at(content)
    rest = content[opening.bom_bytes :]
    blocks = [rest[at : at + block] for at in range(0, len(rest), block)]
    decoder = Decoder(opening.encoding)
    lines = read_lines(decoder.deciding(blocks), opening.encoding, start=opening.bom_bytes)
    return list(RecordReader(lines, decoder, ",", width))


def cells(content: bytes, width: int | None = None) -> list[list[str]]:
    return [record.cells for record in read(content, width)]


def flawed(content: bytes, width: int = 2) -> dict[int, bool]:
    return {record.line: record.flaw is not None for record in read(content, width)}


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("cp1252", b""),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [1, 2, 3, 1000])
def test_reads_files_of_spreadsheets(encoding: str, bom: bytes, end: str, block: int) -> None:
    text = end.join(["name,city", "Ödön,Köln", '"M, ""X""","a' + end + 'b"', "€,É", ""])

    records = read(bom + text.encode(encoding), block=block)

    assert [record.cells for record in records] == [
        ["name", "city"],
        ["Ödön", "Köln"],
        ['M, "X"', f"a{end}b"],
        ["€", "É"],
    ]
    assert [record.line for record in records] == [1, 2, 3, 5]


def test_line_ends_that_only_look_like_some_in_utf16() -> None:
    # U+0A0D and U+0D0A, and halves of adjacent characters that form a line end together.
    text = "a\u0a0d\u0d0a,\u0a00b\u000d\u0a00\n1\u0a00\u0a01,2"

    assert cells(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))[-1] == ["1\u0a00\u0a01", "2"]
    assert cells(codecs.BOM_UTF16_BE + text.encode("utf-16-be"))[-1] == ["1\u0a00\u0a01", "2"]


def test_a_damaged_line_does_not_change_the_encoding_of_the_others() -> None:
    content = "x,y\nä,1\n".encode() + b"\xff\xfe,2\n" + "ö,3\n".encode()

    assert [r.flaw is not None for r in read(content, 2)] == [False, False, True, False]
    assert cells(content)[3] == ["ö", "3"]


def test_a_non_ascii_line_decides_at_any_position() -> None:
    ascii_lines = b"name,city\n" * 20_000

    assert cells(ascii_lines + "Ä,1\n".encode())[-1] == ["Ä", "1"]
    assert cells(ascii_lines + "Ä,1\n".encode("cp1252"))[-1] == ["Ä", "1"]


@pytest.mark.parametrize("block", [1000, SAMPLE_BYTES, 4 * SAMPLE_BYTES])
@pytest.mark.parametrize("before", [0, 900, 6_553, 6_554, 20_000])
@pytest.mark.parametrize(("most", "other"), [("utf-8", "cp1252"), ("cp1252", "utf-8")])
def test_the_majority_of_non_ascii_lines_decides_at_any_position(
    most: str, other: str, before: int, block: int
) -> None:
    first = b"name,city\n" * before + "Ä,1\n".encode(other)

    *_, damaged, one, two = read(first + "Ä,2\nÖ,3\n".encode(most), 2, block)

    assert damaged.flaw == NOT_DECODABLE
    assert (one.cells, two.cells) == (["Ä", "2"], ["Ö", "3"])


@pytest.mark.parametrize("block", [1000, SAMPLE_BYTES, 4 * SAMPLE_BYTES])
@pytest.mark.parametrize(("before", "decides"), [(16_381, False), (16_380, True)])
def test_complete_lines_in_the_64_kib_after_the_first_non_ascii_byte_decide(
    before: int, decides: bool, block: int
) -> None:
    # Three bytes, so many times four, and ten that make it two lines against one.
    content = "ä\n".encode() + b"a,b\n" * before + b"\xdc,1\n" + b"\xdc,123\n" * 2

    records = read(content, None, block)

    assert SAMPLE_BYTES == 65_536
    assert (records[0].flaw is None) is not decides


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_line_too_long_to_look_ahead_decides_by_itself(encoding: str) -> None:
    (record,) = read(f"Zoë{',x' * SAMPLE_BYTES}Jörg\n".encode(encoding), block=10_000)

    assert (record.cells[0], record.cells[-1]) == ("Zoë", "xJörg")


def test_lines_without_content_are_skipped_and_counted_as_lines() -> None:
    records = read(b'a,b\n\n  \n,,,\n "" ,\t\n1,2\n,\n', 2)

    assert [(record.line, record.cells) for record in records if not record.flaw] == [
        (1, ["a", "b"]),
        (6, ["1", "2"]),
    ]


@pytest.mark.parametrize(
    "stray",
    [
        'a"b,c',  # in a cell without quotation marks
        '"a"b,c',  # after the closing one
        '"a,b',  # never closed, until the next line's
        'a,"b""',  # an escaped one does not close
        'a, "b"',  # a space before it
        'a,"',
        '"',
        'a,""b',
        "a",
        "a,b,c",
    ],
)
def test_only_the_line_with_the_flaw_is_flawed(stray: str) -> None:
    content = f'x,y\n{stray}\n1,2\n3,"4"\n"5",6\n'.encode()

    assert flawed(content) == {1: False, 2: True, 3: False, 4: False, 5: False}


def test_a_quotation_mark_never_closed_swallows_nothing() -> None:
    rows = "".join(f"{n},{n}\n" for n in range(20_000))

    found = flawed(f'x,y\n1,"2\n{rows}'.encode())

    assert [line for line, is_flawed in found.items() if is_flawed] == [2]
    assert len(found) == 20_002


def test_a_quotation_mark_in_every_line_is_read_in_reasonable_time() -> None:
    # Each line opens a cell, and the reader looks ahead over all lines between: the empty
    # quoted cells keep it open.
    content = "x,y,z\n" + ('1,"2,3\n' + '4,"",5\n' * 500) * 100

    assert sum(flawed(content.encode(), 3).values()) == 100


def test_a_cell_that_closes_by_accident_many_lines_later_costs_one_line() -> None:
    content = b'x,y\n1,"2\n3,4\n5,6\n7,"8"\n9,10\n'

    assert flawed(content) == {1: False, 2: True, 3: False, 4: False, 5: False, 6: False}


@pytest.mark.parametrize("row", ["3,4", '"3","4"', '3,"a ""b"""', "\ufeff3,4", ",4"])
def test_a_cell_that_would_swallow_a_row_was_never_closed(row: str) -> None:
    content = f'x,y\n1,"2\nand\n{row}\n5,6"\n7,8\n'.encode()

    assert flawed(content) == {1: False, 2: True, 3: True, 4: False, 5: True, 6: False}


def test_two_rows_that_one_quotation_mark_each_makes_one_of_are_both_flawed() -> None:
    assert flawed(b'x,y\n1,"2\n3,4"\n5,6\n') == {1: False, 2: True, 3: True, 4: False}
    assert flawed(b'x,y\n1,"2\n3,"\n5,6\n') == {1: False, 2: True, 3: True, 4: False}
    assert flawed(b'x,y\n"1,2\n3",4\n5,6\n') == {1: False, 2: True, 3: True, 4: False}
    # Also where the second one opens a cell in its turn, properly or not.
    assert flawed(b'x,y\n"1,2\n3","4\n"\n5,6\n') == {1: False, 2: True, 3: True, 4: True, 5: False}
    assert flawed(b'x,y\n1,"2\n","3\n4"\n5,6\n')[2]


@pytest.mark.parametrize(
    "cell", ["a\n\nb", "a\nb c\nd", "a\n,,,\nb", "a\n,\nb", "a,b,c\nd", "a\nb,c,d", "\n", "a\n"]
)
def test_line_ends_and_separators_in_a_cell_swallow_no_row(cell: str) -> None:
    content = f'x,y\n"{cell}",1\n2,"{cell}"\n3,4\n'.encode()

    assert [c for c in cells(content, 2) if c[-1] != "y"] == [[cell, "1"], ["2", cell], ["3", "4"]]


def test_quoted_line_ends_are_legal_and_the_first_line_counts() -> None:
    records = read(b'x,y\n"a\n\nb","c\r\nd"\n1,2\n', 2)

    assert [(r.line, r.cells) for r in records] == [
        (1, ["x", "y"]),
        (2, ["a\n\nb", "c\r\nd"]),
        (6, ["1", "2"]),
    ]


def test_a_record_of_many_lines_with_the_wrong_number_of_cells_is_one_flawed_line() -> None:
    assert flawed(b'x,y\n"a\nb",c,d\n1,2\n') == {1: False, 2: True, 3: True, 4: False}


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufeff", exclude_categories=["Cs"]),
    max_size=8,
) | st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "=1+1", "'"])


@settings(max_examples=300, deadline=None)
@given(
    # More columns than a cell has separators: no line of it looks like a row.
    rows=st.lists(st.lists(CELL, min_size=10, max_size=10), min_size=1, max_size=4),
    block=st.integers(1, 40),
)
def test_reads_back_whatever_a_csv_writer_writes(rows: list[list[str]], block: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["x"] * 10, *rows])

    found = [record.cells for record in read(text.getvalue().encode(), 10, block)]

    assert found[1:] == [row for row in rows if any(map(trimmed, row))]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", ",", '"', "\n", "\r\n", "é", '""', ',"x"\n']), max_size=60))
def test_each_record_reads_the_same_from_its_own_bytes(parts: list[str]) -> None:
    content = ("x,y\n" + "".join(parts)).encode()
    records = read(content, 2)

    for record in records:
        raw = content[record.start : record.end]
        lines = read_lines([raw], "utf-8", number=record.line, start=record.start)
        (again,) = RecordReader(lines, Decoder("utf-8"), ",", 2)
        assert (again.line, again.cells) == (record.line, record.cells)
        assert bool(again.flaw) == bool(record.flaw)
    for one, next_one in pairwise(records):
        assert one.end <= next_one.start


@pytest.mark.parametrize(
    "magic",
    [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"7z\xbc\xaf", b"Rar!"],
)
def test_archives_and_workbooks_are_refused(magic: bytes) -> None:
    with pytest.raises(FileRefused, match="not a CSV"):
        look_at(magic + b"\0\0\0")


def test_a_nul_is_refused_at_any_position() -> None:
    with pytest.raises(FileRefused, match="Line 3 is not text"):
        read(b"a,b\n1,2\n\0,3\n")


def test_a_long_cell_is_refused() -> None:
    long = "x" * (2 * LONGEST_FIELD + 1)

    for content in (f"a,b\n1,{long}\n", f'a,b\n1,"{long}"\n', f'a,b\n1,"{long}{long}"\n'):
        with pytest.raises(FileRefused, match="Line 2 has a cell of more than 64 KiB"):
            read(content.encode(), 2, block=10_000)
    assert read(f"a,b\n1,{long[:-1]}\n".encode(), 2, block=10_000)[1].flaw is None


@pytest.mark.parametrize("lines", [70, 140, 1100])
def test_a_cell_of_several_lines_that_is_too_long_was_never_closed(lines: int) -> None:
    content = 'x,y\n1,"' + ("x" * 1000 + "\n") * lines + '19"\n2,3\n'

    found = flawed(content.encode())

    assert list(found.values()) == [False, *[True] * (lines + 1), False]
    assert list(found)[:3] == [1, 2, 3]


@pytest.mark.parametrize("lines", [70, 140, 1100])
def test_a_heading_of_several_lines_that_is_too_long_was_never_closed(lines: int) -> None:
    content = 'x,"' + ("y" * 1000 + "\n") * lines + 'y"\n2,3\n'

    assert next(iter(read(content.encode(), block=10_000))).flaw == NEVER_CLOSED


def test_a_cell_with_one_overlong_line_is_refused() -> None:
    long = "x" * (2 * LONGEST_FIELD + 1)

    with pytest.raises(FileRefused, match="Line 3 has a cell of more than 64 KiB"):
        read(f'a,b\n1,"\n{long}\n{long}"\n'.encode(), 2, block=10_000)


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(FileRefused, match="longer than 1 MiB"):
        read(b"a,b\n" + b"x," * LONGEST_LINE, block=100_000)


@contextmanager
def little_memory(most: int) -> Iterator[None]:
    """Check that the peak memory stays below a number of bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def endless(beginning: bytes, filling: bytes, given: list[int]) -> Iterator[Record]:
    """Yield a beginning and then a gigabyte of filling; record the number of blocks."""

    def stream() -> Iterator[bytes]:
        yield beginning + filling
        for number in range(1024**3 // len(filling)):
            given.append(number)
            yield filling

    opening = look_at(beginning + filling)
    blocks = stream()
    lines = read_lines(chain([next(blocks)[opening.bom_bytes :]], blocks), opening.encoding)
    return iter(RecordReader(lines, Decoder(opening.encoding), ",", 6))


@pytest.mark.parametrize(
    ("beginning", "filling"),
    [
        (GOOD.encode() + b"\n", b"x" * 1024 * 256),
        (b"", b"x" * 1024 * 256),
        (codecs.BOM_UTF16_LE, b"x\0" * 1024 * 128),
        (GOOD.encode() + b'\n"', b"x" * 1024 * 256),
    ],
    ids=["one line", "no header", "UTF-16", "one quoted cell"],
)
def test_a_gigabyte_without_a_line_end_is_refused_early(beginning: bytes, filling: bytes) -> None:
    given: list[int] = []

    with little_memory(20 * 1024**2), pytest.raises(FileRefused, match="longer than 1 MiB"):
        list(endless(beginning, filling, given))

    assert len(given) < 10


@pytest.mark.parametrize("filling", [b"\n" * 1024 * 64, b"x\n\n" * 1024 * 20])
def test_a_cell_that_is_never_closed_before_many_short_lines(filling: bytes) -> None:
    given: list[int] = []

    with little_memory(60 * 1024**2):
        records = endless(GOOD.encode() + b'\n"', filling, given)
        flaws = [next(records).flaw, next(records).flaw]

    assert flaws[0] is None
    assert flaws[1] == NEVER_CLOSED
    assert len(given) < 10


@pytest.mark.parametrize("mark", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
def test_formulas_are_escaped_and_restored(mark: str) -> None:
    for cell in (f"{mark}1", f"'{mark}1", f"''{mark}1"):
        assert escape_formula(cell) == f"'{cell}"
        assert unescape_formula(escape_formula(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "defused"),
    [
        ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
        ("x,+1,'-2,y", "x,'+1,''-2,y"),
        ("x\t@1\n=1\r\n-1", "x\t'@1\n'=1\r\n'-1"),
        ('x;"=1+1;y', "x;'\"=1+1;y"),
        ('"=1', "'\"=1"),
        ("\t\t=1", "'\t\t'=1"),
        ("=1;=2", "'=1;'=2"),
        ("\r\nx", "'\r\nx"),
    ],
)
def test_a_formula_after_another_separator_is_escaped_too(cell: str, defused: str) -> None:
    assert escape_formula(cell) == defused
    assert unescape_formula(defused) == cell
    assert unescape_formula(escape_formula(defused)) == defused


@given(st.text("'\"=+-@\t\r\n,; a\uff1d", max_size=12))
def test_every_cell_comes_back_and_none_is_left_as_a_formula(cell: str) -> None:
    defused = escape_formula(cell)

    assert unescape_formula(defused) == cell
    for separator in ",;\t\n":
        assert not any(part.lstrip('"')[:1] in {*"=+-@"} for part in defused.split(separator))


@pytest.mark.parametrize(
    "cell", ["", "'", "''", "O'Brien", "'tis", "1+1", " =1", "a\n\nb", "a; b", "a,b;c", "a, -b"]
)
def test_other_cells_are_left_alone(cell: str) -> None:
    assert escape_formula(cell) == cell
    assert unescape_formula(cell) == cell


HEADERS_REFUSED = {
    "": "empty",
    "\n\n": "empty",
    "Ada,Lovelace,ada@example.com\n": "no header",
    "email,first_name\n": "lacks the columns customer_reference, salutation, last_name, gender",
    '{"email": 1}\n': "JSON, not a CSV",
    f"{GOOD},EMAIL ": "names the column email twice",
    f"{GOOD},phone,phone": "names the column phone twice",
    GOOD.replace("email", '"email'): "header cannot be read",
    f"{GOOD},{'x,' * 9000}": "longer than 16,384 characters",
}


@pytest.mark.parametrize(("content", "reason"), HEADERS_REFUSED.items())
def test_a_header_that_rows_cannot_be_read_by_is_refused(content: str, reason: str) -> None:
    world = World()

    job = world.run(content.encode())

    assert job.status == "refused"
    assert reason in world.summary()["reason"]
    assert {key.rpartition("/")[2] for key in world.reports.reports} == {"summary.json"}
    assert not world.queue.chunks


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_imports_every_kind_of_file(delimiter: str, end: str, encoding: str) -> None:
    rows = [
        a_row(1, first_name="Zoë", company="Müller, Söhne; & Co"),
        a_row(2, last_name='O"Hara'),
        a_row(3, salutation="Sir"),
    ]
    world = World()

    job = world.run(a_file(*rows, delimiter=delimiter, end=end, encoding=encoding))

    assert (job.counts.created, job.counts.rejected) == (2, 1)
    by_email = {c.email.typed: c.profile for c in world.rows.customers.customers.values()}
    assert by_email["customer-1@example.com"].first_name == "Zoë"
    assert by_email["customer-1@example.com"].company == "Müller, Söhne; & Co"
    assert by_email["customer-2@example.com"].last_name == 'O"Hara'


def test_columns_come_in_any_order_and_case_and_unknown_ones_are_reported() -> None:
    header = " GENDER ,Shoe Size,last_name,First_Name,salutation,E-Mail,Email,customer_reference,"
    row = "Male,44,Byron,George,Mr,no,george@example.com,,"
    world = World()

    job = world.run(f"{header}\n{row}\n".encode())

    assert job.counts.created == 1
    assert world.summary()["unknown_columns"] == ["Shoe Size", "E-Mail"]


def test_a_hint_at_the_separator_is_followed() -> None:
    world = World()

    job = world.run(b"sep=;\r\n" + a_file(a_row(1), delimiter=";"))

    assert job.counts.created == 1
    assert next(iter(world.rows.imported_customers.values())).line == 3
