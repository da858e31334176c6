"""The events that an import gets: files that were dropped, chunks to work on."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from registration.adapters.import_items import chunk_of, plan_on_of
from registration.domain.imports import REPORTS, Chunk, Upload


class Ignored(StrEnum):
    """Why nothing is done about an object in the bucket."""

    REPORT = "report"
    FOLDER = "folder"


def uploads_in(event: dict[str, Any]) -> Iterator[Upload | Ignored]:
    """Return the files that an S3 event tells of.

    Keys are URL-encoded there. The version pins what is read: a file that is replaced
    while it is imported is another import. S3's test event tells of none.
    """
    for record in event.get("Records", []):
        entity = record["s3"]
        key = unquote_plus(entity["object"]["key"])
        if key.startswith(REPORTS):
            yield Ignored.REPORT
        elif key.endswith("/"):
            yield Ignored.FOLDER
        else:
            yield Upload(entity["bucket"]["name"], key, entity["object"]["versionId"])


def work_in(record: dict[str, Any]) -> "Chunk | str | list[Upload | Ignored]":
    """Return what a message asks for.

    Returns
    -------
    Chunk, str or list
        A chunk to work on; the id of an import to plan on; or files to plan, of an S3 event
        that failed each time and that somebody moved here from the failure queue.
    """
    body = record["body"]
    if import_id := plan_on_of(body):
        return import_id
    failed = json.loads(body)
    if "requestPayload" in failed:
        return list(uploads_in(failed["requestPayload"]))
    return chunk_of(body)


def is_from_queue(event: dict[str, Any]) -> bool:
    """Whether an event brings messages from SQS."""
    return any(record.get("eventSource") == "aws:sqs" for record in event.get("Records", []))
