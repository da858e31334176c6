"""The ports of the import. Each has an adapter on AWS and a fake."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

from registration.domain.customers import Customer
from registration.domain.imports.jobs import Chunk, ChunkResult, Job, RowOutcome, Upload
from registration.domain.mail.mails import Mail, confirmation_mail
from registration.frozen import dataclass

PauseInTime = Callable[[float], None]
"""Sleeps for some seconds; raises :class:`TryLater` if there is too little time left."""


class TryLater(Exception):
    """A conflicting write at the same moment, or throttling: nothing was written."""


class UploadGone(Exception):
    """The file is no longer in the bucket."""


class Uploads(Protocol):
    """The uploaded files."""

    def read(self, upload: Upload, start: int = 0) -> Iterator[bytes]:
        """Return the bytes of a file from ``start`` on, in blocks.

        Raises
        ------
        UploadGone
        """

    def read_range(self, upload: Upload, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes of a file from ``start`` until before ``end``."""


class Reports(Protocol):
    """The reports for the operator."""

    def write(self, upload: Upload, name: str, blocks: Iterable[bytes]) -> None:
        """Write a report on an upload, under a key of its own."""

    def show(self, upload: Upload, names: Sequence[str]) -> None:
        """Publish written reports as those on the newest file of this name."""


class Plans(Protocol):
    """The saved states of planners that ran out of time."""

    def save(self, upload: Upload, number: int, blocks: Iterable[bytes]) -> None:
        """Save the state at a checkpoint."""

    def saved(self, upload: Upload, number: int) -> Iterator[bytes]:
        """Return the state at a checkpoint.

        Raises
        ------
        UploadGone
        """


class Jobs(Protocol):
    """Imports: their jobs, the results of their chunks, and the digests of imported files."""

    def open(self, job: Job) -> Job:
        """Write a new job unless it exists; return the stored job.

        Raises
        ------
        TryLater
        """

    def get(self, import_id: str) -> Job | None:
        """Return the current state of a job. One read."""

    def imported_as(self, sha256: str, now: datetime) -> str | None:
        """Return the id of the import with the same bytes, unless it is too old."""

    def begin(self, job: Job, sha256: str | None, over: str | None) -> None:
        """Write that a job was planned, and note the digest of its bytes.

        Parameters
        ----------
        job
            The job, begun.
        sha256
            The digest of the file; None notes nothing.
        over
            The import in the note when it was read; this job replaces it.

        Raises
        ------
        Conflict
            The job was begun, or the digest noted, meanwhile.
        TryLater
        """

    def leave_off(self, job: Job, number: int, planned_bytes: int, now: datetime) -> None:
        """Write that a planner ran out of time, and its checkpoint.

        Raises
        ------
        Conflict
            Another planner has reached a checkpoint with this number, or the end.
        """

    def hand_out(self, import_id: str) -> None:
        """Write that all chunks of a job are in the queue."""

    def result(self, import_id: str, number: int) -> ChunkResult | None:
        """Return the result of a chunk, if it is done."""

    def results(self, import_id: str) -> Iterator[ChunkResult]:
        """Return the results of all chunks, in their order, one after the other."""

    def complete(self, result: ChunkResult, job: Job, now: datetime) -> bool:
        """Write a chunk's result and add it to its job; return False if that was done before.

        Raises
        ------
        TryLater
        """

    def end(self, job: Job) -> None:
        """Write that a job has ended, unless it ended before.

        Only a working job can close; only a job in planning can end early.
        """


class Imports(Protocol):
    """Imports, for monitoring."""

    def get(self, import_id: str) -> Job | None:
        """Return the current state of a job. One read."""

    def newest(self, limit: int, before: str | None = None) -> list[Job]:
        """Return the newest jobs, the newest first.

        Parameters
        ----------
        limit
            The maximum number.
        before
            The ``place`` of the last job on the page before: older ones follow.
        """

    def first_failures(self, import_id: str, limit: int) -> list[RowOutcome]:
        """Return the first rejected rows of an import, from the chunks done so far."""


class ChunkQueue(Protocol):
    """The chunks waiting for a worker."""

    def send(self, chunks: Iterable[Chunk]) -> None:
        """Send chunks to the workers. Sending one twice does no harm.

        Raises
        ------
        TryLater
            Some were not accepted.
        """

    def plan_on(self, import_id: str) -> None:
        """Request a call that continues planning a file."""


@dataclass(frozen=True)
class ImportedCustomer:
    """A row that will become a customer."""

    line: int
    customer: Customer
    alias: str | None

    @property
    def mail(self) -> Mail | None:
        """The mail with the customer's link. One who counts as confirmed gets none."""
        customer = self.customer
        return None if customer.is_verified else confirmation_mail(customer, customer.created_at)


class RowOwner(Enum):
    """The owner of an address or reference that is already taken."""

    ITSELF = "itself"
    ANOTHER_EMAIL = "email"
    ANOTHER_REFERENCE = "customer_reference"


@dataclass(frozen=True)
class QuietRow:
    """The address of a row gets no mail ``until`` a time: its owner said so."""

    until: datetime


Owner = RowOwner | QuietRow
"""Why a row is not written."""


class RowsTaken(Exception):
    """Some rows of a batch are taken, by their lines; nothing was written."""

    def __init__(self, owners: Mapping[int, Owner]) -> None:
        super().__init__(f"{len(owners)} rows are taken")
        self.owners = owners


class BatchTaken(Exception):
    """Another delivery of the same chunk wrote a batch of this number; nothing was written."""


@dataclass(frozen=True)
class Batch:
    """Rows to be written in one transaction."""

    import_id: str
    chunk: int
    number: int
    imported_customers: tuple[ImportedCustomer, ...]


@dataclass(frozen=True)
class Written:
    """The part of a chunk that is written: its lines, and the number of the next batch."""

    lines: frozenset[int]
    next_number: int


class ImportedRows(Protocol):
    """Imported rows, stored as customers, claims and mails."""

    def written(self, import_id: str, chunk: int) -> Written:
        """Return the part of a chunk that is written."""

    def owners(
        self, imported_customers: Sequence[ImportedCustomer], *, references: bool = False
    ) -> Mapping[int, Owner]:
        """Return the rows with a taken address, or also a taken reference, by their lines.

        Expired customers own nothing.

        Raises
        ------
        TryLater
        """

    def write(self, batch: Batch) -> None:
        """Write all rows of a batch, or none.

        Raises
        ------
        RowsTaken, BatchTaken, TryLater
        """
