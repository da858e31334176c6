"""An import: the file, its job, its chunks, and the outcome of each row."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from registration.frozen import dataclass

KEPT = timedelta(days=90)
"""How long jobs and their results are kept."""

DEAD_AFTER = timedelta(hours=6)
"""A job without progress for this long has stopped: its chunks are in the failure queue."""

STALLED_AFTER = timedelta(hours=2)
"""A job without progress for this long needs attention: it may wait in vain."""

TOLD_FOR = timedelta(days=1)
"""How long a stalled job is reported. Not for ever: that would hide the next one."""

REPORTS = "reports/"
PLANS = "reports/.plans/"
"""The folder for the checkpoints of planners that ran out of time."""

BACK_OFFICE = "back-office/"
# The form that the Back Office gives to a member signs this beginning of the key.
_BY_FORM = re.compile(rf"{BACK_OFFICE}[^/]+/([0-9a-f]{{32}})/(import|dry-run)/")

_LONGEST_KEY = 960


class FileRefused(Exception):
    """The whole file is refused and nothing is imported. The text says why."""


class JobStatus(StrEnum):
    """The status of an import."""

    PLANNING = "planning"
    WORKING = "working"
    CLOSED = "closed"
    REFUSED = "refused"
    REPEATED = "repeated"


class ImportOutcome(StrEnum):
    """The outcome of a row."""

    CREATED = "created"
    EXISTS = "exists"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Upload:
    """A file in the bucket, pinned to its version."""

    bucket: str
    key: str
    version_id: str

    @property
    def is_dry_run(self) -> bool:
        """Whether the file was dropped for a dry run: in a folder ``dry-run``.

        A key that is nearly right counts as well, and so does a file of that name without a
        folder, or a key that a client has encoded once too often: mails that were not intended
        cannot be recalled.
        """
        # The Back Office asked, so names of folders and files do not matter.
        if form := _BY_FORM.match(self.key):
            return form[2] == "dry-run"
        key = self.key
        while (plain := unquote(key)) != key:
            key = plain
        folders, _, name = key.lstrip("/").rpartition("/")
        return any(map(_says_dry_run, folders.split("/") if folders else [name]))

    @property
    def uploader(self) -> str | None:
        """The id of the member of staff who got the form for this file.

        It is empty for a file in the folder of the Back Office that came by no form, and None
        for the operator's own files.
        """
        if not self.key.startswith(BACK_OFFICE):
            return None
        form = _BY_FORM.match(self.key)
        return form[1] if form else ""

    def report(self, name: str) -> str:
        """Return the key of the newest report on a file of this name."""
        key = self.key if len(self.key.encode()) <= _LONGEST_KEY else import_id_of(self)
        return f"{REPORTS}{key}/{name}"

    def own_report(self, name: str) -> str:
        """Return the key of the report on exactly this file, which no other file shares."""
        return self.report(f"{import_id_of(self)}/{name}")


def _says_dry_run(folder: str) -> bool:
    return re.sub(r"[\W_]", "", folder).lower() == "dryrun"


def import_id(bucket: str, key: str, version_id: str) -> str:
    """Return the id of the import of one version of one object: the same each time."""
    return hashlib.sha256("\0".join((bucket, key, version_id)).encode()).hexdigest()[:32]


def import_id_of(upload: Upload) -> str:
    """Return the id of the import of an upload."""
    return import_id(upload.bucket, upload.key, upload.version_id)


def row_id(import_id: str, line: int, purpose: str) -> str:
    """Return the id of a row for a purpose: 16 characters, the same on each try."""
    digest = hashlib.sha256(f"{import_id}\0{line}\0{purpose}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


@dataclass(frozen=True)
class Layout:
    """The layout of a file.

    ``columns`` are the header's names as the sender typed them, and ``taken`` says which
    values were taken for which others, such as ``gender: male → Male``.
    """

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    taken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    """The number of rows by outcome."""

    created: int = 0
    exists: int = 0
    duplicate: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        """All rows counted."""
        return self.created + self.exists + self.duplicate + self.rejected


class Duplicate(NamedTuple):
    """A valid row with the address or reference of an earlier row (``column`` says which)."""

    line: int
    first_line: int
    column: str


@dataclass(frozen=True)
class Chunk:
    """A byte range of a file: some consecutive rows.

    ``line`` is the line number of the first row.
    """

    import_id: str
    number: int
    line: int
    start: int
    end: int
    rows: int
    duplicates: tuple[Duplicate, ...] = ()


class RowOutcome(NamedTuple):
    """The outcome of a row that was not created, with the reason as a text for the operator."""

    line: int
    outcome: ImportOutcome
    column: str
    reason: str


@dataclass(frozen=True)
class ChunkResult:
    """The outcome of a chunk's rows. ``not_created`` is in the order of the lines."""

    chunk: Chunk
    counts: Counts
    not_created: tuple[RowOutcome, ...]

    @cached_property
    def rejected(self) -> Mapping[int, RowOutcome]:
        """The rejected rows by their lines."""
        return {row.line: row for row in self.not_created if row.outcome is ImportOutcome.REJECTED}


@dataclass(frozen=True)
class Job:
    """The import of one upload.

    ::

        planning ──▶ working ──▶ closed
            ├──────▶ refused        the file as a whole cannot be imported
            └──────▶ repeated       another job has imported these very bytes

    ``checkpoints`` counts how often planning was continued in another call, and
    ``planned_bytes`` says how far it was then. If a planner dies, the next one resumes from
    the last checkpoint. ``handed_out`` says that all chunks are in the queue, so that a
    planner that is called again has nothing to do. ``rows_per_chunk`` is kept, so that the
    plan stays the same even if the setting changes.
    """

    import_id: str
    upload: Upload
    status: JobStatus
    dry_run: bool
    started_at: datetime
    progressed_at: datetime
    rows_per_chunk: int
    layout: Layout | None = None
    rows: int = 0
    chunks: int = 0
    checkpoints: int = 0
    planned_bytes: int = 0
    handed_out: bool = False
    chunks_done: int = 0
    counts: Counts = field(default_factory=Counts)
    reason: str | None = None
    closed_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the import has ended, so that nothing changes any more."""
        return self.status not in (JobStatus.PLANNING, JobStatus.WORKING)

    @property
    def place(self) -> str:
        """The sort key among all jobs: later ones have greater places."""
        opened_at = self.started_at.astimezone(UTC).isoformat(timespec="microseconds")
        return f"{opened_at}#{self.import_id}"

    @property
    def is_complete(self) -> bool:
        """Whether all chunks are done, so that the job can be closed."""
        return self.status is JobStatus.WORKING and self.chunks_done >= self.chunks

    @property
    def is_balanced(self) -> bool:
        """Whether each row has exactly one outcome."""
        return self.rows == self.counts.total

    def has_stalled(self, now: datetime) -> bool:
        """Whether the job is open and has made no progress for long, but not for days."""
        idle = now - self.progressed_at
        return not self.has_ended and STALLED_AFTER <= idle < STALLED_AFTER + TOLD_FOR

    def stands_for_its_bytes(self, now: datetime) -> bool:
        """Whether the same bytes need no other import, because this one is done or in progress."""
        if self.status is JobStatus.WORKING:
            return now - self.progressed_at < DEAD_AFTER
        return self.status is JobStatus.CLOSED

    def begin(self, layout: Layout, rows: int, chunks: int, now: datetime) -> "Job":
        """Return the job with its plan made."""
        return replace(
            self,
            status=JobStatus.WORKING,
            layout=layout,
            rows=rows,
            chunks=chunks,
            progressed_at=now,
        )

    def end(self, status: JobStatus, now: datetime, reason: str | None = None) -> "Job":
        """Return the job ended."""
        return replace(self, status=status, closed_at=now, reason=reason)


def new_job(upload: Upload, now: datetime, rows_per_chunk: int) -> Job:
    """Return the job of a new upload."""
    return Job(
        import_id=import_id_of(upload),
        upload=upload,
        status=JobStatus.PLANNING,
        dry_run=upload.is_dry_run,
        started_at=now,
        progressed_at=now,
        rows_per_chunk=rows_per_chunk,
    )
