"""Where a planner is in a file, with all that it knows so far: what it leaves to the next.

Saved, it is a line of JSON and four arrays of numbers, one after the other.
"""

import io
import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, TYPE_CHECKING

from registration.domain.imports.columns import Columns
from registration.domain.imports.csv_text import Decoder
from registration.domain.imports.jobs import Job, Layout
from registration.domain.imports.plan import FirstLines, Plan, Planning

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from registration.domain.imports.plan import Numbers

_DIGESTED = 1024 * 1024
_BLOCK = 64 * 1024
_KINDS = "QIQI"


class Fingerprint:
    """What the same bytes have in common: a digest that another process can go on with.

    It is SHA-256 over the first megabyte; then over that digest and the second megabyte, and
    so on. Python's SHA-256 alone cannot be saved halfway.

    Parameters
    ----------
    at, digest
        Of an earlier one: up to where it had come, in whole megabytes.
    """

    def __init__(self, at: int = 0, digest: bytes = b"") -> None:
        self.at, self.digest = at, digest
        self._digested = 0
        self._current = sha256(digest)

    def take(self, start: int, block: bytes) -> None:
        """Add a block that begins at an offset, unless it was added before."""
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
        """The digest of all bytes taken."""
        return self._current.hexdigest()


@dataclass
class Checkpoint:
    """A file, planned up to a record.

    Parameters
    ----------
    decoder, delimiter
        Of the file.
    fingerprint
        Of the bytes so far.
    planning
        What is planned of it.
    line, start
        Of the next record to be read.
    digest
        The fingerprint of the whole file, once there is no other record.
    sent
        How many chunks are in the queue.
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
        """How the file is written, by what was read of it."""
        return Layout(self.decoder.encoding, self.delimiter, self.planning.columns.names)

    @property
    def read_from(self) -> int:
        """The first byte that is needed to go on."""
        return min(self.start, self.fingerprint.at)


def planning_of(job: Job, columns: Columns, plan: Plan, first_lines: FirstLines) -> Planning:
    """Return the planning of a job: the same for whoever goes on with it, and whenever."""
    return Planning(columns, job.rows_per_chunk, job.started_at.date(), plan, first_lines)


def saved(checkpoint: Checkpoint) -> Iterator[bytes]:
    """Return a checkpoint as bytes, in blocks."""
    plan = checkpoint.plan
    # Once a file is read to its end, nobody asks for the values any more.
    known = FirstLines() if checkpoint.digest else checkpoint.planning.first_lines
    arrays = (plan.chunks, plan.duplicates, known.digests, known.lines)
    head = {
        "encoding": checkpoint.decoder.decided,
        "delimiter": checkpoint.delimiter,
        "columns": checkpoint.planning.columns.names,
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


def restored(blocks: Iterable[bytes], job: Job) -> Checkpoint:
    """Return the checkpoint that was saved."""
    with io.BufferedReader(_Stream(blocks)) as stream:
        head = json.loads(stream.readline())
        counts = zip(_KINDS, head["arrays"], strict=True)
        chunks, duplicates, digests, lines = (_read(stream, *each) for each in counts)
    plan, first_lines = Plan(job.import_id, chunks, duplicates), FirstLines(digests, lines)
    at, digest = head["fingerprint"]
    return Checkpoint(
        decoder=Decoder(head["encoding"]),
        delimiter=head["delimiter"],
        fingerprint=Fingerprint(at, bytes.fromhex(digest)),
        planning=planning_of(job, Columns(tuple(head["columns"])), plan, first_lines),
        line=head["line"],
        start=head["start"],
        digest=head["digest"],
        sent=head["sent"],
    )


def _read(stream: IO[bytes], kind: str, count: int) -> "Numbers":
    numbers = array(kind)
    while (missing := count - len(numbers)) > 0:
        # By and by, for the bytes are in memory once more meanwhile.
        numbers.fromfile(stream, min(missing, _BLOCK))
    return numbers


class _Stream(io.RawIOBase):
    """Blocks of bytes as a file."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        self._rest = self._rest or memoryview(next(self._blocks, b""))
        wanted = memoryview(buffer)
        count = min(len(self._rest), len(wanted))
        wanted[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
