"""The jobs of imports, and the results of their chunks, in DynamoDB."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.expressions import FREE, NEW, Write, put, update
from registration.adapters.dynamodb.items import Item, epoch
from registration.adapters.dynamodb.reading import query, read_batch, read_one
from registration.adapters.dynamodb.throttling import write_or_try_later
from registration.adapters.dynamodb.transactions import Cancelled
from registration.adapters.imports import items as import_items
from registration.application.ports import Conflict
from registration.domain.imports.jobs import KEPT, ChunkResult, Job, JobStatus, RowOutcome

_PLANNING: Item = {":planning": {"S": JobStatus.PLANNING.value}}


@dataclass(frozen=True)
class DynamoDBImportStore:
    """The port ``Imports`` on the table ``customers``, for monitoring."""

    table: str

    def get(self, import_id: str) -> Job | None:
        """Return the current state of a job."""
        item = read_one(self.table, keys.import_job(import_id))
        return import_items.job_of(item) if item else None

    def newest(self, limit: int, before: str | None = None) -> list[Job]:
        """Return the newest jobs, the newest first."""
        found: list[tuple[str, str]] = []
        for shard in keys.IMPORT_SHARDS:
            found += self._places(shard, limit, before)
        wanted = [import_id for _, import_id in sorted(found, reverse=True)[:limit]]
        read = read_batch(self.table, list(map(keys.import_job, wanted)), consistent=False)
        jobs = {job.import_id: job for job in map(import_items.job_of, read)}
        return [jobs[import_id] for import_id in wanted if import_id in jobs]

    def first_failures(self, import_id: str, limit: int) -> list[RowOutcome]:
        """Return the first rejected rows of an import, from the chunks done so far."""
        failures = (
            row
            for result in self._results(import_id, with_failures=True)
            for row in result.rejected.values()
        )
        return list(islice(failures, limit))

    def _places(self, shard: int, limit: int, before: str | None) -> list[tuple[str, str]]:
        # Greater than every place, because times begin with a digit.
        key = keys.import_places(shard, before or ":")
        found = query(
            self.table,
            "PK = :pk AND SK < :before",
            {":pk": key["PK"], ":before": key["SK"]},
            ScanIndexForward=False,
            Limit=limit,
        )
        return [(item["SK"]["S"], item["import_id"]["S"]) for item in islice(found, limit)]

    def _results(self, import_id: str, *, with_failures: bool = False) -> Iterator[ChunkResult]:
        values: Item = {":pk": keys.import_job(import_id)["PK"], ":chunk": {"S": "CHUNK#"}}
        options: dict[str, Any] = {}
        if with_failures:
            values[":zero"] = {"N": "0"}
            options["FilterExpression"] = "#rejected > :zero"
            options["ExpressionAttributeNames"] = {"#rejected": "rejected"}
        condition = "PK = :pk AND begins_with(SK, :chunk)"
        found = query(self.table, condition, values, ConsistentRead=True, **options)
        return map(import_items.result_of, found)


@dataclass(frozen=True)
class DynamoDBJobs(DynamoDBImportStore):
    """The port ``Jobs`` on the table ``customers``.

    Parameters
    ----------
    table
        The name of the table.
    remember_bytes
        How long the same bytes count as imported: as long as unconfirmed customers are
        kept. After that, importing the same file again makes sense.
    """

    remember_bytes: timedelta

    def open(self, job: Job) -> Job:
        """Write a new job unless it exists; return the stored job."""
        opened = [import_items.job_item(job), import_items.place_item(job)]
        try:
            # The same event was delivered twice, or again after its planner died.
            write_or_try_later([put(self.table, item, NEW) for item in opened])
        except Cancelled:
            return self.get(job.import_id) or job
        return job

    def imported_as(self, sha256: str, now: datetime) -> str | None:
        """Return the id of the import with the same bytes."""
        item = read_one(self.table, keys.imported_file(sha256))
        if item is None or int(item["expires_at"]["N"]) <= now.timestamp():
            return None
        return item["import_id"]["S"]

    def begin(self, job: Job, sha256: str | None, over: str | None) -> None:
        """Write that a job was planned, and note the digest of its bytes."""
        writes = [self._begun(job)]
        if sha256:
            writes.append(self._note(job, sha256, over))
        try:
            write_or_try_later(writes)
        except Cancelled as cancelled:
            raise Conflict from cancelled

    def _begun(self, job: Job) -> Write:
        assert job.layout, "a job begins with a plan"  # noqa: S101
        sets: Item = {
            "status": {"S": job.status.value},
            "layout": import_items.layout_value(job.layout),
            "rows": {"N": str(job.rows)},
            "chunks": {"N": str(job.chunks)},
            "progressed_at": {"S": job.progressed_at.isoformat()},
        }
        key = keys.import_job(job.import_id)
        # Two concurrent deliveries of an event: one of the two planners begins the job.
        return update(self.table, key, sets, "#status = :planning", _PLANNING)

    def _note(self, job: Job, sha256: str, over: str | None) -> Write:
        expires_at = job.started_at + min(self.remember_bytes, KEPT)
        item: Item = {
            **keys.imported_file(sha256),
            "entity": {"S": "imported_file"},
            "import_id": {"S": job.import_id},
            "expires_at": {"N": epoch(expires_at)},
        }
        # The same bytes under two names at once: the note of the first stands, and the
        # second reads again. A note that was read is replaced if it has expired, or if its
        # job is dead or gone; a third job may have done so first.
        values: Item = {
            ":over": {"S": over or job.import_id},
            ":now": {"N": epoch(job.progressed_at)},
        }
        return put(self.table, item, f"{FREE} OR import_id = :over", values)

    def leave_off(self, job: Job, number: int, planned_bytes: int, now: datetime) -> None:
        """Write that a planner ran out of time at a checkpoint."""
        client = clients.dynamodb()
        sets: Item = {
            "checkpoints": {"N": str(number)},
            "planned_bytes": {"N": str(planned_bytes)},
            "progressed_at": {"S": now.isoformat()},
            "left_by": {"S": uuid4().hex},
        }
        left_off = update(
            self.table,
            keys.import_job(job.import_id),
            sets,
            # Two concurrent deliveries of an event: one of the two planners continues from
            # here. Botocore retries after a lost answer: then this same call has written it.
            "handed_out = :false AND (checkpoints = :before OR left_by = :left_by)",
            {":before": {"N": str(number - 1)}, ":false": {"BOOL": False}},
        )
        try:
            client.update_item(**left_off["Update"])
        except client.exceptions.ConditionalCheckFailedException as error:
            raise Conflict from error

    def hand_out(self, import_id: str) -> None:
        """Write that all chunks of a job are in the queue."""
        key = keys.import_job(import_id)
        handed_out = update(self.table, key, {"handed_out": {"BOOL": True}})
        clients.dynamodb().update_item(**handed_out["Update"])

    def result(self, import_id: str, number: int) -> ChunkResult | None:
        """Return the result of a chunk, if it is done."""
        item = read_one(self.table, keys.import_chunk(import_id, number))
        return import_items.result_of(item) if item else None

    def results(self, import_id: str) -> Iterator[ChunkResult]:
        """Return the results of all chunks, in their order, one after the other."""
        return self._results(import_id)

    def complete(self, result: ChunkResult, job: Job, now: datetime) -> bool:
        """Write a chunk's result and add it to its job, unless that was done before."""
        # The same chunk was delivered twice: count it once.
        done = put(self.table, import_items.result_item(result, job), NEW)
        try:
            write_or_try_later([done, self._counted(result, now)])
        except Cancelled:
            return False
        return True

    def _counted(self, result: ChunkResult, now: datetime) -> Write:
        sums: Item = {
            "chunks_done": {"N": "1"},
            **{name: {"N": str(getattr(result.counts, name))} for name in import_items.COUNTS},
        }
        key = keys.import_job(result.chunk.import_id)
        return update(self.table, key, {"progressed_at": {"S": now.isoformat()}}, adds=sums)

    def end(self, job: Job) -> None:
        """Write that a job has ended, unless it ended before, or is working and ends early."""
        client = clients.dynamodb()
        before = JobStatus.WORKING if job.status is JobStatus.CLOSED else JobStatus.PLANNING
        sets: Item = {
            "status": {"S": job.status.value},
            "closed_at": {"S": (job.closed_at or job.started_at).isoformat()},
        }
        if job.reason:
            sets["reason"] = {"S": job.reason}
        was: Item = {":before": {"S": before.value}}
        ended = update(self.table, keys.import_job(job.import_id), sets, "#status = :before", was)
        # Two workers finished the last two chunks at once, and both close the job. Or one of two
        # planners for a file ends it early although the other has begun it: then it is working.
        with suppress(client.exceptions.ConditionalCheckFailedException):
            client.update_item(**ended["Update"])
