"""A checkpoint: the position of a planner in a file, with all that it knows so far.

The next planner resumes from it. The saved form is a line of JSON and four arrays of
numbers, one after the other.
"""

import io
import json
from array import array
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO, TYPE_CHECKING

from registration.domain.imports.columns import Columns, KnownColumns
from registration.domain.imports.csv_text import Decoder
from registration.domain.imports.jobs import Job, Layout
from registration.domain.imports.plan import FirstLines, Plan, Planning
from registration.frozen import dataclass

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from registration.domain.imports.plan import Numbers

_DIGESTED = 1024 * 1024
_BLOCK = 64 * 1024
_KINDS = "QIQI"


class Fingerprint:
    """A digest of bytes that another process can resume.

    It is SHA-256 over the first megabyte, then over that digest and the second megabyte, and
    so on. The state of Python's SHA-256 itself cannot be saved.

    Parameters
    ----------
    at, digest
        The state of an earlier fingerprint: its offset, in whole megabytes, and its digest.
    """

    def __init__(self, at: int = 0, digest: bytes = b"") -> None:
        self.at, self.digest = at, digest
        self._digested = 0
        self._current = sha256(digest)

    def take(self, start: int, block: bytes) -> None:
        """Add a block at an offset, unless it was added before."""
        rest = memoryview(block)[max(self.at + self._digested - start, 0) :]
        while rest:
            piece = rest[: _DIGESTED - self._digested]
            self._current.update(piece)
            self._digested += len(piece)
            rest = rest[len(piece) :]
            if self._digested == _DIGESTED:
                self.at, self.digest = self.at + _DIGESTED, self._current.digest()
                self._digested, self._current = 0, sha256(self.digest)

    @property
    def value(self) -> str:
        """The digest of all bytes so far."""
        return self._current.hexdigest()


@dataclass
class Checkpoint:
    """A file that is planned up to a record.

    Parameters
    ----------
    decoder, delimiter
        The decoder and the delimiter of the file.
    fingerprint
        The fingerprint of the bytes so far.
    planning
        The plan so far.
    line, start
        The position of the next record.
    digest
        The fingerprint of the whole file, once the last record has been read.
    sent
        The number of chunks in the queue.
    """

    decoder: Decoder
    delimiter: str
    fingerprint: Fingerprint
    planning: Planning
    line: int
    start: int
    digest: str | None = None
    sent: int = 0

    @property
    def plan(self) -> Plan:
        """The plan so far."""
        return self.planning.plan

    @property
    def layout(self) -> Layout:
        """The layout of the file, as far as it was read."""
        planning = self.planning
        names, taken = planning.columns.names, tuple(planning.taken)
        return Layout(self.decoder.encoding, self.delimiter, names, taken)

    @property
    def read_from(self) -> int:
        """The first byte that is needed to resume."""
        return min(self.start, self.fingerprint.at)


def planning_of(job: Job, columns: Columns, plan: Plan, first_lines: FirstLines) -> Planning:
    """Return the planning of a job: the same in each call that resumes it."""
    return Planning(columns, job.rows_per_chunk, job.started_at.date(), plan, first_lines)


def saved(checkpoint: Checkpoint) -> Iterator[bytes]:
    """Return a checkpoint as bytes, in blocks."""
    plan = checkpoint.plan
    # The values are not needed after the end of the file.
    known = FirstLines() if checkpoint.digest else checkpoint.planning.first_lines
    arrays = (plan.chunks, plan.duplicates, known.digests, known.lines)
    head = {
        "encoding": checkpoint.decoder.decided,
        "delimiter": checkpoint.delimiter,
        "columns": checkpoint.planning.columns.names,
        "taken": list(checkpoint.planning.taken),
        "fingerprint": [checkpoint.fingerprint.at, checkpoint.fingerprint.digest.hex()],
        "line": checkpoint.line,
        "start": checkpoint.start,
        "digest": checkpoint.digest,
        "sent": checkpoint.sent,
        "arrays": list(map(len, arrays)),
    }
    yield json.dumps(head).encode() + b"\n"
    for numbers in arrays:
        for at in range(0, len(numbers), _BLOCK):
            yield numbers[at : at + _BLOCK].tobytes()


def restored(blocks: Iterable[bytes], job: Job, known: KnownColumns) -> Checkpoint:
    """Return a saved checkpoint."""
    with io.BufferedReader(BlockStream(blocks)) as stream:
        head = json.loads(stream.readline())
        counts = zip(_KINDS, head["arrays"], strict=True)
        chunks, duplicates, digests, lines = (_read(stream, *each) for each in counts)
    plan, first_lines = Plan(job.import_id, chunks, duplicates), FirstLines(digests, lines)
    at, digest = head["fingerprint"]
    columns = Columns(tuple(head["columns"]), known)
    planning = planning_of(job, columns, plan, first_lines)
    planning.taken |= dict.fromkeys(head.get("taken", ()))
    return Checkpoint(
        decoder=Decoder(head["encoding"]),
        delimiter=head["delimiter"],
        fingerprint=Fingerprint(at, bytes.fromhex(digest)),
        planning=planning,
        line=head["line"],
        start=head["start"],
        digest=head["digest"],
        sent=head["sent"],
    )


def _read(stream: IO[bytes], kind: str, count: int) -> "Numbers":
    numbers = array(kind)
    while (missing := count - len(numbers)) > 0:
        # Step by step, because meanwhile the bytes are in memory twice.
        numbers.fromfile(stream, min(missing, _BLOCK))
    return numbers


class BlockStream(io.RawIOBase):
    """A file object over blocks of bytes, read once from beginning to end."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: "Buffer") -> int:
        """Read the next bytes; return how many."""
        while not self._rest and (block := next(self._blocks, None)) is not None:
            self._rest = memoryview(block)
        wanted = memoryview(buffer)
        count = min(len(self._rest), len(wanted))
        wanted[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
