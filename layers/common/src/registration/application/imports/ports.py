"""What the import needs of the world. Each port has an adapter on AWS and a fake."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from registration.domain.customers import Customer
from registration.domain.imports.jobs import Chunk, ChunkResult, Job, RowOutcome, Upload
from registration.domain.mail.mails import Mail

PauseInTime = Callable[[float], None]
"""Sleeps for some seconds; raises :class:`TryLater` if there is too little time left."""


class TryLater(Exception):
    """The same write at the same moment, or too many of them: nothing was written."""


class UploadGone(Exception):
    """The file is not in the bucket any more."""


class Uploads(Protocol):
    """The files that were dropped."""

    def read(self, upload: Upload, start: int = 0) -> Iterator[bytes]:
        """Return a file's bytes, in blocks, from ``start`` on.

        Raises
        ------
        UploadGone
        """
        ...

    def read_range(self, upload: Upload, start: int, end: int) -> Iterator[bytes]:
        """Return some of a file's bytes, from ``start`` until before ``end``."""
        ...


class Reports(Protocol):
    """The files that an operator gets back."""

    def write(self, upload: Upload, name: str, blocks: Iterable[bytes]) -> None:
        """Write a report on an upload, in a place of its own."""
        ...

    def show(self, upload: Upload, names: Sequence[str]) -> None:
        """Put reports that were written where those on the newest file of this name stand."""
        ...


class Plans(Protocol):
    """What planners know that ran out of time, for those who go on."""

    def save(self, upload: Upload, number: int, blocks: Iterable[bytes]) -> None:
        """Save what is known at a checkpoint."""
        ...

    def saved(self, upload: Upload, number: int) -> Iterator[bytes]:
        """Return what was known at a checkpoint.

        Raises
        ------
        UploadGone
        """
        ...


class Jobs(Protocol):
    """The imports: their jobs, their chunks' results, and which bytes were imported."""

    def open(self, job: Job) -> Job:
        """Write a new job, unless it is there; return the one that is there then.

        Raises
        ------
        TryLater
        """
        ...

    def get(self, import_id: str) -> Job | None:
        """Return a job as it stands now. One read."""
        ...

    def imported_as(self, sha256: str, now: datetime) -> str | None:
        """Return the id of the import that these bytes were noted for, unless that is too old."""
        ...

    def begin(self, job: Job, sha256: str | None, over: str | None) -> None:
        """Write that a job was planned, and note its bytes.

        Parameters
        ----------
        job
            The job begun.
        sha256
            Of the file; None notes nothing.
        over
            The import that the bytes were noted for when read, whose note is taken over.

        Raises
        ------
        Conflict
            The job was begun, or the bytes noted, meanwhile.
        TryLater
        """
        ...

    def leave_off(self, job: Job, number: int, planned_bytes: int, now: datetime) -> None:
        """Write that a planner ran out of time at a checkpoint, up to which a file is planned.

        Raises
        ------
        Conflict
            Another planner has come to a checkpoint of this number, or to the end.
        """
        ...

    def hand_out(self, import_id: str) -> None:
        """Write that all chunks of a job are in the queue."""
        ...

    def result(self, import_id: str, number: int) -> ChunkResult | None:
        """Return what became of a chunk, if it is done."""
        ...

    def results(self, import_id: str) -> Iterator[ChunkResult]:
        """Return what became of all chunks, in their order, one after the other."""
        ...

    def complete(self, result: ChunkResult, job: Job, now: datetime) -> bool:
        """Write a chunk's result and add it to its job; return False if it was written before.

        Raises
        ------
        TryLater
        """
        ...

    def end(self, job: Job) -> None:
        """Write that a job has ended, unless it had before.

        Only one that is at work closes; only one that is still planned ends early.
        """
        ...


class Imports(Protocol):
    """The imports, for whoever watches them."""

    def get(self, import_id: str) -> Job | None:
        """Return a job as it stands now. One read."""
        ...

    def newest(self, limit: int, before: str | None = None) -> list[Job]:
        """Return the jobs opened last, the newest first.

        Parameters
        ----------
        limit
            How many at the most.
        before
            The ``place`` of the last job that was seen: older ones follow.
        """
        ...

    def first_failures(self, import_id: str, limit: int) -> list[RowOutcome]:
        """Return the first rejected rows of an import, by the chunks done so far."""
        ...


class ChunkQueue(Protocol):
    """The chunks that wait for a worker."""

    def send(self, chunks: Iterable[Chunk]) -> None:
        """Hand chunks out. One that is sent twice does no harm.

        Raises
        ------
        TryLater
            Some were not taken.
        """
        ...

    def plan_on(self, import_id: str) -> None:
        """Ask for a call that goes on with planning a file."""
        ...


@dataclass(frozen=True)
class ImportedCustomer:
    """A row that is to become a customer. No mail: the customer counts as confirmed."""

    import_id: str
    line: int
    customer: Customer
    alias: str | None
    mail: Mail | None
    registered: str | None


class RowOwner(Enum):
    """Whose a row's address or reference is already."""

    ITSELF = "itself"
    ANOTHER_EMAIL = "email"
    ANOTHER_REFERENCE = "customer_reference"


class RowsTaken(Exception):
    """Some rows of a batch cannot be written, by their lines; nothing was written."""

    def __init__(self, owners: Mapping[int, RowOwner]) -> None:
        super().__init__(f"{len(owners)} rows are taken")
        self.owners = owners


class BatchTaken(Exception):
    """Another delivery of the same chunk wrote a batch of this number; nothing was written."""


@dataclass(frozen=True)
class Batch:
    """Rows that are written in one transaction."""

    import_id: str
    chunk: int
    number: int
    imported_customers: tuple[ImportedCustomer, ...]


@dataclass(frozen=True)
class Written:
    """What was written of a chunk so far: the lines, and the number of the next batch."""

    lines: frozenset[int]
    next_number: int


class ImportedRows(Protocol):
    """Rows as customers, claims and mails."""

    def written(self, import_id: str, chunk: int) -> Written:
        """Return what was written of a chunk."""
        ...

    def owners(
        self, imported_customers: Sequence[ImportedCustomer], *, references: bool = False
    ) -> Mapping[int, RowOwner]:
        """Return the rows whose address is taken, by their lines; or their reference, if asked.

        Customers that ran out have nothing any more.

        Raises
        ------
        TryLater
        """
        ...

    def write(self, batch: Batch) -> None:
        """Write all rows of a batch, or none.

        Raises
        ------
        RowsTaken, BatchTaken, TryLater
        """
        ...
