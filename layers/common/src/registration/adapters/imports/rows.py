"""Imported rows as customers, claims and mails in DynamoDB."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import FREE, NEW, Write, put
from registration.adapters.dynamodb.reading import query, read_batch
from registration.adapters.dynamodb.throttling import busy_is_later, write_or_try_later
from registration.adapters.dynamodb.transactions import Cancelled
from registration.adapters.imports.row_texts import RowTexts
from registration.adapters.json_client import JsonText, encoded
from registration.application.imports.ports import (
    Batch,
    BatchTaken,
    ImportedCustomer,
    Owner,
    PauseInTime,
    QuietRow,
    RowOwner,
    RowsTaken,
    Written,
)
from registration.application.retrying import with_retries
from registration.domain.claims import claim_of
from registration.domain.imports.jobs import KEPT
from registration.frozen import dataclass

_KEYS_PER_READ = 100
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class DynamoDBImportedRows:
    """The port ``ImportedRows`` on the tables ``customers`` and ``outbox``."""

    customers_table: str
    outbox_table: str
    pause: PauseInTime

    def written(self, import_id: str, chunk: int) -> Written:
        """Return the written part of a chunk, from the markers of its batches."""
        lines: set[int] = set()
        number = -1
        values = {":pk": keys.import_batch(import_id, chunk, 0)["PK"]}
        for item in query(self.customers_table, "PK = :pk", values, ConsistentRead=True):
            lines.update(_lines_of(item["lines"]["S"]))
            number = int(item["number"]["N"])
        return Written(frozenset(lines), number + 1)

    def owners(
        self, imported_customers: Sequence[ImportedCustomer], *, references: bool = False
    ) -> Mapping[int, Owner]:
        """Return the rows with a taken address, or also a taken reference, by their lines."""
        wanted: dict[str, tuple[ImportedCustomer, RowOwner]] = {}
        keyed: list[keys.Key] = []
        for imported in imported_customers:
            claim = keys.claim(imported.customer.email.normalised)
            keyed.append(claim)
            wanted[claim["PK"]["S"]] = imported, RowOwner.ANOTHER_EMAIL
            # A reference that was generated for the row is unique.
            if references and imported.alias:
                customer = keys.customer(imported.customer.reference)
                keyed.append(customer)
                wanted[customer["PK"]["S"]] = imported, RowOwner.ANOTHER_REFERENCE
        found: dict[int, Owner] = {}
        for item in self._read(keyed):
            imported, another = wanted[item["PK"]["S"]]
            owner = _owner(item, imported, another)
            # If both are taken, report the address.
            if owner and (another is RowOwner.ANOTHER_EMAIL or imported.line not in found):
                found[imported.line] = owner
        return found

    def _read(self, keyed: list[keys.Key]) -> Iterator[items.ReadItem]:
        for start in range(0, len(keyed), _KEYS_PER_READ):
            some = keyed[start : start + _KEYS_PER_READ]
            yield from with_retries(partial(self._read_some, some), self.pause)

    def _read_some(self, some: list[keys.Key]) -> list[items.ReadItem]:
        with busy_is_later():
            return read_batch(
                self.customers_table,
                some,
                only="PK, attempt_id, expires_at, quiet_since, abandoned",
                consistent=False,
            )

    def write(self, batch: Batch) -> None:
        """Write all rows of a batch, or none."""
        rows = batch.imported_customers
        texts = [encoded(self._marker(batch)), *map(self._texts.text_of, rows)]
        try:
            write_or_try_later(JsonText(f"[{','.join(texts)}]"))
        except Cancelled as cancelled:
            if cancelled.failed(0):
                raise BatchTaken from cancelled
            places = [(row, owner) for row in rows for _, owner in self._writes(row)]
            raise RowsTaken(_taken(cancelled, places)) from cancelled

    @cached_property
    def _texts(self) -> RowTexts:
        return RowTexts(lambda imported: [write for write, _ in self._writes(imported)])

    def _marker(self, batch: Batch) -> Write:
        lines = [imported.line for imported in batch.imported_customers]
        now = batch.imported_customers[0].customer.created_at
        item: items.Item = {
            **keys.import_batch(batch.import_id, batch.chunk, batch.number),
            "entity": {"S": "import_batch"},
            "number": {"N": str(batch.number)},
            "lines": {"S": _ranges(lines)},
            "expires_at": {"N": items.epoch(now + KEPT)},
        }
        # Two concurrent deliveries of a chunk: the second one reads the rows of the first, and
        # continues after them.
        return put(self.customers_table, item, NEW)

    def _writes(self, imported: ImportedCustomer) -> Iterator[tuple[Write, RowOwner]]:
        customer = imported.customer
        item = items.customer_item(customer)
        now: items.Item = {":now": {"N": items.epoch(customer.created_at)}}
        # Somebody signs up with the address, or another file has the reference, at this
        # moment; or it is our own earlier try. An expired customer owns nothing.
        yield put(self.customers_table, item, FREE, now, found=True), RowOwner.ANOTHER_REFERENCE
        claim = items.claim_item(claim_of(customer, imported.alias))
        yield put(self.customers_table, claim, FREE, now, found=True), RowOwner.ANOTHER_EMAIL
        if imported.mail:
            # It exists already: our own earlier try, because the id is this row's.
            yield put(self.outbox_table, items.mail_item(imported.mail), NEW), RowOwner.ITSELF


def _taken(
    cancelled: Cancelled, places: list[tuple[ImportedCustomer, RowOwner]]
) -> dict[int, Owner]:
    taken: dict[int, Owner] = {}
    for position, (imported, owner) in enumerate(places, start=1):
        if not cancelled.failed(position):
            continue
        found = cancelled.found(position)
        if owner is RowOwner.ITSELF:
            taken.setdefault(imported.line, owner)
        else:
            taken[imported.line] = _owner(found, imported, owner) or owner
    return taken


def _owner(item: items.ReadItem, imported: ImportedCustomer, another: RowOwner) -> Owner | None:
    if items.text(item, "attempt_id") == imported.customer.attempt_id:
        return RowOwner.ITSELF
    expires_at = items.moment(item, "expires_at")
    if "abandoned" in item or (expires_at and expires_at <= imported.customer.created_at):
        return None
    return QuietRow(expires_at) if expires_at and "quiet_since" in item else another


def _ranges(lines: Iterable[int]) -> str:
    """Return lines in a compact form: ``2-20,23``."""
    parts: list[list[int]] = []
    for line in sorted(lines):
        if parts and parts[-1][1] == line - 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def _lines_of(ranges: str) -> Iterator[int]:
    for first, last in _RANGE.findall(ranges):
        yield from range(int(first), int(last or first) + 1)
