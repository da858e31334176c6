"""Makes moto faster without changing its answers.

- Before each operation of a transaction moto copies the whole table, with every record of its
  stream, to have it back if the transaction is cancelled: a transaction of 99 items on a table of a
  thousand copies a hundred thousand items. Here the copy shares the items, and what changes an item
  changes a copy of it; a cancelled transaction still leaves nothing behind.
- For each field of each answer moto works out anew under which names a value may stand, and for
  each attribute of an item it looks for all ten types.
- For each call moto asks a class anew which methods it has, and botocore puts the sentence together
  in which it introduces itself, and signs the request, which moto does not check: a quarter of the
  time. (Requests to S3 are signed.)
- For each start moto prepares a thousand patterns for the library `requests`, which nothing here
  uses.
- What a stack has at first is made by some twenty calls, for each test anew. A :class:`Snapshot`
  puts it back.
- Polling what has nothing to give takes five calls. :func:`has_records`, :func:`has_objects` and
  :func:`has_messages` take none.
"""

import copy
import copyreg
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, wraps
from threading import Condition
from typing import Any

import moto.core.models
import moto.core.responses
import moto.utilities.aws_headers
from botocore.auth import SigV4Auth
from botocore.useragent import UserAgentString
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import AttributePickerContext, JSONSerializer, XFormedAttributePicker
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

_REQUEST = "REQUEST".ljust(52, "0")
_Names = Callable[[XFormedAttributePicker, AttributePickerContext], Iterator[str]]


def hasten() -> None:
    """Make moto fast as long as the process lives."""
    table: Any = Table
    table.__deepcopy__ = _copy_of_table
    backend: Any = DynamoDBBackend
    backend.update_item = _updating_a_copy(backend.update_item)
    picker: Any = XFormedAttributePicker
    picker.get_possible_keys = _remembering(picker.get_possible_keys)
    serializer: Any = JSONSerializer
    serializer._serialize_type_structure = _at_once(serializer._serialize_type_structure)
    moto.core.models.RESPONSES_METHODS.clear()
    responses: Any = moto.core.responses
    responses.method_names_from_class = cache(responses.method_names_from_class)
    moto.utilities.aws_headers.gen_amzn_requestid_long = _named
    user_agent: Any = UserAgentString
    user_agent.to_string = lambda _: "tests"
    signing: Any = SigV4Auth
    signing.add_auth = _naming_the_caller(signing.add_auth)
    # Queues contain threading conditions, and a copy of a queue has its own.
    copyreg.pickle(Condition, lambda _: (Condition, ()))


def has_records(stream_arn: str, after: str | None) -> bool:
    """Whether a table's stream has records, after a sequence number if given."""
    _, _, _, region, _, path = stream_arn.split(":", 5)
    shard = _backend("dynamodb", region).tables[path.split("/")[1]].stream_shard
    seen = 0 if after is None else int(after) + 1 - shard.starting_sequence_number
    return len(shard.items) > seen


def has_objects(bucket: str) -> bool:
    """Whether a bucket has an object, in any version."""
    return bool(_backend("s3", "aws").buckets[bucket].keys)


def has_messages(queue_arn: str) -> bool:
    """Whether a queue has messages, visible or not."""
    _, _, _, region, _, name = queue_arn.split(":")
    return bool(_backend("sqs", region).queues[name]._messages)


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


def _backend(service: str, region: str) -> Any:
    return get_backend(service)[DEFAULT_ACCOUNT_ID][region]  # type: ignore[call-overload]


def _remembering(possible_keys: _Names) -> _Names:
    @wraps(possible_keys)
    def of(picker: XFormedAttributePicker, context: AttributePickerContext) -> Iterator[str]:
        if type(context.obj) is not dict or context.shape is None:
            return possible_keys(picker, context)
        # For a dictionary they depend only on the shape.
        known = vars(context.shape).setdefault("_names_in_dictionaries", {})
        if context.key not in known:
            known[context.key] = tuple(dict.fromkeys(possible_keys(picker, context)))
        return iter(known[context.key])

    return of


def _named(headerdict: dict[str, Any] | None = None) -> str:
    # moto draws each of its 52 letters.
    if headerdict is not None:
        headerdict["x-amzn-requestid"] = _REQUEST
    return _REQUEST


def _naming_the_caller(sign: Callable[..., None]) -> Callable[..., None]:
    @wraps(sign)
    def add_auth(auth: Any, request: Any) -> None:
        # S3 needs what signing adds to a request, and tests look at signed addresses and forms.
        if auth.__class__.__name__ != SigV4Auth.__name__:
            sign(auth, request)
            return
        del request.headers["Authorization"]
        scope = f"20260101/{auth._region_name}/{auth._service_name}/aws4_request"
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={auth.credentials.access_key}/{scope}, "
            "SignedHeaders=host, Signature=none"
        )

    return add_auth


# The types of attributes whose values are the same in an answer as in the table.
_PLAIN = {"S", "N", "BOOL", "NULL", "SS", "NS"}


def _at_once(serialize: Callable[..., None]) -> Callable[..., None]:
    @wraps(serialize)
    def structure(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if (
            shape.name == "AttributeValue"
            and key
            and type(value) is dict
            and value.keys() <= _PLAIN
        ):
            serialized[key] = value
        else:
            serialize(serializer, serialized, value, shape, key)

    return structure


def _copy_of_table(table: Any, _memo: dict[int, Any]) -> Any:
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
