"""Sessions in DynamoDB, in the partitions of their customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import Write, update
from registration.adapters.dynamodb.rate_limits import put_requests, puts
from registration.adapters.dynamodb.reading import query, read_batch
from registration.adapters.dynamodb.transactions import Cancelled, write_all
from registration.adapters.dynamodb.writing import write_batches
from registration.application.ports import Conflict
from registration.domain.customers import Customer
from registration.domain.sessions import Session

_MOST_READ = 100


@dataclass(frozen=True)
class DynamoDBSessions:
    """The port ``Sessions`` on the table ``customers``."""

    table: str

    def begin(self, session: Session, customer: Customer, rehashed: str | None) -> None:
        """Store a new session, and the new password hash if there is one."""
        item = session_item(session)
        if rehashed is None:
            # A note without its session tells the truth, too, and a session without its note makes
            # this client a stranger once more.
            write_batches(self.table, put_requests(session.note, item))
            return
        try:
            write_all([*puts(self.table, session.note, item), self._rehash(customer, rehashed)])
        except Cancelled as cancelled:
            raise Conflict from cancelled

    def with_customer(
        self, reference: str, session_id: str
    ) -> tuple[Session | None, Customer | None]:
        """Return a session and its customer."""
        wanted = [keys.session(reference, session_id), keys.customer(reference)]
        found = {item["entity"]["S"]: item for item in read_batch(self.table, wanted)}
        session, customer = found.get("session"), found.get("customer")
        return (
            _session_of(session) if session else None,
            items.customer_of(customer) if customer else None,
        )

    def go_on(self, session: Session, seen: Session) -> None:
        """Store a session with its next token, if it is unchanged since read."""
        try:
            # Two concurrent refreshes with one token: the first wins, the second is refused. Each
            # writes its own digest: if that is stored already, the answer to this call was lost.
            clients.dynamodb().put_item(
                TableName=self.table,
                Item=session_item(session),
                ConditionExpression="digest IN (:seen, :own)",
                ExpressionAttributeValues={
                    ":seen": {"S": seen.digest},
                    ":own": {"S": session.digest},
                },
            )
        except clients.dynamodb().exceptions.ConditionalCheckFailedException as error:
            raise Conflict from error

    def end(self, reference: str, session_id: str) -> None:
        """Remove a session."""
        clients.dynamodb().delete_item(
            TableName=self.table, Key=keys.session(reference, session_id)
        )

    def end_all(self, reference: str) -> None:
        """Remove every session of a customer."""
        for key in self._of(reference, ProjectionExpression="PK, SK"):
            clients.dynamodb().delete_item(TableName=self.table, Key=key)

    def of(self, reference: str, limit: int) -> list[Session]:
        """Return some of a customer's sessions."""
        return [_session_of(item) for item in islice(self._of(reference), limit)]

    def _of(self, reference: str, **options: str) -> Iterator[items.ReadItem]:
        first = keys.session(reference, "")
        return query(
            self.table,
            "PK = :pk AND begins_with(SK, :sk)",
            {":pk": first["PK"], ":sk": first["SK"]},
            ConsistentRead=True,
            Limit=_MOST_READ,
            **options,
        )

    def _rehash(self, customer: Customer, rehashed: str) -> Write:
        return update(
            self.table,
            keys.customer(customer.reference),
            {"password_hash": {"S": rehashed}},
            # The password was changed since it was checked: the old one must not open a session.
            "password_hash = :seen",
            {":seen": {"S": customer.password_hash or ""}},
        )


def session_item(session: Session) -> items.Item:
    """Return the item of a session."""
    refreshed_at = session.refreshed_at
    return {
        **keys.session(session.reference, session.session_id),
        **({"refreshed_at": {"S": refreshed_at.isoformat()}} if refreshed_at else {}),
        "entity": {"S": "session"},
        "reference": {"S": session.reference},
        "session_id": {"S": session.session_id},
        "digest": {"S": session.digest},
        "generation": {"N": str(session.generation)},
        "expires_at": {"N": items.epoch(session.expires_at)},
    }


def _session_of(item: items.ReadItem) -> Session:
    refreshed_at = items.text(item, "refreshed_at")
    return Session(
        reference=item["reference"]["S"],
        session_id=item["session_id"]["S"],
        digest=item["digest"]["S"],
        generation=int(item["generation"]["N"]),
        expires_at=datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC),
        refreshed_at=datetime.fromisoformat(refreshed_at) if refreshed_at else None,
    )
