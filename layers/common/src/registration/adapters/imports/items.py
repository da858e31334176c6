"""Jobs, chunks and batches of imports as DynamoDB items and as messages, and back."""

import json
import zlib
from datetime import datetime
from typing import Any

from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import Item, ReadItem, epoch, text
from registration.domain.imports.jobs import (
    KEPT,
    Chunk,
    ChunkResult,
    Counts,
    Duplicate,
    ImportOutcome,
    Job,
    JobStatus,
    Layout,
    RowOutcome,
    Upload,
)

COUNTS = tuple(outcome.value for outcome in ImportOutcome)
_NUMBERS = ("rows_per_chunk", "rows", "chunks", "chunks_done", *COUNTS)
_PLAN_ON = "plan_on"
_LATER_NUMBERS = ("checkpoints", "planned_bytes")


def job_item(job: Job) -> Item:
    """Return the item of a job."""
    item: Item = {
        **keys.import_job(job.import_id),
        "entity": {"S": "import_job"},
        "status": {"S": job.status.value},
        "bucket": {"S": job.upload.bucket},
        "key": {"S": job.upload.key},
        "version_id": {"S": job.upload.version_id},
        "dry_run": {"BOOL": job.dry_run},
        "handed_out": {"BOOL": job.handed_out},
        "rows_per_chunk": {"N": str(job.rows_per_chunk)},
        "rows": {"N": str(job.rows)},
        "chunks": {"N": str(job.chunks)},
        "chunks_done": {"N": str(job.chunks_done)},
        "checkpoints": {"N": str(job.checkpoints)},
        "planned_bytes": {"N": str(job.planned_bytes)},
        **{name: {"N": str(getattr(job.counts, name))} for name in COUNTS},
        "started_at": {"S": job.started_at.isoformat()},
        "progressed_at": {"S": job.progressed_at.isoformat()},
        "expires_at": {"N": epoch(job.started_at + KEPT)},
    }
    if job.layout:
        item["layout"] = layout_value(job.layout)
    if job.reason:
        item["reason"] = {"S": job.reason}
    if job.closed_at:
        item["closed_at"] = {"S": job.closed_at.isoformat()}
    return item


def place_item(job: Job) -> Item:
    """Return the entry of a job in the list of all jobs."""
    return {
        **keys.import_place(job.import_id, job.place),
        "entity": {"S": "import_place"},
        "import_id": {"S": job.import_id},
        "expires_at": {"N": epoch(job.started_at + KEPT)},
    }


def job_of(item: ReadItem) -> Job:
    """Return the job in an item."""
    number = {name: int(item[name]["N"]) for name in _NUMBERS}
    later = {name: int(item[name]["N"]) for name in _LATER_NUMBERS if name in item}
    closed_at = text(item, "closed_at")
    return Job(
        import_id=item["PK"]["S"].partition("#")[2],
        upload=Upload(item["bucket"]["S"], item["key"]["S"], item["version_id"]["S"]),
        status=JobStatus(item["status"]["S"]),
        dry_run=item["dry_run"]["BOOL"],
        started_at=datetime.fromisoformat(item["started_at"]["S"]),
        progressed_at=datetime.fromisoformat(item["progressed_at"]["S"]),
        rows_per_chunk=number["rows_per_chunk"],
        layout=_layout_of(item["layout"]["M"]) if "layout" in item else None,
        rows=number["rows"],
        chunks=number["chunks"],
        handed_out=item["handed_out"]["BOOL"],
        chunks_done=number["chunks_done"],
        counts=Counts(**{name: number[name] for name in COUNTS}),
        **later,
        reason=text(item, "reason"),
        closed_at=datetime.fromisoformat(closed_at) if closed_at else None,
    )


def layout_value(layout: Layout) -> Any:
    """Return the layout of a file as a map."""
    return {
        "M": {
            "encoding": {"S": layout.encoding},
            "delimiter": {"S": layout.delimiter},
            "columns": {"L": [{"S": name} for name in layout.columns]},
            "taken": {"L": [{"S": each} for each in layout.taken]},
        }
    }


def _layout_of(value: ReadItem) -> Layout:
    columns = tuple(name["S"] for name in value["columns"]["L"])
    taken = tuple(each["S"] for each in value["taken"]["L"]) if "taken" in value else ()
    return Layout(value["encoding"]["S"], value["delimiter"]["S"], columns, taken)


def result_item(result: ChunkResult, job: Job) -> Item:
    """Return the item of a chunk's result: counts, and lines with reasons, but no contents."""
    chunk = result.chunk
    rows = [[row.line, row.outcome.value, row.column, row.reason] for row in result.not_created]
    return {
        **keys.import_chunk(chunk.import_id, chunk.number),
        "entity": {"S": "import_chunk"},
        "number": {"N": str(chunk.number)},
        "line": {"N": str(chunk.line)},
        "start": {"N": str(chunk.start)},
        "end": {"N": str(chunk.end)},
        "rows": {"N": str(chunk.rows)},
        **{name: {"N": str(getattr(result.counts, name))} for name in COUNTS},
        "not_created": {"B": zlib.compress(json.dumps(rows).encode())},
        "expires_at": {"N": epoch(job.started_at + KEPT)},
    }


def result_of(item: ReadItem) -> ChunkResult:
    """Return the result of a chunk in an item."""
    names = ("number", "line", "start", "end", "rows", *COUNTS)
    number = {name: int(item[name]["N"]) for name in names}
    chunk = Chunk(
        import_id=item["PK"]["S"].partition("#")[2],
        number=number["number"],
        line=number["line"],
        start=number["start"],
        end=number["end"],
        rows=number["rows"],
    )
    rows = json.loads(zlib.decompress(bytes(item["not_created"]["B"])))
    return ChunkResult(
        chunk,
        Counts(**{name: number[name] for name in COUNTS}),
        tuple(RowOutcome(line, ImportOutcome(outcome), *rest) for line, outcome, *rest in rows),
    )


def plan_on_message(import_id: str) -> str:
    """Return the message that requests to continue planning a file."""
    return json.dumps({_PLAN_ON: import_id})


def plan_on_of(message: str) -> str | None:
    """Return the import that a message requests to continue planning, if it does."""
    import_id: str | None = json.loads(message).get(_PLAN_ON)
    return import_id


def message_of(chunk: Chunk) -> str:
    """Return the message for a chunk."""
    content = {**vars(chunk), "duplicates": [list(each) for each in chunk.duplicates]}
    return json.dumps(content, separators=(",", ":"))


def chunk_of(message: str) -> Chunk:
    """Return the chunk in a message."""
    content = json.loads(message)
    return Chunk(**{**content, "duplicates": tuple(Duplicate(*d) for d in content["duplicates"])})
