"""Files to import, and an import in memory without AWS."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from registration.application.imports.close import CloseImport
from registration.application.imports.plan import PlanImport, Planned
from registration.application.imports.ports import TryLater
from registration.application.imports.process_chunk import ImportRows, Worked
from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.domain.imports.columns import KnownColumns
from registration.domain.imports.jobs import Job, Upload, import_id_of
from tests.fakes.imports import (
    FakeChunkQueue,
    FakeImportedRows,
    FakeJobs,
    FakePlans,
    FakeReports,
    FakeUploads,
)
from tests.support.factories import LIFETIME, NOW

COLUMNS = [
    "customer_reference",
    "locale_name",
    "phone",
    "email",
    "salutation",
    "first_name",
    "last_name",
    "company",
    "gender",
    "date_of_birth",
    "password",
    "registered",
]
GLUE_COLUMNS = KnownColumns(GLUE_FIELDS.at(Place.IMPORT), "en_US")
"""The columns of a shop that changes nothing."""

BCRYPT = "$2y$10$Uq4kVtYG1P0ZPXcVUKKZ4uSj6EsRRzg.cK0XrTrgBYHyqWBvFWFfC"


def a_row(number: int = 1, **overrides: str) -> dict[str, str]:
    """Return a valid row; each number has its own address."""
    values = {
        "customer_reference": "",
        "locale_name": "de_DE",
        "phone": "+49 30 1234567",
        "email": f"customer-{number}@example.com",
        "salutation": "Ms",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "company": "",
        "gender": "Female",
        "date_of_birth": "1985-12-10",
        "password": "",
        "registered": "",
    }
    unknown = set(overrides) - set(values)
    assert not unknown, unknown
    return values | overrides


def a_file(
    *rows: dict[str, str],
    columns: Iterable[str] = COLUMNS,
    delimiter: str = ",",
    encoding: str = "utf-8",
    end: str = "\n",
) -> bytes:
    """Return a file as a spreadsheet writes it, with quotation marks where needed."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, list(columns), delimiter=delimiter, lineterminator=end, extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def read_report(
    content: bytes, encoding: str = "utf-8-sig", delimiter: str = ","
) -> list[dict[str, str]]:
    """Return the rows of a report."""
    text = content.decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


@dataclass
class World:
    """An import in memory."""

    rows_per_chunk: int = 1000
    rows_per_transaction: int = 33
    trust_registered_column: bool = False
    known: KnownColumns = GLUE_COLUMNS
    now: datetime = NOW
    uploads: FakeUploads = field(default_factory=FakeUploads)
    reports: FakeReports = field(default_factory=FakeReports)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    queue: FakeChunkQueue = field(default_factory=FakeChunkQueue)
    rows: FakeImportedRows = field(default_factory=FakeImportedRows)
    plans: FakePlans = field(default_factory=FakePlans)
    pauses: list[float] = field(default_factory=list)
    seconds: float = 300
    """The time limit of a call; only pauses take time."""
    time_is_up: Callable[[], bool] = lambda: False

    def drop(self, content: bytes, key: str = "customer.csv", version: str = "v1") -> Upload:
        """Upload a file."""
        upload = Upload("bucket", key, version)
        self.uploads.files[upload] = content
        return upload

    def plan(self, upload: Upload) -> Planned:
        """Plan an upload, like the planner on its event."""
        planned, _ = self.planner(upload)
        return planned

    @property
    def planner(self) -> PlanImport:
        """The use case."""
        return PlanImport(
            uploads=self.uploads,
            plans=self.plans,
            jobs=self.jobs,
            queue=self.queue,
            close=self.closer,
            clock=self.clock,
            pause=self.pause,
            time_is_up=self.time_is_up,
            may_upload=lambda job: job.upload.uploader is None,
            rows_per_chunk=self.rows_per_chunk,
            known=self.known,
        )

    @property
    def closer(self) -> CloseImport:
        """The use case."""
        return CloseImport(self.uploads, self.reports, self.jobs, self.clock, self.known)

    @property
    def worker(self) -> ImportRows:
        """The use case."""
        return ImportRows(
            uploads=self.uploads,
            jobs=self.jobs,
            rows=self.rows,
            close=self.closer,
            clock=self.clock,
            pause=self.pause,
            store="DE",
            lifetime=LIFETIME,
            rows_per_transaction=self.rows_per_transaction,
            trust_registered_column=self.trust_registered_column,
            known=self.known,
        )

    def clock(self) -> datetime:
        """Return the time."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        if sum(self.pauses) + seconds > self.seconds:
            raise TryLater
        self.pauses.append(seconds)

    def plan_on(self) -> int:
        """Continue planning as often as requested; return how often that was."""
        calls = 0
        while self.queue.to_plan_on:
            self.planner.go_on(self.queue.to_plan_on.pop())
            calls += 1
        return calls

    def work(self) -> list[Worked]:
        """Process all waiting chunks."""
        worked = [self.worker(chunk)[0] for chunk in self.queue.chunks]
        self.queue.chunks.clear()
        return worked

    def run(self, content: bytes, key: str = "customer.csv", version: str = "v1") -> Job:
        """Import a file from its upload to its end."""
        upload = self.drop(content, key, version)
        self.plan(upload)
        self.plan_on()
        self.work()
        return self.job(upload)

    def job(self, upload: Upload) -> Job:
        """Return the job of an upload."""
        return self.jobs.jobs[import_id_of(upload)]

    def summary(self, key: str = "customer.csv") -> dict[str, Any]:
        """Return the summary of a file."""
        parsed: dict[str, Any] = json.loads(self.reports.reports[f"reports/{key}/summary.json"])
        return parsed

    def failed(self, key: str = "customer.csv") -> list[dict[str, str]]:
        """Return the rejected rows of a UTF-8 file."""
        return read_report(self.reports.reports[f"reports/{key}/failed.csv"])

    def skipped(self, key: str = "customer.csv") -> list[dict[str, str]]:
        """Return the skipped rows."""
        return read_report(self.reports.reports[f"reports/{key}/skipped.csv"])
