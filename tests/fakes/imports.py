"""Fakes of the import's ports. They pass the same contract tests as the adapters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from registration.application.imports.ports import (
    Batch,
    BatchTaken,
    ImportedCustomer,
    Owner,
    QuietRow,
    RowOwner,
    RowsTaken,
    UploadGone,
    Written,
)
from registration.application.ports import Conflict
from registration.domain.claims import Claim, claim_of
from registration.domain.customers import Customer
from registration.domain.imports.jobs import (
    KEPT,
    Chunk,
    ChunkResult,
    Counts,
    Job,
    JobStatus,
    RowOutcome,
    Upload,
)
from tests.fakes.customers import FakeCustomers


@dataclass
class FakeUploads:
    """Files by their versions."""

    files: dict[Upload, bytes] = field(default_factory=dict)
    block: int = 64 * 1024

    def read(self, upload: Upload, start: int = 0) -> Iterator[bytes]:
        """Return a file's bytes, in blocks, from ``start`` on."""
        return self.read_range(upload, start, len(self.files.get(upload, b"")))

    def read_range(self, upload: Upload, start: int, end: int) -> Iterator[bytes]:
        """Return a byte range of a file."""
        if upload not in self.files:
            raise UploadGone
        content = self.files[upload][start:end]
        for at in range(0, len(content), self.block):
            yield content[at : at + self.block]


@dataclass
class FakeReports:
    """Reports by their keys."""

    reports: dict[str, bytes] = field(default_factory=dict)

    def write(self, upload: Upload, name: str, blocks: Iterable[bytes]) -> None:
        """Write a report."""
        self.reports[upload.own_report(name)] = b"".join(blocks)

    def show(self, upload: Upload, names: Sequence[str]) -> None:
        """Publish reports as those on the newest file of this name."""
        for name in names:
            self.reports[upload.report(name)] = self.reports[upload.own_report(name)]


@dataclass
class FakePlans:
    """The saved states of planners, by checkpoint."""

    plans: dict[tuple[Upload, int], bytes] = field(default_factory=dict)

    def save(self, upload: Upload, number: int, blocks: Iterable[bytes]) -> None:
        """Save the state at a checkpoint."""
        self.plans[upload, number] = b"".join(blocks)

    def saved(self, upload: Upload, number: int) -> Iterator[bytes]:
        """Return the state at a checkpoint."""
        if (upload, number) not in self.plans:
            raise UploadGone
        return iter([self.plans[upload, number]])


@dataclass
class FakeChunkQueue:
    """Waiting chunks."""

    chunks: list[Chunk] = field(default_factory=list)
    to_plan_on: list[str] = field(default_factory=list)

    def send(self, chunks: Iterable[Chunk]) -> None:
        """Send chunks to the workers."""
        self.chunks += chunks

    def plan_on(self, import_id: str) -> None:
        """Request a call that continues planning a file."""
        self.to_plan_on.append(import_id)


@dataclass
class FakeJobs:
    """Jobs, results of chunks and notes of bytes, with the same conditions as in DynamoDB."""

    remember_bytes: timedelta = KEPT
    jobs: dict[str, Job] = field(default_factory=dict)
    notes: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    done: dict[tuple[str, int], ChunkResult] = field(default_factory=dict)

    def open(self, job: Job) -> Job:
        """Write a new job unless it exists."""
        return self.jobs.setdefault(job.import_id, job)

    def get(self, import_id: str) -> Job | None:
        """Return a job."""
        return self.jobs.get(import_id)

    def newest(self, limit: int, before: str | None = None) -> list[Job]:
        """Return the newest jobs, the newest first."""
        found = [job for job in self.jobs.values() if before is None or job.place < before]
        return sorted(found, key=lambda job: job.place, reverse=True)[:limit]

    def first_failures(self, import_id: str, limit: int) -> list[RowOutcome]:
        """Return the first rejected rows of an import."""
        results = self.results(import_id)
        failures = (row for result in results for row in result.rejected.values())
        return list(islice(failures, limit))

    def imported_as(self, sha256: str, now: datetime) -> str | None:
        """Return the id of the import with the same bytes."""
        import_id, expires_at = self.notes.get(sha256, ("", now))
        return import_id if expires_at > now else None

    def begin(self, job: Job, sha256: str | None, over: str | None) -> None:
        """Write that a job was planned, and note the digest of its bytes."""
        if self.jobs[job.import_id].status is not JobStatus.PLANNING:
            raise Conflict
        if sha256:
            if self.imported_as(sha256, job.progressed_at) not in {None, over}:
                raise Conflict
            expires_at = job.started_at + min(self.remember_bytes, KEPT)
            self.notes[sha256] = job.import_id, expires_at
        self.jobs[job.import_id] = job

    def leave_off(self, job: Job, number: int, planned_bytes: int, now: datetime) -> None:
        """Write that a planner ran out of time at a checkpoint."""
        kept = self.jobs[job.import_id]
        if kept.checkpoints != number - 1 or kept.handed_out:
            raise Conflict
        self.jobs[job.import_id] = replace(
            kept, checkpoints=number, planned_bytes=planned_bytes, progressed_at=now
        )

    def hand_out(self, import_id: str) -> None:
        """Write that all chunks are in the queue."""
        self.jobs[import_id] = replace(self.jobs[import_id], handed_out=True)

    def result(self, import_id: str, number: int) -> ChunkResult | None:
        """Return the result of a chunk, if it is done."""
        return self.done.get((import_id, number))

    def results(self, import_id: str) -> Iterator[ChunkResult]:
        """Return the results of all chunks, in their order."""
        return iter([self.done[key] for key in sorted(self.done) if key[0] == import_id])

    def complete(self, result: ChunkResult, job: Job, now: datetime) -> bool:
        """Write a chunk's result and add it to its job, unless that was done before."""
        place = job.import_id, result.chunk.number
        if place in self.done:
            return False
        # The duplicates are part of the message to the worker, and are not stored.
        self.done[place] = replace(result, chunk=replace(result.chunk, duplicates=()))
        kept = self.jobs[job.import_id]
        names = vars(kept.counts)
        sums = {name: getattr(kept.counts, name) + getattr(result.counts, name) for name in names}
        self.jobs[job.import_id] = replace(
            kept, chunks_done=kept.chunks_done + 1, counts=Counts(**sums), progressed_at=now
        )
        return True

    def end(self, job: Job) -> None:
        """Write that a job has ended, unless it ended before, or is working and ends early."""
        kept = self.jobs[job.import_id]
        before = JobStatus.WORKING if job.status is JobStatus.CLOSED else JobStatus.PLANNING
        if kept.status is before:
            ended = replace(kept, status=job.status, closed_at=job.closed_at, reason=job.reason)
            self.jobs[job.import_id] = ended


@dataclass
class FakeImportedRows:
    """Rows as customers, claims and mails, with the same conditions as in DynamoDB."""

    customers: FakeCustomers = field(default_factory=FakeCustomers)
    imported_customers: dict[str, ImportedCustomer] = field(default_factory=dict)
    batches: dict[tuple[str, int, int], frozenset[int]] = field(default_factory=dict)

    def written(self, import_id: str, chunk: int) -> Written:
        """Return the part of a chunk that is written."""
        found = {k[2]: lines for k, lines in self.batches.items() if k[:2] == (import_id, chunk)}
        return Written(frozenset().union(*found.values()), max(found, default=-1) + 1)

    def owners(
        self, imported_customers: Sequence[ImportedCustomer], *, references: bool = False
    ) -> Mapping[int, Owner]:
        """Return the rows with a taken address, or also a taken reference."""
        found = {imported.line: self._owner(imported) for imported in imported_customers}
        hidden = None if references else RowOwner.ANOTHER_REFERENCE
        return {line: owner for line, owner in found.items() if owner and owner is not hidden}

    def write(self, batch: Batch) -> None:
        """Write all rows of a batch, or none."""
        place = batch.import_id, batch.chunk, batch.number
        if place in self.batches:
            raise BatchTaken
        if taken := self.owners(batch.imported_customers, references=True):
            raise RowsTaken(taken)
        self.batches[place] = frozenset(imported.line for imported in batch.imported_customers)
        for imported in batch.imported_customers:
            self._write(imported)

    def _owner(self, imported: ImportedCustomer) -> Owner | None:
        customer = imported.customer
        claim = self.customers.claims.get(customer.email.normalised)
        known = self.customers.customers.get(customer.reference)
        for found, another in (
            (claim, RowOwner.ANOTHER_EMAIL),
            (known, RowOwner.ANOTHER_REFERENCE),
        ):
            if owner := _owner_of(found, customer, another):
                return owner
        return None

    def _write(self, imported: ImportedCustomer) -> None:
        customer = imported.customer
        self.imported_customers[customer.reference] = imported
        self.customers.customers[customer.reference] = customer
        claim = claim_of(customer, imported.alias)
        self.customers.claims[claim.email] = claim
        if imported.mail:
            self.customers.outbox.mails[imported.mail.mail_id] = imported.mail


def _owner_of(
    found: Claim | Customer | None, customer: Customer, another: RowOwner
) -> Owner | None:
    if found is None:
        return None
    if found.attempt_id == customer.attempt_id:
        return RowOwner.ITSELF
    if found.has_expired(customer.created_at):
        return None
    is_quiet = isinstance(found, Claim) and found.is_quiet
    return QuietRow(found.expires_at) if is_quiet and found.expires_at else another
