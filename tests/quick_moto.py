"""moto without what makes it slow: the tests' answers stay the same, and come sooner.

- Before each operation of a transaction moto copies the whole table, with every record of its
  stream, to have it back if the transaction is cancelled: a transaction of 99 items on a table of a
  thousand copies a hundred thousand items. Here the copy shares the items, and what changes an item
  changes a copy of it; a cancelled transaction still leaves nothing behind.
- For each field of each answer moto works out anew under which names a value may stand.
- What a stack has at first is made by some twenty calls, for each test anew. A :class:`Snapshot`
  puts it back.
"""

import copy
import copyreg
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from threading import Condition
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

_Names = Callable[[XFormedAttributePicker, AttributePickerContext], Iterator[str]]


def hasten() -> None:
    """Make moto quick for as long as the process lives."""
    table: Any = Table
    table.__deepcopy__ = _copy_of_table
    backend: Any = DynamoDBBackend
    backend.update_item = _updating_a_copy(backend.update_item)
    picker: Any = XFormedAttributePicker
    picker.get_possible_keys = _remembering(picker.get_possible_keys)
    # Queues have conditions to wait for, and a copy of a queue has its own.
    copyreg.pickle(Condition, lambda _: (Condition, ()))


class Snapshot:
    """What is in some of moto's services in a region, to be put there again."""

    def __init__(self, services: tuple[str, ...], region: str) -> None:
        self._services, self._region = services, region
        self._content = {name: self._copy(vars(self._backend(name)), name) for name in services}

    def put_back(self) -> None:
        """Put it into the services, in which there may be nothing yet."""
        assert not self._backend("dynamodb").tables, "there is a stack already"
        for name in self._services:
            vars(self._backend(name)).update(self._copy(self._content[name], name))

    def _copy(self, content: dict[str, Any], name: str) -> dict[str, Any]:
        backend = self._backend(name)
        # What refers to its service refers to the one that there is.
        return copy.deepcopy(content, {id(backend): backend})

    def _backend(self, name: str) -> Any:
        region = "aws" if name == "s3" else self._region
        return get_backend(name)[DEFAULT_ACCOUNT_ID][region]  # type: ignore[call-overload]


def _remembering(possible_keys: _Names) -> _Names:
    @wraps(possible_keys)
    def of(picker: XFormedAttributePicker, context: AttributePickerContext) -> Iterator[str]:
        if type(context.obj) is not dict or context.shape is None:
            return possible_keys(picker, context)
        # Of a dictionary they follow from the shape alone.
        known = vars(context.shape).setdefault("_names_in_dictionaries", {})
        if context.key not in known:
            known[context.key] = tuple(dict.fromkeys(possible_keys(picker, context)))
        return iter(known[context.key])

    return of


def _copy_of_table(table: Any, _memo: dict[int, Any]) -> Any:
    copied = copy.copy(table)
    copied.items = defaultdict(dict)
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
