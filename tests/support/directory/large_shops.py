"""A directory of any size: DynamoDB's answers, from items that are made when they are read.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from threading import Lock
from typing import Any

from registration.adapters.directory.items import entries_of, line_of
from registration.adapters.dynamodb import items
from registration.adapters.dynamodb.items import Item
from registration.domain.customers import Origin, Status
from registration.domain.emails import EmailAddress
from tests.support.factories import NOW, a_customer, a_profile

_MOST_BYTES = 1024 * 1024
_CONDITION = re.compile(r"contains\((\w+), (:\w+)\)|(\w+) = (:\w+)")
_SAMPLE = 987_654_321


@dataclass(frozen=True)
class Kind:
    """What a customer is like."""

    status: Status = Status.VERIFIED
    origin: Origin = Origin.FORM
    last_name: str = "Lovelace"
    first_name: str = "Ada"


@dataclass
class LargeShop:
    """So many customers, numbered from the oldest; and the client of a table that they are in.

    Of ``every`` customers, those with the numbers in ``kinds`` are not as ``usual``. Those who are
    ``gone`` have left their entries.
    """

    size: int
    every: int = 1
    kinds: Mapping[int, Kind] = field(default_factory=dict)
    usual: Kind = Kind()
    gone: Collection[int] = ()
    calls: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def numbers(self, **like: Any) -> "Numbers":
        """Return the numbers of the customers who are like that."""
        of_block = [n for n in range(self.every) if _is(self._kind(n), like)]
        blocks, rest = divmod(self.size, self.every)
        count = blocks * len(of_block) + bisect_left(of_block, rest)
        return Numbers(of_block, self.every, count)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's name
        """Return customers."""
        self._note("BatchGetItem")
        ((table, wanted),) = RequestItems.items()
        assert len(wanted["Keys"]) <= 100
        numbers = [int(key["PK"]["S"].rpartition("--")[2]) for key in wanted["Keys"]]
        found = [_customer(n, self._kind(n)) for n in numbers if n not in self.gone]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def query(self, **request: Any) -> Any:
        """Look at the entries of a partition in order, and return those that fit the filter."""
        self._note("Query")
        values = request["ExpressionAttributeValues"]
        start = request.get("ExclusiveStartKey", {}).get("SK", {}).get("S")
        forward = request.get("ScanIndexForward", True)
        reading = self._terms(values, start) if forward else self._lines(values, start)
        found, looked_at, size = [], 0, 0
        for item in reading:
            looked_at, size = looked_at + 1, size + _bytes(item)
            if _fits(request.get("FilterExpression", ""), values, item):
                found.append(item)
            # Also after the last one: DynamoDB does not look ahead.
            if looked_at == request.get("Limit") or size > _MOST_BYTES:
                return {"Items": found, "LastEvaluatedKey": {n: item[n] for n in ("PK", "SK")}}
        return {"Items": found}

    def _lines(self, values: Any, start: str | None) -> Iterator[Item]:
        partition = values[":pk"]["S"]
        name, *selected, shard = partition.split("#")
        numbers: Sequence[int] = range(int(shard), self.size, 2)
        if selected:
            status, origin = Status(name.partition("-")[2].lower()), Origin(selected[0])
            numbers = self.numbers(status=status, origin=origin)
        end = bisect_left(numbers, _number(start)) if start else len(numbers)
        for place in reversed(range(end)):
            entries = _entries(numbers[place], self._kind(numbers[place]))
            found = next(each for each in entries if each["PK"]["S"].startswith(name))
            yield {**found, "PK": {"S": partition}}

    def _terms(self, values: Any, start: str | None) -> Iterator[Item]:
        kinds = {self.usual, *self.kinds.values()} if self.size else set()
        names = {(n, getattr(kind, n)) for kind in kinds for n in ("last_name", "first_name")}
        for name, value in sorted(names, key=lambda each: str(each[1])):
            if not value.lower().startswith(values[":word"]["S"]):
                continue
            numbers = self.numbers(**{name: value})
            after = start.rpartition("#")[0] if start else ""
            if value.lower() >= after:
                is_here = value.lower() == after
                first = bisect_right(numbers, _number(start)) if start and is_here else 0
                for place in range(first, len(numbers)):
                    number = numbers[place]
                    yield _of(number, _term_of_sample(self._kind(number), value.lower()))

    def _kind(self, number: int) -> Kind:
        return self.kinds.get(number % self.every, self.usual)

    def _note(self, operation: str) -> None:
        with self._lock:
            self.calls.append(operation)


@dataclass(frozen=True)
class Numbers(Sequence[int]):
    """The numbers with some remainders, in order, without a list of them."""

    remainders: Sequence[int]
    modulus: int
    length: int

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place: Any) -> Any:
        if not 0 <= place < self.length:
            raise IndexError(place)
        blocks, rest = divmod(place, len(self.remainders))
        return blocks * self.modulus + self.remainders[rest]


def _is(kind: Kind, like: Mapping[str, Any]) -> bool:
    return all(getattr(kind, name) == value for name, value in like.items())


def _customer(number: int, kind: Kind) -> Item:
    bare = a_customer()
    return items.customer_item(
        replace(
            bare,
            reference=f"DE--{number:09}",
            email=EmailAddress(f"c{number:09}@example.com"),
            profile=a_profile(first_name=kind.first_name, last_name=kind.last_name),
            status=kind.status,
            consent=replace(bare.consent, origin=kind.origin),
            token_id=f"token-{number:09}",
            created_at=NOW + timedelta(seconds=number),
            expires_at=None,
        )
    )


def _entries(number: int, kind: Kind) -> list[Item]:
    line = line_of(_customer(number, kind), ())
    assert line
    return entries_of(line, "table")


@cache
def _term_of_sample(kind: Kind, term: str) -> Item:
    entries = _entries(_SAMPLE, kind)
    return next(each for each in entries if each["SK"]["S"].startswith(f"{term}#"))


def _of(number: int, sample: Item) -> Item:
    old, new = str(_SAMPLE), f"{number:09}"
    return {name: {"S": value["S"].replace(old, new)} for name, value in sample.items()}


def _number(position: str) -> int:
    return int(position.rpartition("--")[2])


def _bytes(item: Item) -> int:
    return sum(len(name) + len(value["S"]) for name, value in item.items())


def _fits(conditions: str, values: Any, item: Item) -> bool:
    return all(
        values[part]["S"] in item[text]["S"] if text else item[name] == values[value]
        for text, part, name, value in _CONDITION.findall(conditions)
    )
