"""The events that an import gets: files that were dropped, messages, and the schedule's."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from registration.adapters.imports.items import chunk_of, plan_on_of
from registration.domain.imports.jobs import REPORTS, Chunk, Upload
from registration.frozen import dataclass


class Ignored(StrEnum):
    """Why nothing is done about an object in the bucket."""

    REPORT = "report"
    FOLDER = "folder"


def uploads_in(event: dict[str, Any]) -> Iterator[Upload | Ignored]:
    """Return the files that an S3 event tells of.

    Keys are URL-encoded there. The version pins what is read: a file that is replaced
    while it is imported is another import. S3's test event tells of none. What consoles
    show as a folder is an object with nothing in it.
    """
    for record in event.get("Records", []):
        entity = record["s3"]
        key = unquote_plus(entity["object"]["key"])
        if key.startswith(REPORTS):
            yield Ignored.REPORT
        elif key.endswith("/") and not entity["object"].get("size"):
            yield Ignored.FOLDER
        else:
            yield Upload(entity["bucket"]["name"], key, entity["object"]["versionId"])


@dataclass(frozen=True)
class PlanOn:
    """A planner ran out of time: go on with its import."""

    import_id: str


def work_in(record: dict[str, Any]) -> Chunk | PlanOn | list[Upload | Ignored]:
    """Return what a message asks for.

    Files are those of an S3 event that failed each time, which somebody moved here from the
    failure queue: so all that is there can be moved back alike.
    """
    body = record["body"]
    if import_id := plan_on_of(body):
        return PlanOn(import_id)
    if failed := json.loads(body).get("requestPayload"):
        return list(uploads_in(failed))
    return chunk_of(body)


def times_received(record: dict[str, Any]) -> int:
    """How often a message has come, this time included; once, if nobody says."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def is_from_queue(event: dict[str, Any]) -> bool:
    """Whether an event brings messages from SQS."""
    return any(record.get("eventSource") == "aws:sqs" for record in event.get("Records", []))


def is_watch(event: dict[str, Any]) -> bool:
    """Whether an event is the schedule's, to look after what has stalled."""
    return event.get("watch") == "imports"
