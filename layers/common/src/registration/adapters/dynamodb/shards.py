"""Several sorted partitions read as one list, page by page.

A bare status or the first letters of a name as a partition key would be a hot
partition: DynamoDB takes 1,000 writes a second in one. So such a list stands in some
partitions, its shards, which reading puts together again.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import ReadItem

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

Keep = Callable[[ReadItem], bool]


def shard_of(entry_id: str, shards: int) -> int:
    """Return the shard of an entry: the same one each time."""
    return zlib.crc32(entry_id.encode()) % shards


def all_of_them(_: ReadItem) -> bool:
    """Let each item in."""
    return True


@dataclass(frozen=True)
class Shards:
    """Partitions of a table that are one list, in the order of their sort keys."""

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
        """Return the next items whose sort key has a prefix, and where to go on, if at all.

        Where few items are kept, the page may have less than there is after
        ``most_reads``: it is full, or the last, or says where to go on.
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
        """Return what is surely next, and the shard that has been read least far.

        ::

            shard 0  ──■──■────■──▶ read to here
            shard 1  ■────■▶ read to here: what comes next in it is not known,
            shard 2  ────■──■──▶         and so nothing beyond is surely next
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
    """How far a partition is read. ``read_to`` is ``None`` at its end."""

    shards: Shards
    partition: str
    prefix: str
    limit: int
    read_to: str | None
    found: list[ReadItem] = field(default_factory=list)

    def read(self, keep: Keep) -> None:
        """Read on, more each time."""
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
            # Entries spread evenly: of a page of 25, a shard of 8 hardly ever has 8.
            "Limit": self.limit // 4 + 2,
        }
        if self.read_to:
            # Need not be there: it is where to begin, whatever stands there.
            request["ExclusiveStartKey"] = keys.at(self.partition, self.read_to)
        return request


def _sort_key(item: ReadItem) -> str:
    return str(item["SK"]["S"])
