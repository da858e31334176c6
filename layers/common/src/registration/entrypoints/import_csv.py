"""Imports customers from CSV files: plans a file that was dropped, works on its chunks.

Two functions run this: the planner, which S3 calls for each new object, and a schedule to
look for imports that stalled; and the worker, which SQS calls for each chunk, and for each
file that a planner had no time to come to the end of. What either leaves undone when it
dies, the next call for the same file or chunk does.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.imports.chunk_queue import SqsChunkQueue
from registration.adapters.imports.rows import DynamoDBImportedRows
from registration.adapters.imports.store import DynamoDBJobs
from registration.adapters.imports.uploads import S3Plans, S3Reports, S3Uploads
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.adapters.staff.members import DynamoDBStaff
from registration.application.imports.close import CloseImport, Unbalanced
from registration.application.imports.plan import PlanImport, Planned
from registration.application.imports.process_chunk import ImportRows
from registration.application.imports.watch import WatchImports
from registration.application.retrying import redelivery_delay
from registration.application.staff.uploaders import CheckUploader
from registration.domain.fields.own import Place
from registration.domain.imports.columns import KnownColumns
from registration.domain.imports.jobs import Chunk, Job, Upload
from registration.entrypoints.clock import utc_now
from registration.entrypoints.events.imports import (
    Ignored,
    PlanOn,
    is_from_queue,
    is_watch,
    times_received,
    uploads_in,
    work_in,
)
from registration.entrypoints.failures import place_of
from registration.entrypoints.function_app import EventApp
from registration.entrypoints.invocation import Invocation
from registration.entrypoints.observability import count, logger
from registration.entrypoints.settings import ImportSettings
from registration.entrypoints.shop.fields import customer_fields

# What Lambda takes to end an invocation whose time is up, and more.
_SECONDS_TO_DIE = 30


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the garbage collector from looking through a chunk's rows again and again.

    They are freed without it, as they form no cycles.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _tell(planned: Planned, job: Job) -> None:
    count(f"Import{planned.title().replace('_', '')}")
    about = {"import_id": job.import_id, "rows": job.rows, "chunks": job.chunks}
    logger.info("file %s", planned, extra=about)


class ImportApp(EventApp[ImportSettings]):
    """The functions of the import: planner and worker."""

    settings_model = ImportSettings

    def __init__(self) -> None:
        self._invocation = Invocation()

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Plan files that were dropped, import chunks that wait, or look for what stalled."""
        self._invocation.begin(context)
        if is_watch(event):
            return self._watch()
        if not is_from_queue(event):
            self._plan_all(event)
            return {}
        failed = [record["messageId"] for record in event["Records"] if not self._is_done(record)]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    def _drop(self, upload: Upload | Ignored) -> None:
        if isinstance(upload, Ignored):
            count(f"ImportIgnored{upload.title()}")
        else:
            _tell(*self._plan(upload))

    def _plan_all(self, event: dict[str, Any]) -> None:
        try:
            for upload in uploads_in(event):
                self._drop(upload)
        except Exception:
            count("ImportPlanFailed")
            raise

    def _plan_on(self, import_id: str) -> None:
        if planned := self._plan.go_on(import_id):
            _tell(*planned)
        else:
            count("ImportForgotten")

    def _work(self, chunk: Chunk) -> None:
        with _without_collector():
            worked, counts = self._import_rows(chunk)
        count(f"ImportChunk{worked.title().replace('_', '')}")
        for outcome, rows in vars(counts).items():
            count(f"ImportRows{outcome.title()}", rows)
        about = {"import_id": chunk.import_id, "chunk": chunk.number, "counts": vars(counts)}
        logger.info("chunk %s", worked, extra=about)

    def _do(self, record: dict[str, Any]) -> None:
        match work_in(record):
            case Chunk() as chunk:
                self._work(chunk)
            case PlanOn(import_id):
                self._plan_on(import_id)
            case uploads:
                for upload in uploads:
                    self._drop(upload)

    def _is_done(self, record: dict[str, Any]) -> bool:
        # The queue's timeout allows for calls that wait to begin. Shortened, a death shows sooner.
        self._put_off(record, self._invocation.seconds_left + _SECONDS_TO_DIE)
        try:
            self._do(record)
        except Exception as error:  # noqa: BLE001 - one chunk that fails must not stop its neighbours
            count("ImportUnbalanced" if isinstance(error, Unbalanced) else "ImportChunkFailed")
            about = {"message_id": record["messageId"], **place_of(error)}
            logger.error("chunk failed", extra=about)
            self._put_off(record, redelivery_delay(times_received(record)))
            return False
        return True

    def _put_off(self, record: dict[str, Any], seconds: float) -> None:
        try:
            self._queue.put_off(record["receiptHandle"], seconds)
        except Exception as error:  # noqa: BLE001 - the message comes again all the same, but later
            logger.warning("message not put off", extra=place_of(error))

    def _watch(self) -> dict[str, Any]:
        stalled = WatchImports(self._jobs, utc_now)()
        count("ImportsStalled", len(stalled))
        for job in stalled:
            about = {
                "import_id": job.import_id,
                "chunks": job.chunks,
                "chunks_done": job.chunks_done,
            }
            logger.error("import stalled", extra=about)
        return {"stalled": len(stalled)}

    @cached_property
    def _jobs(self) -> DynamoDBJobs:
        return DynamoDBJobs(self.settings.customers_table, self.settings.unconfirmed_lifetime)

    @cached_property
    def _queue(self) -> SqsChunkQueue:
        return SqsChunkQueue(self.settings.chunk_queue_url)

    @cached_property
    def _known(self) -> KnownColumns:
        return KnownColumns(customer_fields().at(Place.IMPORT), self.settings.default_locale)

    @cached_property
    def _close(self) -> CloseImport:
        return CloseImport(S3Uploads(), S3Reports(), self._jobs, utc_now, self._known)

    @cached_property
    def _plan(self) -> PlanImport:
        settings = self.settings
        return PlanImport(
            uploads=S3Uploads(),
            plans=S3Plans(),
            jobs=self._jobs,
            queue=self._queue,
            close=self._close,
            clock=utc_now,
            pause=self._invocation.pause,
            time_is_up=self._invocation.time_is_up,
            may_upload=CheckUploader(
                DynamoDBStaff(settings.customers_table, settings.outbox_table),
                DynamoDBAuditRecord(settings.customers_table),
            ),
            rows_per_chunk=settings.rows_per_chunk,
            known=self._known,
        )

    @cached_property
    def _import_rows(self) -> ImportRows:
        settings = self.settings
        tables = settings.customers_table, settings.outbox_table
        return ImportRows(
            uploads=S3Uploads(),
            jobs=self._jobs,
            rows=DynamoDBImportedRows(*tables, self._invocation.pause),
            close=self._close,
            clock=utc_now,
            pause=self._invocation.pause,
            store=settings.store,
            lifetime=settings.unconfirmed_lifetime,
            rows_per_transaction=settings.rows_per_transaction,
            trust_registered_column=settings.trust_registered_column,
            known=self._known,
        )
