"""The audit record in DynamoDB: a timeline, and a copy of each entry beside its customer."""

from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import put
from registration.adapters.dynamodb.shards import newest_of
from registration.adapters.dynamodb.timelines import DynamoDBTimeline, check_cursor
from registration.adapters.dynamodb.transactions import write_all
from registration.adapters.dynamodb.transient import is_transient
from registration.application.staff.audit import Unrecorded
from registration.domain.staff.audit import AuditAction, AuditEntry, AuditOutcome
from registration.frozen import dataclass

_NAME = "AUDIT"
_SHARDS = 4
_OF_CUSTOMER = f"{_NAME}#"


@dataclass(frozen=True)
class DynamoDBAuditRecord:
    """The port ``AuditRecord`` on the table ``customers``.

    The keys of both items are derived from the entry, so that the entry for the end of an
    action replaces that for its beginning.
    """

    table: str

    def write(self, entry: AuditEntry) -> None:
        """Write an entry, and its copy if it is about a customer."""
        attributes = _attributes(entry)
        written = [self._timeline.item(entry.at, entry.entry_id, attributes)]
        if entry.customer:
            key = keys.audit_of_customer(entry.customer, entry.position)
            written.append({**key, **attributes})
        try:
            write_all([put(self.table, item) for item in written])
        except (BotoCoreError, ClientError) as error:
            if is_transient(error):
                raise Unrecorded from error
            raise

    def newest(self, limit: int, before: str | None = None) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries."""
        found, older = self._timeline.newest(limit, before)
        return [_entry_of(item) for item in found], older

    def of_customer(
        self, reference: str, limit: int, before: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries about a customer."""
        check_cursor(before)
        first = keys.audit_of_customer(reference, before or "")
        partition, after = first["PK"]["S"], first["SK"]["S"] if before else None
        found, older = newest_of(self.table, (partition,), limit, after, _OF_CUSTOMER)
        return [_entry_of(item) for item in found], older and older.removeprefix(_OF_CUSTOMER)

    @property
    def _timeline(self) -> DynamoDBTimeline:
        return DynamoDBTimeline(self.table, _NAME, _SHARDS)


def _attributes(entry: AuditEntry) -> items.Item:
    attributes: items.Item = {
        "entity": {"S": "audit_entry"},
        "entry_id": {"S": entry.entry_id},
        "at": {"S": entry.at.isoformat()},
        "staff_id": {"S": entry.staff_id},
        "email": {"S": entry.email},
        "action": {"S": entry.action.value},
        "outcome": {"S": entry.outcome.value},
    }
    optional = {
        "client": entry.client,
        "customer": entry.customer,
        "import_id": entry.import_id,
        "reason": entry.reason,
    }
    attributes |= {name: {"S": value} for name, value in optional.items() if value}
    if entry.fields:
        attributes["fields"] = {"L": [{"S": field} for field in entry.fields]}
    return attributes


def _entry_of(item: items.ReadItem) -> AuditEntry:
    fields = item["fields"]["L"] if "fields" in item else []
    return AuditEntry(
        entry_id=item["entry_id"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        staff_id=item["staff_id"]["S"],
        email=item["email"]["S"],
        action=AuditAction(item["action"]["S"]),
        outcome=AuditOutcome(item["outcome"]["S"]),
        client=items.text(item, "client"),
        customer=items.text(item, "customer"),
        import_id=items.text(item, "import_id"),
        fields=tuple(field["S"] for field in fields),
        reason=items.text(item, "reason"),
    )
