"""Counts units of DynamoDB, calls and bytes logged, and measures CPU without AWS and the way there.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from unittest import mock

from moto.core.botocore_stubber import BotocoreStubber

from registration.adapters import clients
from registration.adapters.json_client import JsonClient
from registration.entrypoints.observability import logger
from tests.support.cloud import Call, Cloud
from tests.support.stack import Json

_KIB = 1024
_READ = 4096
Place = tuple[str, str]


@dataclass(frozen=True)
class Invocation:
    """One call of a function: its CPU without AWS's own work, what it printed, what it called.

    ``route`` is that of the request to the API, if it is one.
    """

    function: str
    route: str
    cpu: float
    printed: str
    calls: tuple[Call, ...]


@dataclass
class Meter:
    """Counts what a cloud's functions use.

    The units of a write are those of the larger of the item before and after it, and one more if
    the mail comes into the outbox's index, or leaves it.
    """

    cloud: Cloud
    invocations: list[Invocation] = field(default_factory=list)
    _items: dict[Place, Json] = field(default_factory=dict)
    _in_aws: float = 0

    def act(self, act: Callable[[], object]) -> "Use":
        """Return what an act uses."""
        self._items = self._stored()
        self.invocations.clear()
        with self._watching():
            act()
        return Use(tuple(self.invocations), self._items, self._stored())

    @contextmanager
    def _watching(self) -> Iterator[None]:
        invoke = self.cloud.invoke

        def measured(function: str, event: Json) -> Any:
            already, printed = len(self.cloud.calls), StringIO()
            began, self._in_aws = time.process_time(), 0
            with redirect_stdout(printed), _logging_to(printed):
                answered = invoke(function, event)
            cpu = time.process_time() - began - self._in_aws
            calls = tuple(self.cloud.calls[already:])
            route = event.get("routeKey", "")
            self.invocations.append(Invocation(function, route, cpu, printed.getvalue(), calls))
            return answered

        with (
            mock.patch.object(self.cloud, "invoke", measured),
            self._answering(JsonClient, "_send"),
            self._answering(BotocoreStubber, "process_request"),
        ):
            yield

    def _answering(self, kind: type, method: str) -> AbstractContextManager[Any]:
        """Note what a method of moto takes, which answers as AWS."""
        answer = getattr(kind, method)

        def timed(*asked: Any) -> Any:
            began = time.thread_time()
            try:
                return answer(*asked)
            finally:
                self._in_aws += time.thread_time() - began

        return mock.patch.object(kind, method, timed)

    def _stored(self) -> dict[Place, Json]:
        tables = (self.cloud.customers_table, self.cloud.outbox_table)
        return {
            _place(item): item
            for table in tables
            for item in clients.dynamodb().scan(TableName=table)["Items"]
        }


@dataclass(frozen=True)
class Use:
    """What an act uses: the calls of functions, and the items before and after it."""

    invocations: tuple[Invocation, ...]
    before: dict[Place, Json]
    after: dict[Place, Json]

    @property
    def calls(self) -> list[Call]:
        """The calls of AWS."""
        return [call for each in self.invocations for call in each.calls]

    @property
    def write_units(self) -> int:
        """The write units of DynamoDB, those of the outbox's index included."""
        return sum(map(self._written, self.calls))

    @property
    def read_units(self) -> float:
        """The read units of DynamoDB."""
        return sum(map(self._read, self.calls))

    def largest(self) -> int:
        """Return the bytes of the largest item that is new or changed."""
        changed = [item for place, item in self.after.items() if self.before.get(place) != item]
        return max(map(size, changed), default=0)

    def _written(self, call: Call) -> int:
        match call.operation:
            case "TransactWriteItems":
                writes = [each for one in call.parameters["TransactItems"] for each in one.items()]
                return sum(2 * self._units(write) + self._indexed(write) for _, write in writes)
            case "BatchWriteItem":
                ((_, requests),) = call.parameters["RequestItems"].items()
                return sum(self._units(each) for one in requests for each in one.values())
            case "PutItem" | "UpdateItem" | "DeleteItem":
                return self._units(call.parameters) + self._indexed(call.parameters)
        return 0

    def _units(self, write: Json) -> int:
        place = _place(write.get("Item") or write["Key"])
        versions = (self.before.get(place), self.after.get(place), write.get("Item"))
        return max(1, *(-(-size(item) // _KIB) for item in versions if item))

    def _indexed(self, write: Json) -> int:
        place = _place(write.get("Item") or write["Key"])
        if not place[0].startswith("MAIL#"):
            return 0
        if "Item" in write:
            return int("waiting" in write["Item"])
        is_gone = "UpdateExpression" not in write and "ConditionExpression" not in write
        return int(is_gone and "waiting" in self.before.get(place, {}))

    def _read(self, call: Call) -> float:
        match call.operation:
            case "GetItem":
                return self._of_one(call.parameters["Key"], call.parameters)
            case "BatchGetItem":
                return sum(
                    self._of_one(key, wanted)
                    for wanted in call.parameters["RequestItems"].values()
                    for key in wanted["Keys"]
                )
            case "Query" | "Scan":
                # Of what is small: as in the acts that are measured.
                return 1 if call.parameters.get("ConsistentRead") else 0.5
        return 0

    def _of_one(self, key: Json, request: Json) -> float:
        item = self.before.get(_place(key)) or self.after.get(_place(key)) or {}
        units = max(1, -(-size(item) // _READ))
        return units if request.get("ConsistentRead") else units / 2


@contextmanager
def _logging_to(stream: StringIO) -> Iterator[None]:
    # The handler has kept the standard output of its process.
    handler: Any = logger.registered_handler
    before = handler.setStream(stream)
    try:
        yield
    finally:
        handler.setStream(before or stream)


def size(item: Json) -> int:
    """Return the bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Json) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return size(content) + 3 + len(content)
        case "L":
            return sum(map(_size, content)) + 3 + len(content)
        case "N":
            # One for two digits, and one.
            return -(-len(content.strip("-").replace(".", "")) // 2) + 1
        case "BOOL" | "NULL":
            return 1
    return len(str(content).encode())


def _place(item: Json) -> Place:
    return item["PK"]["S"], item.get("SK", {}).get("S", "")
