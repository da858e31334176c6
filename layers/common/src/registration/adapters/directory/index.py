"""Keeping the directory: its entries follow the customers.

They follow by the table's stream rather than in the transactions that write customers,
whose write units are counted (docs/adr/0004-the-directory-follows-the-stream.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registration.adapters import clients
from registration.adapters.directory.items import LINE, TERM, entries_of, line_of
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import Item, ReadItem, is_customer
from registration.adapters.dynamodb.reading import read_batch
from registration.adapters.dynamodb.writing import write_batches

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import ScanInputTypeDef, WriteRequestUnionTypeDef

_Place = tuple[str, str]
"""Where an entry stands: its ``PK`` and its ``SK``."""

_Former = dict[str, set[_Place]]
"""Where customers, by their references, have entries, or may have."""

_MOST_READ = 100
_WALKED_AT_ONCE = 500


@dataclass(frozen=True)
class Walked:
    """How many customers and entries were looked at, and where to go on, if there is more."""

    customers: int
    entries: int
    last: tuple[str, str] | None


@dataclass(frozen=True)
class DynamoDBDirectoryIndex:
    """Writes the entries of the directory, in the table ``customers``."""

    table: str

    def follow(self, records: Iterable[Mapping[str, Any]]) -> int:
        """Follow what happened to customers, as the stream tells it.

        Returns
        -------
        int
            How many customers there were of whom the directory shows a change.
        """
        former: _Former = {}
        for record in records:
            images = (record["dynamodb"].get(image) for image in ("OldImage", "NewImage"))
            before, after = (self._entries(image) for image in images)
            # A new password, say: nobody is found by it.
            if before == after:
                continue
            for entry in before + after:
                former.setdefault(entry["reference"]["S"], set()).add(_place(entry))
        self._renew(former)
        return len(former)

    def walk(self, segment: int, segments: int, after: _Place | None) -> Walked:
        """Go through a stretch of the table, and put right the entries of all customers in it.

        Entries stand in the table as well: those of customers who are gone are removed.
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
        self._renew(former)
        customers = sum(map(is_customer, answer["Items"]))
        last = answer.get("LastEvaluatedKey")
        return Walked(customers, len(answer["Items"]) - customers, _place(last) if last else None)

    def _astray(self, items: Sequence[ReadItem]) -> _Former:
        """Return the customers among some items, and those whose entries do not fit them."""
        former: _Former = {item["reference"]["S"]: set() for item in items if is_customer(item)}
        found = [item for item in items if not is_customer(item)]
        present = self._present({entry["reference"]["S"] for entry in found})
        for entry in found:
            reference = entry["reference"]["S"]
            if entry not in present.get(reference, []):
                former.setdefault(reference, set()).add(_place(entry))
        return former

    def _renew(self, former: _Former) -> None:
        """Make the entries of customers say what the customers say now.

        The stream's records do not: they tell what was, a retry tells it once more, and
        then it is older than what a later record has brought about. So a record only says
        who has changed and where entries of theirs may stand; what they are to say is read
        from the customer. Whoever writes reads again afterwards, because somebody else (a
        walk through the table beside the stream) may have written what is newer in between::

            walk    reads v1 ────────────────▶ writes v1 ─▶ reads v2, writes v2
            stream            reads v2, writes v2, reads v2

        So the last of all writes is one whose writer read the same before and after it. A
        customer who changes after that has a record in the stream yet to come.
        """
        while former:
            seen = self._present(former)
            self._write(former, seen)
            now = self._present(former)
            former = {
                reference: places | {_place(entry) for entry in seen.get(reference, [])}
                for reference, places in former.items()
                if seen.get(reference) != now.get(reference)
            }

    def _present(self, references: Iterable[str]) -> dict[str, list[Item]]:
        """Return the entries that customers are to have as they are now, if they are at all."""
        wanted = [keys.customer(reference) for reference in references]
        present = {}
        for start in range(0, len(wanted), _MOST_READ):
            for item in read_batch(self.table, wanted[start : start + _MOST_READ]):
                if is_customer(item):
                    present[item["reference"]["S"]] = self._entries(item)
        return present

    def _write(self, former: _Former, present: Mapping[str, list[Item]]) -> None:
        entries = [entry for each in present.values() for entry in each]
        obsolete = set().union(*former.values()) - {_place(entry) for entry in entries}
        # First what is to be there: a customer is listed twice for a moment, not never.
        writes: list[WriteRequestUnionTypeDef] = [
            {"PutRequest": {"Item": entry}} for entry in entries
        ]
        writes += [{"DeleteRequest": {"Key": keys.at(*place)}} for place in sorted(obsolete)]
        write_batches(self.table, writes)

    def _entries(self, item: ReadItem | None) -> list[Item]:
        line = line_of(item)
        return entries_of(line, self.table) if line else []


def _place(item: ReadItem) -> _Place:
    return item["PK"]["S"], item["SK"]["S"]
