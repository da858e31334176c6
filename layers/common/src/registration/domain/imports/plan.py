"""Planning an import: the boundaries of its chunks, and its duplicate rows.

The plan is made in one pass over the records and stores two digests per row at most, in
flat arrays. So a million rows take some megabytes, and a planner that runs out of time can
save them for the next.
"""

from array import array
from collections.abc import Iterator
from dataclasses import field
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING

from registration.domain.imports.columns import Columns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.jobs import Chunk, Duplicate, FileRefused
from registration.domain.imports.rows import identities_of, read_row
from registration.frozen import dataclass

MOST_DUPLICATES = 4_000
"""The maximum per chunk: they are part of its message, some 25 bytes each."""

MOST_BYTES = 4 * 1024 * 1024
"""The maximum per chunk: a worker keeps it in memory."""

MOST_ROWS = 2_000_000
"""The maximum per file: the planner keeps 50 bytes of digests per row, and the call that
closes the import has 300 seconds to write the report if every row is rejected."""

if TYPE_CHECKING:
    Numbers = array[int]

_CHUNK, _DUPLICATE = 5, 3
"""The number of integers that store one of them."""

_MOST_TAKEN = 100

_COLUMNS = ("email", "customer_reference")


class FirstLines:
    """The first line of each value, in a hash table with 12 bytes of memory per slot.

    Values are identified by 64-bit digests: with a million values, two collide in one of
    some thirty million files.

    Parameters
    ----------
    digests, lines
        The attributes of these names of an earlier table.
    """

    def __init__(self, digests: "Numbers | None" = None, lines: "Numbers | None" = None) -> None:
        if digests is None or lines is None:
            digests, lines = _slots(1 << 10)
        self.digests, self.lines = digests, lines
        self._count = len(lines) - lines.count(0)

    def get(self, digest: int) -> int | None:
        """Return the first line with a value, if there is one."""
        return self.lines[self._slot(digest)] or None

    def add(self, digest: int, line: int) -> None:
        """Store the line of a new value."""
        if self._count * 3 >= len(self.lines) * 2:
            self._grow()
        slot = self._slot(digest)
        self.digests[slot], self.lines[slot] = digest, line
        self._count += 1

    def _slot(self, digest: int) -> int:
        mask = len(self.lines) - 1
        slot = digest & mask
        while self.lines[slot] and self.digests[slot] != digest:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        digests, lines = self.digests, self.lines
        self.digests, self.lines = _slots(2 * len(lines))
        for digest, line in zip(digests, lines, strict=True):
            if line:
                slot = self._slot(digest)
                self.digests[slot], self.lines[slot] = digest, line


def _slots(count: int) -> "tuple[Numbers, Numbers]":
    return array("Q", [0]) * count, array("I", [0]) * count


class Plan:
    """The rows of a file in chunks: 40 bytes per chunk and 12 per duplicate.

    Parameters
    ----------
    import_id
        The import.
    chunks, duplicates
        The attributes of these names of an earlier plan.
    """

    def __init__(
        self,
        import_id: str,
        chunks: "Numbers | None" = None,
        duplicates: "Numbers | None" = None,
    ) -> None:
        self.import_id = import_id
        self.chunks = array("Q") if chunks is None else chunks
        self.duplicates = array("I") if duplicates is None else duplicates
        self.rows = sum(self.chunks[3::_CHUNK])

    def __len__(self) -> int:
        return len(self.chunks) // _CHUNK

    def add(self, line: int, start: int, end: int, rows: int, duplicates: list[Duplicate]) -> None:
        """Add the next chunk."""
        for duplicate in duplicates:
            column = _COLUMNS.index(duplicate.column)
            self.duplicates.extend((duplicate.line, duplicate.first_line, column))
        self.chunks.extend((line, start, end, rows, len(self.duplicates)))
        self.rows += rows

    def __iter__(self) -> Iterator[Chunk]:
        return self.since(0)

    def since(self, number: int) -> Iterator[Chunk]:
        """Return the chunks from a number on."""
        return map(self._chunk, range(number, len(self)))

    def _chunk(self, number: int) -> Chunk:
        line, start, end, rows, last = self.chunks[number * _CHUNK : (number + 1) * _CHUNK]
        first = self.chunks[number * _CHUNK - 1] if number else 0
        found = [self.duplicates[at : at + _DUPLICATE] for at in range(first, last, _DUPLICATE)]
        duplicates = tuple(Duplicate(line, other, _COLUMNS[at]) for line, other, at in found)
        return Chunk(self.import_id, number, line, start, end, rows, duplicates)


@dataclass
class Planning:
    """Makes a plan from a sequence of records.

    Parameters
    ----------
    columns
        The columns of the file.
    rows_per_chunk
        The maximum; many duplicates or long rows make a chunk smaller.
    today
        The day on which the import began.
    plan, first_lines, taken
        The state of an earlier planning between two chunks, or nothing yet.
    """

    columns: Columns
    rows_per_chunk: int
    today: date
    plan: Plan
    first_lines: FirstLines
    taken: dict[str, None] = field(default_factory=dict)
    _begun: Record | None = field(default=None, init=False)
    _end: int = field(default=0, init=False)
    _rows: int = field(default=0, init=False)
    _duplicates: list[Duplicate] = field(default_factory=list, init=False)

    @property
    def is_between_chunks(self) -> bool:
        """Whether all records so far are in the plan."""
        return self._begun is None

    def take(self, record: Record) -> None:
        """Add the next record.

        Raises
        ------
        FileRefused
            There are too many rows.
        """
        begun = self._begun = self._begun or record
        self._end = record.end
        self._rows += 1
        if duplicate := self._duplicate(record):
            self._duplicates.append(duplicate)
        if (
            self._rows >= self.rows_per_chunk
            or len(self._duplicates) >= MOST_DUPLICATES
            or self._end - begun.start >= MOST_BYTES
        ):
            self._close_chunk()

    def finish(self) -> Plan:
        """Return the plan of all records."""
        self._close_chunk()
        return self.plan

    def _close_chunk(self) -> None:
        if self._begun is None:
            return
        self.plan.add(self._begun.line, self._begun.start, self._end, self._rows, self._duplicates)
        if self.plan.rows > MOST_ROWS:
            raise FileRefused(f"The file has more than {MOST_ROWS:,} rows. Split it into several.")
        self._begun, self._rows, self._duplicates = None, 0, []

    def _duplicate(self, record: Record) -> Duplicate | None:
        # A rejected or duplicate row becomes no customer, so later rows may have the same
        # address and reference.
        values, troubles, taken = read_row(record, self.columns, self.today)
        if troubles:
            return None
        if taken and len(self.taken) < _MOST_TAKEN:
            self.taken |= dict.fromkeys(taken)
        digests = [(column, _digest(column, value)) for column, value in identities_of(values)]
        for column, digest in digests:
            if first := self.first_lines.get(digest):
                return Duplicate(record.line, first, column)
        for _, digest in digests:
            self.first_lines.add(digest, record.line)
        return None


def _digest(column: str, value: str) -> int:
    content = f"{column}\0{value}".encode()
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
