"""Chronological lists, newest first, in the table ``customers``."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import Item, ReadItem
from registration.adapters.dynamodb.shards import newest_of, shard_of
from registration.domain.errors import PageUnknown
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_CURSOR = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00#[!-~]{1,128}")


@dataclass(frozen=True)
class DynamoDBTimeline:
    """Entries of one kind, each with a time and an id, spread over some shards."""

    table: str
    name: str
    shards: int = 8

    def key(self, at: datetime, entry_id: str) -> keys.Key:
        """Return the key of an entry."""
        time = at.astimezone(UTC).isoformat(timespec="microseconds")
        return keys.timeline_entry(self.name, shard_of(entry_id, self.shards), time, entry_id)

    def item(
        self, at: datetime, entry_id: str, attributes: "Mapping[str, AttributeValueTypeDef]"
    ) -> Item:
        """Return the item of an entry. Its attributes name its ``entity``."""
        return {**self.key(at, entry_id), **attributes}

    def newest(self, limit: int, before: str | None = None) -> tuple[list[ReadItem], str | None]:
        """Return the newest entries, and the cursor of the older ones, if there are any.

        Raises
        ------
        PageUnknown
            ``before`` is not a cursor of this list.
        """
        check_cursor(before)
        return newest_of(self.table, self.partitions, limit, before)

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partition keys of the shards."""
        return tuple(keys.timeline_partition(self.name, shard) for shard in range(self.shards))


def check_cursor(cursor: str | None) -> None:
    """Check that a text from a client has the form of a timeline's cursor.

    Raises
    ------
    PageUnknown
    """
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise PageUnknown
