"""Planning an import: one pass over the file puts its chunks into the queue."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from itertools import chain, islice

from registration.application.imports.close import CloseImport
from registration.application.imports.ports import (
    ChunkQueue,
    Jobs,
    PauseInTime,
    Plans,
    UploadGone,
    Uploads,
)
from registration.application.ports import Clock, Conflict
from registration.application.retrying import with_retries
from registration.domain.errors import Busy
from registration.domain.imports.checkpoint import (
    Checkpoint,
    Fingerprint,
    planning_of,
    restored,
    saved,
)
from registration.domain.imports.columns import KnownColumns, read_columns
from registration.domain.imports.csv_records import Record, RecordReader
from registration.domain.imports.csv_text import (
    SAMPLE_BYTES,
    Decoder,
    first_bytes,
    look_at,
    read_lines,
)
from registration.domain.imports.header import delimiter_and_rest
from registration.domain.imports.jobs import FileRefused, Job, JobStatus, Upload, new_job
from registration.domain.imports.plan import FirstLines, Plan
from registration.frozen import dataclass

_MOST_TRIES = 8
_CHUNKS_AT_ONCE = 100
_NO_EDITOR = "The uploader is not an editor of the Back Office any more. Nothing was imported."
_GONE = "The file was deleted, or replaced and expired, before it was read. Drop it again."


class Planned(StrEnum):
    """The result of planning a file."""

    HANDED_OUT = "handed_out"
    REFUSED = "refused"
    REPEATED = "repeated"
    DONE_BEFORE = "done_before"
    LEFT_OFF = "left_off"
    """Time was up: another call continues."""
    OVERTAKEN = "overtaken"
    """Time was up, and another call that came as far continues."""


@dataclass(frozen=True)
class PlanImport:
    """Plans an import, resuming where an earlier call for the same upload stopped or died.

    ::

        job opened ──file read──▶ job begun, its bytes noted ──▶ chunks sent ──▶ handed out
             │└─────────────────▶ refused, or repeated: its summary, then its end
             └──time is up──▶ state saved ──▶ checkpoint in the job ──▶ a message to
                              continue, until all chunks are sent

    The plan depends only on the bytes: another call makes the same plan and sends the same
    chunks, which are idempotent. Each call plans at least one more chunk or sends some, so
    that the calls come to an end.
    """

    uploads: Uploads
    plans: Plans
    jobs: Jobs
    queue: ChunkQueue
    close: CloseImport
    clock: Clock
    pause: PauseInTime
    time_is_up: Callable[[], bool]
    may_upload: Callable[[Job], bool]
    rows_per_chunk: int
    known: KnownColumns

    def __call__(self, upload: Upload) -> tuple[Planned, Job]:
        """Plan the import of an upload.

        Returns
        -------
        tuple
            The result, and the job with more details.
        """
        job = new_job(upload, self.clock(), self.rows_per_chunk)
        job = with_retries(partial(self.jobs.open, job), self.pause)
        if job.status is JobStatus.PLANNING and not self.may_upload(job):
            return self._refuse(job, _NO_EDITOR)
        return self._plan(job)

    def go_on(self, import_id: str) -> tuple[Planned, Job] | None:
        """Continue planning at the checkpoint; return None if the job no longer exists."""
        job = self.jobs.get(import_id)
        return self._plan(job) if job else None

    def _plan(self, job: Job) -> tuple[Planned, Job]:
        if job.has_ended:
            return Planned.DONE_BEFORE, job
        if job.handed_out:
            self.close(job.import_id)
            return Planned.DONE_BEFORE, job
        try:
            checkpoint = self._read(job)
        except (FileRefused, UploadGone) as error:
            if job.status is JobStatus.WORKING:
                # Some of its chunks are done, so it cannot end as if nothing were imported.
                raise
            return self._refuse(job, _GONE if isinstance(error, UploadGone) else str(error))
        if checkpoint.digest is None:
            return self._leave_off(job, checkpoint)
        return self._hand_out(job, checkpoint, checkpoint.digest)

    def _refuse(self, job: Job, reason: str) -> tuple[Planned, Job]:
        ended = self.close.early(job, JobStatus.REFUSED, reason)
        refused = ended.status is JobStatus.REFUSED
        return Planned.REFUSED if refused else Planned.OVERTAKEN, ended

    def _hand_out(self, job: Job, checkpoint: Checkpoint, digest: str) -> tuple[Planned, Job]:
        begun = self._begin(job, checkpoint, digest)
        if begun.has_ended:
            repeated = begun.status is JobStatus.REPEATED
            return Planned.REPEATED if repeated else Planned.DONE_BEFORE, begun
        chunks = checkpoint.plan.since(checkpoint.sent)
        while some := tuple(islice(chunks, _CHUNKS_AT_ONCE)):
            with_retries(partial(self.queue.send, some), self.pause)
            checkpoint.sent += len(some)
            if checkpoint.sent < len(checkpoint.plan) and self.time_is_up():
                return self._leave_off(begun, checkpoint)
        self.jobs.hand_out(begun.import_id)
        self.close(begun.import_id)
        return Planned.HANDED_OUT, begun

    def _begin(self, job: Job, checkpoint: Checkpoint, digest: str) -> Job:
        for _ in range(_MOST_TRIES):
            # Another call for this upload may have come as far, or further.
            if job.status is not JobStatus.PLANNING:
                return job
            noted = self.jobs.imported_as(digest, self.clock()) if not job.dry_run else None
            first = self.jobs.get(noted) if noted and noted != job.import_id else None
            if first and first.stands_for_its_bytes(self.clock()):
                reason = f"already imported as {first.upload.key}"
                return self.close.early(job, JobStatus.REPEATED, reason)
            plan = checkpoint.plan
            begun = job.begin(checkpoint.layout, plan.rows, len(plan), self.clock())
            try:
                note = None if job.dry_run else digest
                with_retries(partial(self.jobs.begin, begun, note, noted), self.pause)
            except Conflict:
                job = self.jobs.get(job.import_id) or job
            else:
                return begun
        raise Busy

    def _leave_off(self, job: Job, checkpoint: Checkpoint) -> tuple[Planned, Job]:
        number = job.checkpoints + 1
        self.plans.save(job.upload, number, saved(checkpoint))
        try:
            # A call that dies before sending the message is retried, and resumes here.
            self.jobs.leave_off(job, number, checkpoint.start, self.clock())
        except Conflict:
            return Planned.OVERTAKEN, job
        self.queue.plan_on(job.import_id)
        return Planned.LEFT_OFF, job

    def _read(self, job: Job) -> Checkpoint:
        checkpoint, records = self._reopen(job) or self._open(job)
        planning = checkpoint.planning
        known = len(checkpoint.plan)
        for record in records:
            is_further = planning.is_between_chunks and len(checkpoint.plan) > known
            if is_further and self.time_is_up():
                checkpoint.line, checkpoint.start = record.line, record.start
                return checkpoint
            planning.take(record)
        planning.finish()
        checkpoint.digest = checkpoint.digest or checkpoint.fingerprint.value
        return checkpoint

    def _reopen(self, job: Job) -> "tuple[Checkpoint, Iterator[Record]] | None":
        """Resume from the checkpoint of an earlier call, if there is one and it still exists."""
        if not job.checkpoints:
            return None
        try:
            saved_plan = self.plans.saved(job.upload, job.checkpoints)
            checkpoint = restored(saved_plan, job, self.known)
        except UploadGone:
            return None
        if checkpoint.digest:
            return checkpoint, iter(())
        at = checkpoint.read_from
        blocks = _noted(self.uploads.read(job.upload, at), at, checkpoint.fingerprint)
        decoder = checkpoint.decoder
        lines = read_lines(
            decoder.deciding(_without(blocks, checkpoint.start - at)),
            decoder.decided,
            number=checkpoint.line,
            start=checkpoint.start,
        )
        width = len(checkpoint.planning.columns.names)
        return checkpoint, iter(RecordReader(lines, decoder, checkpoint.delimiter, width))

    def _open(self, job: Job) -> tuple[Checkpoint, Iterator[Record]]:
        fingerprint = Fingerprint()
        blocks = _noted(self.uploads.read(job.upload), 0, fingerprint)
        first = first_bytes(blocks, SAMPLE_BYTES)
        opening = look_at(first[:SAMPLE_BYTES])
        decoder = Decoder(opening.encoding)
        rest = decoder.deciding(chain([first[opening.bom_bytes :]], blocks))
        lines = read_lines(rest, opening.encoding, start=opening.bom_bytes)
        delimiter, lines = delimiter_and_rest(lines, decoder, self.known)

        reader = RecordReader(lines, decoder, delimiter)
        records = iter(reader)
        columns = read_columns(next(records, None), self.known)
        reader.width = len(columns.names)
        planning = planning_of(job, columns, Plan(job.import_id), FirstLines())
        return Checkpoint(decoder, delimiter, fingerprint, planning, line=1, start=0), records


def _noted(blocks: Iterator[bytes], at: int, fingerprint: Fingerprint) -> Iterator[bytes]:
    for block in blocks:
        fingerprint.take(at, block)
        at += len(block)
        yield block


def _without(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Skip some bytes at the beginning."""
    for block in blocks:
        if rest := block[count:]:
            yield rest
        count = max(count - len(block), 0)
