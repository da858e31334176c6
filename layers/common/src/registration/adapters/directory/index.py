"""Updating the directory: its entries follow the customers.

They are written from the table's stream, not in the transactions that write customers,
to save write units there (docs/adr/0004-the-directory-follows-the-stream.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from registration.adapters import clients
from registration.adapters.directory.items import LINE, TERM, entries_of, line_of, reference_of
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import Item, ReadItem, is_customer
from registration.adapters.dynamodb.reading import read_batch
from registration.adapters.dynamodb.writing import write_batches
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import ScanInputTypeDef, WriteRequestUnionTypeDef

_Place = tuple[str, str]
"""The key of an entry: its ``PK`` and its ``SK``."""

_Former = dict[str, list[list[Item]]]
"""The entries that customers had, one state after the other, by reference."""

_WALKED_AT_ONCE = 500


@dataclass(frozen=True)
class Walked:
    """The number of customers and entries checked, and where to continue, if there are more."""

    customers: int
    entries: int
    last: tuple[str, str] | None


@dataclass(frozen=True)
class DynamoDBDirectoryIndex:
    """Writes the entries of the directory, in the table ``customers``.

    ``searched`` are the names of the shop's own fields that customers are found by.
    """

    table: str
    searched: tuple[str, ...] = ()

    def follow(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Update the entries of customers after changes in the stream."""
        former: _Former = {}
        for record in records:
            images = (record["dynamodb"].get(image) for image in ("OldImage", "NewImage"))
            states = [self._entries(image) for image in images]
            # For example a new password, which is no search term.
            if states[0] != states[1]:
                reference = reference_of((states[0] or states[1])[0])
                former.setdefault(reference, []).extend(states)
        self._renew(former)

    def walk(self, segment: int, segments: int, after: _Place | None) -> Walked:
        """Scan a part of the table, and correct the entries of all customers in it.

        The scan also finds the entries of customers who are gone, and removes them.
        """
        request: ScanInputTypeDef = {
            "TableName": self.table,
            "Segment": segment,
            "TotalSegments": segments,
            "Limit": _WALKED_AT_ONCE,
            "FilterExpression": "entity IN (:customer, :line, :term)",
            "ExpressionAttributeValues": {
                ":customer": {"S": "customer"},
                ":line": {"S": LINE},
                ":term": {"S": TERM},
            },
        }
        if after:
            request["ExclusiveStartKey"] = keys.at(*after)
        answer = clients.dynamodb().scan(**request)
        former = self._astray(answer["Items"])
        while former:
            former = self._overtaken(former, self._renew(former))
        customers = sum(map(is_customer, answer["Items"]))
        last = answer.get("LastEvaluatedKey")
        return Walked(customers, len(answer["Items"]) - customers, _place(last) if last else None)

    def _astray(self, items: Sequence[ReadItem]) -> _Former:
        """Return the customers among some items, and those with wrong entries."""
        # As if they had had no entries before: all of them are written.
        former: _Former = {item["reference"]["S"]: [[]] for item in items if is_customer(item)}
        found = [item for item in items if not is_customer(item)]
        present = self._present(set(map(reference_of, found)))
        for entry in found:
            reference = reference_of(entry)
            if entry not in present.get(reference, []):
                former.setdefault(reference, [[]]).append([dict(entry)])
        return former

    def _renew(self, former: _Former) -> dict[str, list[Item]]:
        """Make the entries of customers match their current state, and return them.

        A record in the stream has an old state, and a retry delivers it again, when a later
        record may have been processed. So a record only says which customer has changed and
        which entries there may be; their contents come from a read of the customer. If the
        customer changes after that, another record follows.

        An entry that is in every state of a customer is not written again: no batch before,
        of the same customer and in order, can have removed it.
        """
        present = self._present(former)
        puts: list[WriteRequestUnionTypeDef] = []
        deletes: list[WriteRequestUnionTypeDef] = []
        for reference, states in former.items():
            entries = present.get(reference, [])
            obsolete = {_place(each) for state in states for each in state}
            obsolete -= set(map(_place, entries))
            changed = (e for e in entries if not all(e in state for state in states))
            puts += ({"PutRequest": {"Item": entry}} for entry in changed)
            deletes += ({"DeleteRequest": {"Key": keys.at(*each)}} for each in sorted(obsolete))
        # For a moment a customer may be listed twice, but is never missing.
        write_batches(self.table, puts)
        write_batches(self.table, deletes)
        return present

    def _overtaken(self, former: _Former, written: Mapping[str, list[Item]]) -> _Former:
        """Return the customers who have changed while a walk wrote their entries.

        The stream may have written a newer state before the walk wrote its own::

            walk    reads v1 ────────────────▶ writes v1 ─▶ reads v2, writes v2, reads v2
            stream            reads v2, writes v2

        So the walk has read the same state before and after its last write. The stream need not
        read again: what changes after its read brings another record.
        """
        present = self._present(former)
        return {
            reference: [*states, written.get(reference, [])]
            for reference, states in former.items()
            if written.get(reference) != present.get(reference)
        }

    def _present(self, references: Iterable[str]) -> dict[str, list[Item]]:
        """Return the entries that customers should have now; none if the customer is gone."""
        wanted = [keys.customer(reference) for reference in references]
        found = filter(is_customer, read_batch(self.table, wanted))
        return {item["reference"]["S"]: self._entries(item) for item in found}

    def _entries(self, item: ReadItem | None) -> list[Item]:
        line = line_of(item, self.searched)
        return entries_of(line, self.table) if line else []


def _place(item: ReadItem) -> _Place:
    return item["PK"]["S"], item["SK"]["S"]
