"""The events that an import gets: files that were dropped, chunks to work on."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from registration.domain.imports import REPORTS, Upload


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


def is_from_queue(event: dict[str, Any]) -> bool:
    """Whether an event brings messages from SQS."""
    return any(record.get("eventSource") == "aws:sqs" for record in event.get("Records", []))
