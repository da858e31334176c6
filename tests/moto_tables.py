"""moto's transactions, without its copies.

Before each operation of a transaction moto copies the whole table, with every record of its stream,
to have it back if the transaction is cancelled: a transaction of 99 items on a table of a thousand
copies a hundred thousand items. Here the copy shares the items, and what changes an item changes a
copy of it; so a cancelled transaction still leaves nothing behind, at no cost that grows.
"""

import copy
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table


def share_items() -> None:
    """Let the copies of all tables share their items from now on."""
    Table.__deepcopy__ = _copy_of_table  # type: ignore[attr-defined]
    DynamoDBBackend.update_item = _updating_a_copy(  # type: ignore[method-assign]
        DynamoDBBackend.update_item
    )


def _copy_of_table(table: Table, _memo: dict[int, Any]) -> Table:
    copied = copy.copy(table)
    copied.items = defaultdict(dict)  # type: ignore[var-annotated]
    for key, found in table.items.items():
        # With a range key there are several items to a hash key.
        copied.items[key] = copy.copy(found) if isinstance(found, dict) else found
    if table.stream_shard is not None:
        copied.stream_shard = copy.copy(table.stream_shard)
        copied.stream_shard.items = list(table.stream_shard.items)
        copied.stream_shard.table = copied
    return copied


def _updating_a_copy(update: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(update)
    def update_item(backend: DynamoDBBackend, table_name: str, key: Any, **more: Any) -> Any:
        table = backend.get_table(table_name)
        hash_value, range_value = backend.get_keys_value(table, key)
        if (item := table.get_item(hash_value, range_value)) is not None:
            if table.range_key_attr is None:
                table.items[hash_value] = copy.deepcopy(item)
            else:
                table.items[hash_value][range_value] = copy.deepcopy(item)
        return update(backend, table_name, key, **more)

    return update_item
