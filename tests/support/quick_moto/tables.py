"""Copies of tables, and the sizes of items."""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize

from tests.support.quick_moto.changes import Change

# Far below DynamoDB's 400 KB.
_SURELY_SMALL = 100_000


def changes() -> Iterator[Change]:
    """Return what makes tables and items fast."""
    yield Change(Table, "__deepcopy__", _copy_of_table)
    yield Change(DynamoDBBackend, "update_item", _updating_a_copy(DynamoDBBackend.update_item))
    yield Change(LimitedSizeDict, "__setitem__", _adding(LimitedSizeDict.__setitem__))


def _copy_of_table(table: Any, _memo: dict[int, Any]) -> Any:
    """Return a copy that shares the items: what changes one changes a copy of it."""
    copied = copy.copy(table)
    copied.items = defaultdict(dict)
    for key, found in table.items.items():
        # With a range key there are several items per hash key.
        copied.items[key] = copy.copy(found) if isinstance(found, dict) else found
    if table.stream_shard is not None:
        copied.stream_shard = copy.copy(table.stream_shard)
        copied.stream_shard.items = list(table.stream_shard.items)
        copied.stream_shard.table = copied
    return copied


def _updating_a_copy(update: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(update)
    def update_item(backend: Any, table_name: str, key: Any, **more: Any) -> Any:
        table = backend.get_table(table_name)
        hash_value, range_value = backend.get_keys_value(table, key)
        if (item := table.get_item(hash_value, range_value)) is not None:
            if table.range_key_attr is None:
                table.items[hash_value] = copy.deepcopy(item)
            else:
                table.items[hash_value][range_value] = copy.deepcopy(item)
        return update(backend, table_name, key, **more)

    return update_item


def _adding(add: Callable[..., None]) -> Callable[..., None]:
    """Add an attribute, and the sizes of all only where they may be too large."""

    @wraps(add)
    def set_item(attributes: Any, key: str, value: Any) -> None:
        if "added" not in vars(attributes):
            attributes.added = sum(map(_size, attributes)) + sum(map(_size, attributes.values()))
        # It counts what was replaced as well, and is never too small.
        attributes.added += bytesize(key) + _size(value)
        if attributes.added < _SURELY_SMALL:
            dict.__setitem__(attributes, key, value)
        else:
            add(attributes, key, value)

    return set_item


def _size(value: Any) -> int:
    size: int = value.size() if type(value) is DynamoType else bytesize(str(value))
    return size
