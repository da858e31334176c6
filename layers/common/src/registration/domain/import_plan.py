"""Planning an import: where its chunks begin and end, and which rows are duplicates.

The plan is made in one pass over the records, and holds of each row no more than two
digests.
"""

from array import array
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from registration.domain.csv_records import Record
from registration.domain.import_columns import Columns
from registration.domain.imported_rows import identities_of, troubles_of
from registration.domain.imports import Chunk, Duplicate

MOST_DUPLICATES = 4_000
"""Of one chunk: they travel in its message, some 25 bytes each."""

MOST_BYTES = 4 * 1024 * 1024
"""Of one chunk: a worker holds it in memory."""


class FirstLines:
    """Which line had a value first, in 12 bytes of memory for each slot of a hash table.

    Values are known by 64-bit digests: among a million, two are taken for one in one file
    of some thirty million.
    """

    def __init__(self) -> None:
        self._count = 0
        self._resize(1 << 10)

    def get(self, digest: int) -> int | None:
        """Return the line that had a value first, if any had it."""
        return self._lines[self._slot(digest)] or None

    def add(self, digest: int, line: int) -> None:
        """Remember a value that no line had before."""
        if self._count * 3 >= len(self._lines) * 2:
            self._grow()
        slot = self._slot(digest)
        self._digests[slot], self._lines[slot] = digest, line
        self._count += 1

    def _slot(self, digest: int) -> int:
        mask = len(self._lines) - 1
        slot = digest & mask
        while self._lines[slot] and self._digests[slot] != digest:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        digests, lines = self._digests, self._lines
        self._resize(2 * len(lines))
        for digest, line in zip(digests, lines, strict=True):
            if line:
                slot = self._slot(digest)
                self._digests[slot], self._lines[slot] = digest, line

    def _resize(self, slots: int) -> None:
        self._digests = array("Q", bytes(8 * slots))
        self._lines = array("I", bytes(4 * slots))


@dataclass(frozen=True)
class Plan:
    """The rows of a file in chunks."""

    rows: int
    chunks: tuple[Chunk, ...]


@dataclass
class Planning:
    """Makes a plan of records that come one by one.

    Parameters
    ----------
    import_id
        The import.
    columns
        The file's.
    rows_per_chunk
        At the most; many duplicates or long rows make a chunk smaller.
    today
        The day on which the import began.
    """

    import_id: str
    columns: Columns
    rows_per_chunk: int
    today: date
    _rows: int = field(default=0, init=False)
    _chunks: list[Chunk] = field(default_factory=list, init=False)
    _first_lines: FirstLines = field(default_factory=FirstLines, init=False)
    _begun: Record | None = field(default=None, init=False)
    _end: int = field(default=0, init=False)
    _chunk_rows: int = field(default=0, init=False)
    _duplicates: list[Duplicate] = field(default_factory=list, init=False)

    def take(self, record: Record) -> None:
        """Add the next record."""
        begun = self._begun = self._begun or record
        self._end = record.end
        self._chunk_rows += 1
        if duplicate := self._duplicate(record):
            self._duplicates.append(duplicate)
        if (
            self._chunk_rows >= self.rows_per_chunk
            or len(self._duplicates) >= MOST_DUPLICATES
            or self._end - begun.start >= MOST_BYTES
        ):
            self._close_chunk()

    def finish(self) -> Plan:
        """Return the plan of all records taken."""
        self._close_chunk()
        return Plan(self._rows, tuple(self._chunks))

    def _close_chunk(self) -> None:
        if self._begun is None:
            return
        self._chunks.append(
            Chunk(
                import_id=self.import_id,
                number=len(self._chunks),
                line=self._begun.line,
                start=self._begun.start,
                end=self._end,
                rows=self._chunk_rows,
                duplicates=tuple(self._duplicates),
            )
        )
        self._rows += self._chunk_rows
        self._begun, self._chunk_rows, self._duplicates = None, 0, []

    def _duplicate(self, record: Record) -> Duplicate | None:
        # A row that is rejected, or is a duplicate itself, becomes no customer: it
        # takes its address and its reference from no later row.
        if record.flaw:
            return None
        values = self.columns.values(record.cells)
        if troubles_of(values, self.today):
            return None
        digests = [(column, _digest(column, value)) for column, value in identities_of(values)]
        for column, digest in digests:
            if first := self._first_lines.get(digest):
                return Duplicate(record.line, first, column)
        for _, digest in digests:
            self._first_lines.add(digest, record.line)
        return None


def _digest(column: str, value: str) -> int:
    content = f"{column}\0{value}".encode()
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
