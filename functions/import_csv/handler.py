"""Imports customers from CSV files: plans a file that was dropped, works on its chunks.

Two functions run this: the planner, which S3 calls for each new object, and a schedule to
look for imports that stalled; and the worker, which SQS calls for each chunk, and for each
file that a planner had no time to come to the end of. What either leaves undone when it
dies, the next call for the same file or chunk does.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.imports.chunk_queue import SqsChunkQueue
from registration.adapters.imports.rows import DynamoDBImportedRows
from registration.adapters.imports.store import DynamoDBJobs
from registration.adapters.imports.uploads import S3Plans, S3Reports, S3Uploads
from registration.application.imports.close import CloseImport, Unbalanced
from registration.application.imports.plan import PlanImport, Planned
from registration.application.imports.process_chunk import ImportRows
from registration.application.imports.watch import WatchImports
from registration.application.retrying import redelivery_delay
from registration.domain.imports.jobs import Chunk, Job, Upload
from registration.entrypoints.events.imports import (
    Ignored,
    PlanFailed,
    PlanOn,
    is_from_queue,
    is_watch,
    times_received,
    uploads_in,
    work_in,
)
from registration.entrypoints.failures import place_of
from registration.entrypoints.invocation import Invocation
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.settings import ImportSettings
from registration.entrypoints.web.app import utc_now

_invocation = Invocation()

# What Lambda takes to end an invocation whose time is up, and more.
_SECONDS_TO_DIE = 30


@cache
def _settings() -> ImportSettings:
    return ImportSettings.from_environment()


@cache
def _jobs() -> DynamoDBJobs:
    return DynamoDBJobs(_settings().customers_table, _settings().unconfirmed_lifetime)


@cache
def _queue() -> SqsChunkQueue:
    return SqsChunkQueue(_settings().chunk_queue_url)


@cache
def _close() -> CloseImport:
    return CloseImport(S3Uploads(), S3Reports(), _jobs(), utc_now)


@cache
def _plan() -> PlanImport:
    settings = _settings()
    return PlanImport(
        uploads=S3Uploads(),
        plans=S3Plans(),
        jobs=_jobs(),
        queue=_queue(),
        close=_close(),
        clock=utc_now,
        pause=_invocation.pause,
        time_is_up=_invocation.time_is_up,
        rows_per_chunk=settings.rows_per_chunk,
    )


@cache
def _import_rows() -> ImportRows:
    settings = _settings()
    tables = settings.customers_table, settings.outbox_table
    return ImportRows(
        uploads=S3Uploads(),
        jobs=_jobs(),
        rows=DynamoDBImportedRows(*tables, _invocation.pause),
        close=_close(),
        clock=utc_now,
        pause=_invocation.pause,
        store=settings.store,
        lifetime=settings.unconfirmed_lifetime,
        rows_per_transaction=settings.rows_per_transaction,
        trust_registered_column=settings.trust_registered_column,
    )


def _drop(upload: Upload | Ignored) -> None:
    if isinstance(upload, Ignored):
        count(f"ImportIgnored{upload.title()}")
    else:
        _tell(*_plan()(upload))


def _plan_all(event: dict[str, Any]) -> None:
    try:
        for upload in uploads_in(event):
            _drop(upload)
    except Exception as error:  # noqa: BLE001 - told below, without its text
        count("ImportPlanFailed")
        logger.error("file failed", extra=place_of(error))
        # Lambda logs the text of what is raised, and this one's may be from the file.
        raise PlanFailed from None


def _plan_on(import_id: str) -> None:
    if planned := _plan().go_on(import_id):
        _tell(*planned)
    else:
        count("ImportForgotten")


def _tell(planned: Planned, job: Job) -> None:
    count(f"Import{planned.title().replace('_', '')}")
    about = {"import_id": job.import_id, "rows": job.rows, "chunks": job.chunks}
    logger.info("file %s", planned, extra=about)


def _work(chunk: Chunk) -> None:
    worked, counts = _import_rows()(chunk)
    count(f"ImportChunk{worked.title().replace('_', '')}")
    for outcome, rows in vars(counts).items():
        count(f"ImportRows{outcome.title()}", rows)
    about = {"import_id": chunk.import_id, "chunk": chunk.number, "counts": vars(counts)}
    logger.info("chunk %s", worked, extra=about)


def _do(record: dict[str, Any]) -> None:
    match work_in(record):
        case Chunk() as chunk:
            _work(chunk)
        case PlanOn(import_id):
            _plan_on(import_id)
        case uploads:
            for upload in uploads:
                _drop(upload)


def _is_done(record: dict[str, Any]) -> bool:
    # The queue's own time counts for calls that wait to begin. Whoever dies is soon missed.
    _put_off(record, _invocation.seconds_left + _SECONDS_TO_DIE)
    try:
        _do(record)
    except Exception as error:  # noqa: BLE001 - one chunk that fails must not stop its neighbours
        count("ImportUnbalanced" if isinstance(error, Unbalanced) else "ImportChunkFailed")
        about = {"message_id": record["messageId"], **place_of(error)}
        logger.error("chunk failed", extra=about)
        _put_off(record, redelivery_delay(times_received(record)))
        return False
    return True


def _put_off(record: dict[str, Any], seconds: float) -> None:
    try:
        _queue().put_off(record["receiptHandle"], seconds)
    except Exception as error:  # noqa: BLE001 - the message comes again all the same, but later
        logger.warning("message not put off", extra=place_of(error))


def _watch() -> dict[str, Any]:
    stalled = WatchImports(_jobs(), utc_now)()
    count("ImportsStalled", len(stalled))
    for job in stalled:
        about = {"import_id": job.import_id, "chunks": job.chunks, "chunks_done": job.chunks_done}
        logger.error("import stalled", extra=about)
    return {"stalled": len(stalled)}


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Plan the files that were dropped, import the chunks that wait, or look for what stalled."""
    _invocation.begin(context)
    if is_watch(event):
        return _watch()
    if not is_from_queue(event):
        _plan_all(event)
        return {}
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
