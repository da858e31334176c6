"""Importing a chunk: its rows become customers, or the reason why not is stored."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from registration.application.imports.close import CloseImport, Unbalanced, read_chunk
from registration.application.imports.ports import (
    Batch,
    BatchTaken,
    ImportedCustomer,
    ImportedRows,
    Jobs,
    Owner,
    PauseInTime,
    QuietRow,
    RowOwner,
    RowsTaken,
    TryLater,
    Uploads,
)
from registration.application.ports import Clock
from registration.application.retrying import with_retries
from registration.domain.customers import Consent, Evidence, ImportSource, Origin, new_customer
from registration.domain.imports.columns import Columns, KnownColumns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.jobs import (
    Chunk,
    ChunkResult,
    Counts,
    Duplicate,
    ImportOutcome,
    Job,
    RowOutcome,
    row_id,
)
from registration.domain.imports.rows import ImportRow, Trouble, read_row, row_of, told
from registration.frozen import dataclass

_EXISTS = {
    RowOwner.ANOTHER_EMAIL: "A customer with this address exists already.",
    RowOwner.ANOTHER_REFERENCE: "A customer with this reference exists already.",
}
_DUPLICATE = {
    "email": "Line {line} has the same address.",
    "customer_reference": "Line {line} has the same reference.",
}
_QUIET = (
    "The owner of this address said that it was somebody else who signed up, and gets no mail"
    " until {until:%Y-%m-%d %H:%M} UTC. Leave the row out, or drop it again after that."
)
_MOST_OVERTAKEN = 8


class Worked(StrEnum):
    """The result of processing a chunk."""

    DONE = "done"
    DONE_BEFORE = "done_before"
    NO_SUCH_JOB = "no_such_job"


@dataclass(frozen=True)
class ImportRows:
    """Imports one chunk, resuming where an earlier delivery of it died.

    Each transaction writes its rows and a marker that lists them; the ids of a row are
    derived from the import and the line. So a chunk that is delivered twice finds the rows
    that it wrote, and counts each row once.
    """

    uploads: Uploads
    jobs: Jobs
    rows: ImportedRows
    close: CloseImport
    clock: Clock
    pause: PauseInTime
    store: str
    lifetime: timedelta
    rows_per_transaction: int
    trust_registered_column: bool
    known: KnownColumns

    def __call__(self, chunk: Chunk) -> tuple[Worked, Counts]:
        """Import a chunk, and close the import after the last one.

        Raises
        ------
        TryLater
            Other writes got in the way; the rows written so far remain.
        UploadGone
            The file was deleted meanwhile.
        Unbalanced
            The outcomes do not add up to the rows.
        """
        job = self.jobs.get(chunk.import_id)
        if job is None or job.layout is None:
            return Worked.NO_SUCH_JOB, Counts()
        if job.has_ended or self.jobs.result(chunk.import_id, chunk.number):
            self.close(chunk.import_id)
            return Worked.DONE_BEFORE, Counts()
        result = self._import(job, chunk)
        counted = with_retries(partial(self.jobs.complete, result, job, self.clock()), self.pause)
        self.close(chunk.import_id)
        return (Worked.DONE, result.counts) if counted else (Worked.DONE_BEFORE, Counts())

    def _import(self, job: Job, chunk: Chunk) -> ChunkResult:
        imported_customers, outcomes = self._sort(job, chunk)
        written = (
            self._try(imported_customers) if job.dry_run else self._write(chunk, imported_customers)
        )
        not_created = [*outcomes, *filter(None, map(_outcome_of, written.items()))]
        not_created.sort(key=lambda row: row.line)
        counted = Counter(row.outcome.value for row in not_created)
        created = sum(owner is None or owner is RowOwner.ITSELF for owner in written.values())
        return ChunkResult(chunk, Counts(created=created, **counted), tuple(not_created))

    def _sort(self, job: Job, chunk: Chunk) -> tuple[list[ImportedCustomer], list[RowOutcome]]:
        assert job.layout, "checked by the caller"  # noqa: S101
        columns = Columns(job.layout.columns, self.known)
        duplicates = {duplicate.line: duplicate for duplicate in chunk.duplicates}
        imported_customers: list[ImportedCustomer] = []
        outcomes: list[RowOutcome] = []
        first_lines: dict[tuple[str, str], int] = {}
        consent = Consent(Origin.IMPORT, None, Evidence(self.clock()))
        records = list(read_chunk(self.uploads, job, chunk))
        if len(records) != chunk.rows:
            # Nothing was written yet, and nothing unplanned will be.
            raise Unbalanced(f"a chunk of {chunk.rows} rows has {len(records)}")
        for record in records:
            judged = _judge(record, columns, duplicates, first_lines, job.started_at.date())
            if isinstance(judged, ImportRow):
                imported_customers.append(self._imported_customer(judged, job, consent))
            else:
                outcomes.append(judged)
        return imported_customers, outcomes

    def _imported_customer(self, row: ImportRow, job: Job, consent: Consent) -> ImportedCustomer:
        now = consent.signed_up.at
        new_reference = f"{self.store}--{row_id(job.import_id, row.line, 'reference')}"
        customer = new_customer(
            row.reference or new_reference,
            row.email,
            row.profile,
            password_hash=row.password_hash,
            attempt_id=row_id(job.import_id, row.line, "attempt"),
            token_id=row_id(job.import_id, row.line, "token"),
            consent=consent,
            agreements=row.agreements,
            lifetime=self.lifetime,
            imported=ImportSource(job.import_id, row.line, row.registered),
        )
        trusted = row.registered_at if self.trust_registered_column else None
        if trusted:
            proof = Evidence(min(trusted, now))
            customer = replace(customer.confirm(proof), updated_at=now)
        return ImportedCustomer(
            line=row.line,
            customer=customer,
            alias=new_reference if row.reference else None,
        )

    def _try(self, imported_customers: list[ImportedCustomer]) -> dict[int, Owner | None]:
        """Return the owner of each row's identities, and write nothing."""
        owners = self.rows.owners(imported_customers, references=True)
        return {imported.line: owners.get(imported.line) for imported in imported_customers}

    def _write(
        self, chunk: Chunk, imported_customers: list[ImportedCustomer]
    ) -> dict[int, Owner | None]:
        """Write all free rows; return the owner of each row's identities afterwards."""
        owners: dict[int, Owner] = {}
        for _ in range(_MOST_OVERTAKEN):
            written = self.rows.written(chunk.import_id, chunk.number)
            owners |= dict.fromkeys(written.lines, RowOwner.ITSELF)
            # Look up addresses only: most references are new, and a taken one costs no more
            # than the transaction that fails.
            owners |= self.rows.owners(
                [row for row in imported_customers if row.line not in owners]
            )
            free = deque(row for row in imported_customers if row.line not in owners)
            try:
                self._write_batches(chunk, free, owners, written.next_number)
            except BatchTaken:
                # Another delivery of the chunk is in progress: continue after its rows.
                continue
            return dict(owners)
        raise TryLater

    def _write_batches(
        self,
        chunk: Chunk,
        free: deque[ImportedCustomer],
        owners: dict[int, Owner],
        number: int,
    ) -> None:
        while free:
            rows = tuple(free.popleft() for _ in range(min(self.rows_per_transaction, len(free))))
            batch = Batch(chunk.import_id, chunk.number, number, rows)
            try:
                with_retries(partial(self.rows.write, batch), self.pause)
            except RowsTaken as taken:
                # Somebody signed up with the identity at this moment. The other rows of the
                # batch go first in the next one, so that batches stay full.
                owners |= taken.owners
                free.extendleft(reversed([row for row in rows if row.line not in taken.owners]))
            else:
                owners |= dict.fromkeys((row.line for row in rows), RowOwner.ITSELF)
                number += 1


def _judge(
    record: Record,
    columns: Columns,
    duplicates: Mapping[int, Duplicate],
    first_lines: dict[tuple[str, str], int],
    today: date,
) -> ImportRow | RowOutcome:
    values, troubles, _ = read_row(record, columns, today)
    if troubles:
        return _rejected(record.line, told(troubles))
    row = row_of(values, columns.known, record.line)
    if duplicate := duplicates.get(row.line) or _duplicate(row, first_lines):
        reason = _DUPLICATE[duplicate.column].format(line=duplicate.first_line)
        return RowOutcome(record.line, ImportOutcome.DUPLICATE, duplicate.column, reason)
    return row


def _duplicate(row: ImportRow, first_lines: dict[tuple[str, str], int]) -> Duplicate | None:
    # Only if the shop asks other fields since the plan: rows were flawed then that are right now.
    # One transaction does not take the same key twice.
    identities = row.identities
    for identity in identities:
        if first := first_lines.get(identity):
            return Duplicate(row.line, first, identity[0])
    for identity in identities:
        first_lines[identity] = row.line
    return None


def _rejected(line: int, trouble: Trouble) -> RowOutcome:
    return RowOutcome(line, ImportOutcome.REJECTED, trouble.column, trouble.reason)


def _outcome_of(found: tuple[int, Owner | None]) -> RowOutcome | None:
    line, owner = found
    if owner is None or owner is RowOwner.ITSELF:
        return None
    if isinstance(owner, QuietRow):
        return _rejected(line, Trouble("email", _QUIET.format(until=owner.until)))
    return RowOutcome(line, ImportOutcome.EXISTS, owner.value, _EXISTS[owner])
