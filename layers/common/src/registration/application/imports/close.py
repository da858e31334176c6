"""Closing an import: first its reports, then its status."""

from collections.abc import Iterator

from registration.application.imports.ports import Jobs, Reports, Uploads
from registration.application.ports import Clock
from registration.domain.imports.columns import KnownColumns
from registration.domain.imports.csv_records import Record, RecordReader
from registration.domain.imports.csv_text import Decoder, read_lines
from registration.domain.imports.jobs import Chunk, Job, JobStatus, RowOutcome
from registration.domain.imports.reports import (
    FAILED,
    SKIPPED,
    SUMMARY,
    failed_csv,
    skipped_csv,
    summary_json,
)
from registration.frozen import dataclass

_NO_ROWS = "The file has a header and no rows: there is nothing to import."


class Unbalanced(Exception):
    """Some rows have no outcome, or two: the job stays open for an investigation."""


def read_chunk(uploads: Uploads, job: Job, chunk: Chunk) -> Iterator[Record]:
    """Read a chunk's records as the planner did."""
    assert job.layout, "a job that was planned has a layout"  # noqa: S101
    blocks = uploads.read_range(job.upload, chunk.start, chunk.end)
    lines = read_lines(blocks, job.layout.encoding, number=chunk.line, start=chunk.start)
    width = len(job.layout.columns)
    return iter(RecordReader(lines, Decoder(job.layout.encoding), job.layout.delimiter, width))


@dataclass(frozen=True)
class CloseImport:
    """Closes imports after their last chunk.

    The reports are written first, so that every job that has ended has them. If a call dies
    in between, the next one writes the same reports again.
    """

    uploads: Uploads
    reports: Reports
    jobs: Jobs
    clock: Clock
    known: KnownColumns

    def __call__(self, import_id: str) -> Job | None:
        """Close an import, if its last chunk is done.

        Returns
        -------
        Job or None
            The closed job, or None if it is not complete yet or was closed before.

        Raises
        ------
        Unbalanced
            The outcomes do not add up to the rows.
        """
        job = self.jobs.get(import_id)
        if job is None or not job.is_complete:
            return None
        if not job.is_balanced:
            raise Unbalanced(f"{job.rows} rows became {job.counts}")
        closed = job.end(JobStatus.CLOSED, self.clock(), None if job.rows else _NO_ROWS)
        failed = failed_csv(job, self._rejected(job), self.known)
        self.reports.write(job.upload, FAILED, failed)
        self.reports.write(job.upload, SKIPPED, skipped_csv(job, self._not_created(job)))
        self._end(closed, FAILED, SKIPPED)
        return closed

    def early(self, job: Job, status: JobStatus, reason: str) -> Job:
        """End an import before any chunk was processed; return its current state.

        Another planner for the same file may have begun it meanwhile: then it is in progress.
        """
        now = self.jobs.get(job.import_id) or job
        if now.status is not JobStatus.PLANNING:
            return now
        ended = job.end(status, self.clock(), reason)
        self._end(ended)
        return ended

    def _end(self, job: Job, *written: str) -> None:
        self.reports.write(job.upload, SUMMARY, [summary_json(job, self.known)])
        self.reports.show(job.upload, [*written, SUMMARY])
        self.jobs.end(job)

    def _rejected(self, job: Job) -> Iterator[tuple[Record, RowOutcome]]:
        for result in self.jobs.results(job.import_id):
            rejected = result.rejected
            if rejected:
                for record in read_chunk(self.uploads, job, result.chunk):
                    if record.line in rejected:
                        yield record, rejected[record.line]

    def _not_created(self, job: Job) -> Iterator[RowOutcome]:
        for result in self.jobs.results(job.import_id):
            yield from result.not_created
