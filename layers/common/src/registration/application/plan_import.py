"""Planning an import: one look at the file, and its chunks are in the queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import sha256
from itertools import chain

from registration.application.close_import import CloseImport
from registration.application.import_ports import ChunkQueue, Jobs, Pause, UploadGone, Uploads
from registration.application.patience import patiently
from registration.application.ports import Clock, Contested
from registration.domain.csv_records import RecordReader
from registration.domain.csv_text import SAMPLE_BYTES, Decoder, Line, look_at, read_lines
from registration.domain.errors import Busy
from registration.domain.import_columns import delimiter_hint, delimiter_of, read_columns
from registration.domain.import_plan import Plan, Planning
from registration.domain.imports import FileRefused, Job, JobStatus, Layout, Upload, new_job

_MOST_TRIES = 8
_GONE = "The file was deleted, or replaced and expired, before it was read. Drop it again."


class Planned(StrEnum):
    """What became of a file that was dropped."""

    HANDED_OUT = "handed_out"
    REFUSED = "refused"
    REPEATED = "repeated"
    DONE_BEFORE = "done_before"


@dataclass(frozen=True)
class PlanImport:
    """Plans an import, and goes on where an earlier call for the same upload died.

    ::

        job opened ──file read──▶ job begun, its bytes noted ──▶ chunks sent ──▶ handed out
             └──────────────────▶ refused, or repeated: its summary, then its end

    The plan follows from the bytes, so it is not kept: whoever comes again makes the same
    one, and sends the same chunks, which harm nobody twice.
    """

    uploads: Uploads
    jobs: Jobs
    queue: ChunkQueue
    close: CloseImport
    clock: Clock
    pause: Pause
    rows_per_chunk: int

    def __call__(self, upload: Upload) -> tuple[Planned, Job]:
        """Plan the import of an upload.

        Returns
        -------
        tuple
            What became of the file, and the job that tells more.
        """
        job = self.jobs.open(new_job(upload, self.clock(), self.rows_per_chunk))
        if job.has_ended:
            return Planned.DONE_BEFORE, job
        if job.handed_out:
            self.close(job.import_id)
            return Planned.DONE_BEFORE, job
        try:
            reading = self._read(job)
        except FileRefused as refusal:
            return Planned.REFUSED, self.close.early(job, JobStatus.REFUSED, str(refusal))
        except UploadGone:
            return Planned.REFUSED, self.close.early(job, JobStatus.REFUSED, _GONE)
        return self._hand_out(job, reading)

    def _hand_out(self, job: Job, reading: "_Reading") -> tuple[Planned, Job]:
        begun = self._begin(job, reading)
        if begun.has_ended:
            repeated = begun.status is JobStatus.REPEATED
            return Planned.REPEATED if repeated else Planned.DONE_BEFORE, begun
        patiently(partial(self.queue.send, reading.plan.chunks), self.pause)
        self.jobs.hand_out(begun.import_id)
        self.close(begun.import_id)
        return Planned.HANDED_OUT, begun

    def _begin(self, job: Job, reading: "_Reading") -> Job:
        for _ in range(_MOST_TRIES):
            # Another call for this upload may have come so far, or further.
            if job.status is not JobStatus.PLANNING:
                return job
            noted = self.jobs.imported_as(reading.sha256) if not job.dry_run else None
            first = self.jobs.get(noted) if noted and noted != job.import_id else None
            if first and first.stands_for_its_bytes(self.clock()):
                reason = f"already imported as {first.upload.key}"
                return self.close.early(job, JobStatus.REPEATED, reason)
            begun = job.begin(
                reading.layout, reading.plan.rows, len(reading.plan.chunks), self.clock()
            )
            try:
                note = None if job.dry_run else reading.sha256
                patiently(partial(self.jobs.begin, begun, note, noted), self.pause)
            except Contested:
                job = self.jobs.get(job.import_id) or job
            else:
                return begun
        raise Busy

    def _read(self, job: Job) -> "_Reading":
        digest = sha256()
        blocks = _digested(self.uploads.read(job.upload), digest.update)
        sample = _first(blocks, SAMPLE_BYTES)
        opening = look_at(sample)
        rest = chain([sample[opening.bom_bytes :]], blocks)
        lines = read_lines(rest, opening.encoding, start=opening.bom_bytes)
        decoder = Decoder(opening.encoding)
        delimiter, lines = _delimiter(lines, decoder)

        reader = RecordReader(lines, decoder, delimiter)
        records = iter(reader)
        columns = read_columns(next(records, None))
        reader.width = len(columns.names)
        planning = Planning(job.import_id, columns, job.rows_per_chunk, job.started_at.date())
        for record in records:
            planning.take(record)
        layout = Layout(decoder.encoding, delimiter, columns.names)
        return _Reading(planning.finish(), layout, digest.hexdigest())


@dataclass(frozen=True)
class _Reading:
    plan: Plan
    layout: Layout
    sha256: str


def _digested(blocks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for block in blocks:
        update(block)
        yield block


def _first(blocks: Iterator[bytes], size: int) -> bytes:
    sample = b""
    while len(sample) < size and (block := next(blocks, None)):
        sample += block
    return sample


def _delimiter(lines: Iterator[Line], decoder: Decoder) -> tuple[str, Iterator[Line]]:
    """Return what stands between cells, and the lines from the header on."""
    for line in lines:
        text = (decoder.decode(line) or "").strip("\r\n")
        if hint := delimiter_hint(text):
            return hint, lines
        if text.strip():
            return delimiter_of(text), chain([line], lines)
    return ",", lines
