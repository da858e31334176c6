"""Lines as records: a strict reader that never swallows a row.

A quotation mark may open a cell, close it, or be doubled inside it; anywhere else it is
stray. A quoted cell may contain line ends. If a quoted cell does not close properly, only
its first line is flawed, and reading continues at the next line::

    1  email,company            the header: two cells
    2  ada@example.com,"Ada     opens, and closes properly only by accident ...
    3  bob@example.com,"Bob"    ... here, where text follows: line 2 is flawed
                                line 3 is a record of its own

A cell that closes properly by accident is recognised by what it would swallow: a line that
is a row by itself. A cell of several lines that is too long also counts as never closed::

    1  email,company            the header: two cells
    2  ada@example.com,"Ada     opens ...
    3  bob@example.com,Bob      ... but this is a row by itself: line 2 is flawed
    4  eve@example.com,19"      closes properly, and is flawed for that

Looking ahead costs little: each look ends at the next line with an odd number of quotation
marks, so all looks together read the file at most once more.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from registration.domain.imports.code_pages import looks_garbled
from registration.domain.imports.csv_text import LONGEST_LINE, Decoder, Line
from registration.domain.imports.jobs import FileRefused
from registration.domain.invisible import INVISIBLE, LOST, trimmed

LONGEST_FIELD = 64 * 1024
LONGEST_READ = 2 * LONGEST_FIELD
"""Cells in a report may be longer than the sender's, because apostrophes are added."""

NOT_DECODABLE = (
    "The line is in another encoding than the rest of the file."
    " Check its letters, and type those again that are lost (\ufffd)."
)
MAY_BE_GARBLED = "A word here may be garbled, because the file is not in UTF-8. Check its letters."
STRAY_QUOTE = (
    "A quotation mark stands within a cell."
    " Put the whole cell in quotation marks and double those within it, or remove it."
)
NEVER_CLOSED = (
    "A quotation mark opens a cell that is never closed. Close it, or remove the quotation mark."
)
CELL_COUNT = (
    "The line has {count} cells where the header has {width}."
    " Add or remove a separator; a cell that holds one stands in quotation marks."
)


class Record(NamedTuple):
    """A row of a file, not validated yet.

    ``line`` is the number of its first line; ``start`` and ``end`` are its byte range. In a
    flawed record, ``cells`` are the cells of its first line as far as they can be separated,
    and ``at`` is the cell to look at: the first one with a stray quotation mark, or the last
    one that is not empty.
    """

    line: int
    start: int
    end: int
    cells: list[str]
    flaw: str | None = None
    at: int = 0


class RecordReader:
    """Reads records; lines without content are skipped.

    Parameters
    ----------
    lines
        The lines of a whole file or of a range that begins and ends with a record.
    decoder
        The decoder of the file.
    delimiter
        The separator between cells.
    width
        The number of cells in a record; None until the header has been read.
    """

    def __init__(
        self, lines: Iterable[Line], decoder: Decoder, delimiter: str, width: int | None = None
    ) -> None:
        self.width = width
        self._lines = _Rewindable(lines)
        self._decoder = decoder
        self._delimiter = delimiter
        self._scan = _Scan(delimiter)

    def __iter__(self) -> Iterator[Record]:
        for line in self._lines:
            record = self._record(line)
            # Nearly the same as `trimmed`, without a function call for each row.
            if record and "".join(record.cells).strip(INVISIBLE):
                yield record

    def _record(self, line: Line) -> Record | None:
        text = self._decoder.decode(line)
        if text is None:
            text = self._decoder.salvage(line, is_last=self._lines.are_at_end())
            is_odd = LOST not in text and looks_garbled(text)
            return self._flawed(line, text, MAY_BE_GARBLED if is_odd else NOT_DECODABLE)
        # Concatenated files contain their byte order marks.
        text = text.lstrip("\ufeff")
        body = text.rstrip("\r\n")
        if not body:
            return None
        if '"' in body:
            return self._quoted(line, text, body)
        cells = body.split(self._delimiter)
        return self._judged(Record(line.number, line.start, line.start + len(line.raw), cells))

    def _quoted(self, first: Line, text: str, body: str) -> Record:
        state = self._scan.outside(body)
        taken: list[Line] = []
        texts = [text]
        size = len(first.raw)
        # Short lines take more memory than their bytes. No cell has so many lines.
        while state is _State.OPEN and size <= LONGEST_LINE and len(taken) < LONGEST_FIELD:
            line = next(self._lines, None)
            more = self._decoder.decode(line) if line else None
            if line:
                taken.append(line)
            if line is None or more is None:
                break
            size += len(line.raw)
            texts.append(more)
            state = self._scan.inside(more.rstrip("\r\n"))
        if state is _State.COMPLETE:
            cells = self._cells(first, texts)
            if not taken or self._is_one_row(cells, texts):
                end = first.start + size
                return self._judged(Record(first.number, first.start, end, cells))
        self._lines.push_back(taken)
        is_own = state is _State.STRAY and not taken
        return self._flawed(first, body, STRAY_QUOTE if is_own else NEVER_CLOSED)

    def _cells(self, first: Line, texts: list[str]) -> list[str]:
        text = "".join(texts).rstrip("\r\n")
        try:
            # A list, so that a quoted cell keeps the line ends of the file.
            return next(csv.reader([text], delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            # The scan accepted the quotation marks, so this is the csv module's own limit.
            if len(texts) > 1:
                return []  # Treat it as never closed.
            raise _too_long(first.number) from error

    def _is_one_row(self, cells: list[str], texts: list[str]) -> bool:
        """Whether lines are one row: as wide as the header, with no rows swallowed."""
        width = self.width or len(cells)
        if not cells or len(cells) != width or max(map(len, cells)) > LONGEST_FIELD:
            return False
        lines = [text.lstrip("\ufeff").rstrip("\r\n") for text in texts]
        rows = [line for line in lines if self._scan.is_like_a_row(line, width)]
        # Two lines with as many cells as the header are rows, each with a stray mark. One
        # such line may be chance, at an end of the cell; but not if it is valid by itself.
        are_whole = (self._scan.outside(line) is _State.COMPLETE for line in rows)
        return len(rows) <= 1 and not any(are_whole)

    def _flawed(self, line: Line, text: str, flaw: str) -> Record:
        cells, at = self._scan.cut(text.rstrip("\r\n"))
        if flaw is NOT_DECODABLE:
            at = next((n for n, cell in enumerate(cells) if LOST in cell), 0)
        elif flaw is MAY_BE_GARBLED:
            at = next((n for n, cell in enumerate(cells) if looks_garbled(cell)), 0)
        end = line.start + len(line.raw)
        return self._judged(Record(line.number, line.start, end, cells, flaw, at))

    def _judged(self, record: Record) -> Record:
        count = len(record.cells)
        may_be_too_long = record.end - record.start > LONGEST_READ
        if may_be_too_long and max(map(len, record.cells)) > LONGEST_READ:
            raise _too_long(record.line)
        if record.flaw or self.width in (None, count):
            return record
        flaw = CELL_COUNT.format(count=count, width=self.width).replace(" 1 cells", " 1 cell")
        return record._replace(flaw=flaw, at=last_filled(record.cells))


def last_filled(cells: Sequence[str]) -> int:
    """Return the index of the last cell that is not empty."""
    return max((at for at, cell in enumerate(cells) if trimmed(cell)), default=0)


def _too_long(line: int) -> FileRefused:
    return FileRefused(f"Line {line} has a cell of more than 64 KiB. Remove or shorten it.")


class _State(Enum):
    COMPLETE = "complete"
    OPEN = "open"
    STRAY = "stray"


class _Scan:
    """Decides by its quotation marks whether a line ends a record. Reads each line once."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        content = r'[^"]*+(?:""[^"]*+)*+'
        text = rf'="[^"{mark}]*+"'  # as some exports keep spreadsheets from reading a number
        cell = rf'(?:"{content}"|{text}|[^"{mark}]*+)'
        self._delimiter = delimiter
        self._content = re.compile(content)
        self._text = re.compile(text)
        self._cells = re.compile(rf"{cell}(?:{mark}{cell})*+")
        self._more_cells = re.compile(rf"(?:{mark}{cell})*+")
        self._open_cell = re.compile(rf'"{content}')
        self._closed_cell = re.compile(rf'"({content})"(?:{mark}|\Z)')

    def outside(self, body: str) -> _State:
        """Return the state after a line that begins with a cell."""
        return self._after(body, self._cells.match(body))

    def inside(self, body: str) -> _State:
        """Return the state after a line that begins inside a quoted cell."""
        content = self._content.match(body)
        closing = content.end() if content else 0
        if closing == len(body):
            return _State.OPEN
        return self._after(body, self._more_cells.match(body, closing + 1))

    def is_like_a_row(self, body: str, width: int) -> bool:
        """Whether a line has this many cells, properly quoted or not, and is not empty."""
        if body.count(self._delimiter) < width - 1:
            return False
        cells, _ = self.cut(body)
        return len(cells) == width and bool(trimmed("".join(cells)))

    def cut(self, body: str) -> tuple[list[str], int]:
        """Split a flawed line into cells.

        Returns
        -------
        tuple
            The cells, with badly quoted ones unchanged, and the index of the first of
            those with a quotation mark.
        """
        cells: list[str] = []
        stray: list[int] = []
        at = 0
        while at <= len(body):
            if closed := self._closed_cell.match(body, at):
                cells.append(closed[1].replace('""', '"'))
                at = closed.end() if closed[0].endswith(self._delimiter) else len(body) + 1
            else:
                end = body.find(self._delimiter, at)
                end = len(body) if end < 0 else end
                if '"' in body[at:end] and not self._text.fullmatch(body, at, end):
                    stray.append(len(cells))
                cells.append(body[at:end])
                at = end + 1
        return cells, stray[0] if stray else 0

    def _after(self, body: str, matched: re.Match[str] | None) -> _State:
        at = matched.end() if matched else 0
        if at == len(body):
            return _State.COMPLETE
        begins_cell = at == 0 or body[at - 1] == self._delimiter
        if begins_cell and self._open_cell.fullmatch(body, at):
            return _State.OPEN
        return _State.STRAY


class _Rewindable:
    """Lines that can be pushed back after looking ahead."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._back: deque[Line] = deque()

    def __iter__(self) -> "_Rewindable":
        return self

    def __next__(self) -> Line:
        return self._back.popleft() if self._back else next(self._lines)

    def are_at_end(self) -> bool:
        """Whether no line is left."""
        ahead = next(self, None)
        self.push_back([ahead] if ahead else [])
        return ahead is None

    def push_back(self, lines: list[Line]) -> None:
        """Push lines back, so that they are read next."""
        self._back.extendleft(reversed(lines))
