"""Several sorted partitions, read as one list page by page.

A status or the first letters of a name alone would be a hot partition key: DynamoDB
accepts 1,000 writes a second per partition. So such a list is spread over some
partitions, its shards, and reading merges them.
"""

import zlib
from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import ReadItem
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

Keep = Callable[[ReadItem], bool]


def shard_of(entry_id: str, shards: int) -> int:
    """Return the shard of an entry, always the same one."""
    return zlib.crc32(entry_id.encode()) % shards


def all_of_them(_: ReadItem) -> bool:
    """Keep each item."""
    return True


@dataclass(frozen=True)
class Shards:
    """Partitions of a table that form one list, in the order of their sort keys."""

    table: str
    partitions: tuple[str, ...]
    most_reads: int = 64
    newest_first: bool = False

    def page(
        self,
        limit: int,
        after: str | None = None,
        *,
        prefix: str = "",
        keep: Keep = all_of_them,
    ) -> tuple[list[ReadItem], str | None]:
        """Return the next items whose sort key has a prefix, and the cursor, if there are more.

        If the filter keeps few items, a page may be short after ``most_reads``: then it has
        a cursor, unless it is the last one.
        """
        shards = [_Shard(self, pk, prefix, limit, after) for pk in self.partitions]
        for shard in shards:
            shard.read(keep)
        reads = len(shards)
        while True:
            found, lagging = self._merged(shards)
            if len(found) > limit:
                return found[:limit], _sort_key(found[limit - 1])
            if lagging is None:
                return found, None
            if reads >= self.most_reads:
                return found, lagging.read_to
            lagging.read(keep)
            reads += 1

    def _merged(self, shards: "list[_Shard]") -> "tuple[list[ReadItem], _Shard | None]":
        """Return the items that are certainly next, and the shard that was read least far.

        ::

            shard 0  ──■──■────■──▶ read to here
            shard 1  ■────■▶ read to here: its next item is unknown,
            shard 2  ────■──■──▶         so nothing after this point is certain
        """
        found = sorted(
            (item for shard in shards for item in shard.found),
            key=_sort_key,
            reverse=self.newest_first,
        )
        unfinished = {shard.read_to: shard for shard in shards if shard.read_to is not None}
        if not unfinished:
            return found, None
        least = max(unfinished) if self.newest_first else min(unfinished)
        return [
            item
            for item in found
            if _sort_key(item) == least or (_sort_key(item) > least) is self.newest_first
        ], unfinished[least]


@dataclass
class _Shard:
    """A partition, and how far it was read. ``read_to`` is ``None`` at its end."""

    shards: Shards
    partition: str
    prefix: str
    limit: int
    read_to: str | None
    found: list[ReadItem] = field(default_factory=list)

    def read(self, keep: Keep) -> None:
        """Read the next items, more each time."""
        answer = clients.dynamodb().query(**self._request())
        self.found += filter(keep, answer["Items"])
        last = answer.get("LastEvaluatedKey")
        self.read_to = _sort_key(last) if last else None
        self.limit *= 2

    def _request(self) -> "QueryInputTypeDef":
        values: dict[str, AttributeValueTypeDef] = {":pk": {"S": self.partition}}
        condition = "PK = :pk"
        if self.prefix:
            condition += " AND begins_with(SK, :prefix)"
            values[":prefix"] = {"S": self.prefix}
        request: QueryInputTypeDef = {
            "TableName": self.shards.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not self.shards.newest_first,
            # Entries spread evenly: one of 8 shards rarely has 8 of a page of 25.
            "Limit": self.limit // 4 + 2,
        }
        if self.read_to:
            # The item need not exist: this is only the position to start from.
            request["ExclusiveStartKey"] = keys.at(self.partition, self.read_to)
        return request


def _sort_key(item: ReadItem) -> str:
    return str(item["SK"]["S"])
