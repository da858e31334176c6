"""The state of moto: to be put back, and looked at without a call."""

import copy
import copyreg
import sys
from base64 import b64decode
from collections.abc import Container
from datetime import UTC
from threading import Condition
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

# Queues contain threading conditions, and a copy of a queue has its own.
copyreg.pickle(Condition, lambda _: (Condition, ()))


class Snapshot:
    """The state of some of moto's services in a region, to be restored."""

    def __init__(self, services: tuple[str, ...], region: str) -> None:
        self._services, self._region = services, region
        self._content = {name: self._copy(vars(self._backend(name)), name) for name in services}

    def put_back(self) -> None:
        """Restore the state in the services, which have to be empty."""
        assert not self._backend("dynamodb").tables, "there is a stack already"
        for name in self._services:
            vars(self._backend(name)).update(self._copy(self._content[name], name))

    def _copy(self, content: dict[str, Any], name: str) -> dict[str, Any]:
        backend = self._backend(name)
        # References to the service point to the existing one.
        return copy.deepcopy(content, {id(backend): backend})

    def _backend(self, name: str) -> Any:
        return _backend(name, "aws" if name == "s3" else self._region)


def records_after(stream_arn: str, after: str | None) -> list[Any]:
    """Return the records of a table's stream, after a sequence number if given.

    They are those that GetRecords returns, and copies.
    """
    _, _, _, region, _, path = stream_arn.split(":", 5)
    shard = _backend("dynamodb", region).tables[path.split("/")[1]].stream_shard
    first = shard.starting_sequence_number if after is None else int(after) + 1
    return [_as_botocore_has_it(record) for record in shard.get(first, sys.maxsize)]


def _as_botocore_has_it(record: dict[str, Any]) -> Any:
    content = _with_bytes(record["dynamodb"])
    at = content["ApproximateCreationDateTime"]
    milliseconds = at.microsecond // 1000
    at = at.replace(microsecond=1000 * milliseconds, tzinfo=UTC)
    return {**record, "dynamodb": {**content, "ApproximateCreationDateTime": at}}


def _with_bytes(value: Any) -> Any:
    """Return a copy, with bytes in the place of their base64."""
    if isinstance(value, list):
        return [_with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": b64decode(value["B"])}
    return {key: _with_bytes(each) for key, each in value.items()}


def has_new_objects(bucket: str, seen: Container[tuple[str, str]]) -> bool:
    """Whether a bucket has an object that was not seen, by its key and its version."""
    # Not those of moto's own class, which are the newest versions alone.
    versions = dict.values(_backend("s3", "aws").buckets[bucket].keys)
    return any((each.name, each.version_id) not in seen for found in versions for each in found)


def has_messages(queue_arn: str) -> bool:
    """Whether a queue has messages, visible or not."""
    _, _, _, region, _, name = queue_arn.split(":")
    return bool(_backend("sqs", region).queues[name]._messages)


def _backend(service: str, region: str) -> Any:
    return get_backend(service)[DEFAULT_ACCOUNT_ID][region]  # type: ignore[call-overload]
