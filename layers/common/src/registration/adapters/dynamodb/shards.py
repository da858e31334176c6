"""Several sorted partitions, read as one list page by page.

A list whose partition key were its name would be a hot partition: DynamoDB accepts 1,000 writes a
second in one. It splits a partition that is hot for long, but not between keys that only grow, as
times do. So such a list is spread over some partitions, its shards, and reading merges them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
https://aws.amazon.com/blogs/database/part-3-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance/
"""

import zlib
from collections.abc import Iterable
from functools import partial
from itertools import chain, islice
from typing import Any

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.reading import items_of_pages
from registration.adapters.dynamodb.together import together


def shard_of(entry_id: str, shards: int) -> int:
    """Return the shard of an entry, always the same one."""
    return zlib.crc32(entry_id.encode()) % shards


def newest_of(
    table: str, partitions: Iterable[str], limit: int, before: str | None = None, prefix: str = ""
) -> tuple[list[ReadItem], str | None]:
    """Return the items with the greatest sort keys, and the cursor of the next, if there are more.

    All partitions are read at once, and each as far as if the page were in it alone: up to 4 KB
    cost the same.

    Parameters
    ----------
    before
        The sort key that the page begins after. There need not be such an item.
    prefix
        What the sort keys begin with.
    """
    reads = [partial(_newest, table, pk, limit + 1, before, prefix) for pk in partitions]
    found = sorted(chain(*together(reads)), key=sort_key, reverse=True)
    return found[:limit], sort_key(found[limit - 1]) if len(found) > limit else None


def sort_key(item: ReadItem) -> str:
    """Return the sort key of an item."""
    return str(item["SK"]["S"])


def _newest(table: str, pk: str, limit: int, before: str | None, prefix: str) -> list[ReadItem]:
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ScanIndexForward": False,
        "Limit": limit,
    }
    if prefix:
        request["KeyConditionExpression"] += " AND begins_with(SK, :prefix)"
        request["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
    if before:
        request["ExclusiveStartKey"] = keys.at(pk, before)
    # A second page only if the items exceed 1 MB.
    return list(islice(items_of_pages(clients.dynamodb().query, **request), limit))
