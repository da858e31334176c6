"""Members of staff in DynamoDB, with their sessions in the same partitions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.rate_limits import puts
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.dynamodb.transactions import Cancelled, write_all
from registration.adapters.staff import items as staff_items
from registration.application.ports import Conflict
from registration.domain.mail.mails import Mail
from registration.domain.staff.members import StaffMember
from registration.domain.staff.sessions import StaffSession

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# The position of the member in each transaction.
_MEMBER = 0


@dataclass(frozen=True)
class DynamoDBStaff:
    """The port ``Staff`` on the tables ``customers`` and ``outbox``."""

    customers_table: str
    outbox_table: str

    def get(self, staff_id: str) -> StaffMember | None:
        """Return a member."""
        item = read_one(self.customers_table, keys.staff(staff_id))
        return staff_items.member_of(item) if item else None

    def invite(self, member: StaffMember, seen: StaffMember | None, mail: Mail) -> None:
        """Write a member if unchanged since read, and promise the invitation."""
        promise: TransactWriteItemTypeDef = {
            "Put": {"TableName": self.outbox_table, "Item": items.mail_item(mail)}
        }
        self._write(member, seen, promise)

    def save(
        self, changed: StaffMember, seen: StaffMember, session: StaffSession | None = None
    ) -> None:
        """Write a changed member if unchanged since read, and begin a session."""
        begun: list[TransactWriteItemTypeDef] = []
        if session:
            begun = puts(self.customers_table, session.note, staff_items.session_item(session))
        self._write(changed, seen, *begun)

    def remove(self, member: StaffMember) -> None:
        """Remove a member, and an invitation that is not sent yet.

        The member's sessions become invalid; TTL deletes them.
        """
        key = keys.staff(member.staff_id)
        removed: list[TransactWriteItemTypeDef] = [
            {"Delete": {"TableName": self.customers_table, "Key": key}}
        ]
        if member.token_id:
            mail = keys.mail(member.token_id)
            removed.append({"Delete": {"TableName": self.outbox_table, "Key": mail}})
        try:
            write_all(clients.dynamodb(), removed)
        except Cancelled as cancelled:
            raise Conflict from cancelled

    def _write(
        self,
        member: StaffMember,
        seen: StaffMember | None,
        *more: "TransactWriteItemTypeDef",
    ) -> None:
        condition, values = _unchanged(seen)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.customers_table,
                "Item": staff_items.member_item(member),
                "ConditionExpression": condition,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        if values:
            put["Put"]["ExpressionAttributeValues"] = values
        try:
            write_all(clients.dynamodb(), [put, *more])
        except Cancelled as cancelled:
            # The answer to our first try was lost: the random ids of this write show that
            # the item found is ours.
            found = cancelled.found(_MEMBER)
            if found and _drawn(staff_items.member_of(found)) == _drawn(member):
                return
            raise Conflict from cancelled


@dataclass(frozen=True)
class DynamoDBStaffSessions:
    """The port ``StaffSessions`` on the table ``customers``."""

    table: str

    def begin(self, session: StaffSession) -> None:
        """Store a new session."""
        written = puts(self.table, session.note, staff_items.session_item(session))
        write_all(clients.dynamodb(), written)

    def with_member(
        self, staff_id: str, session_id: str
    ) -> tuple[StaffSession | None, StaffMember | None]:
        """Return a session and its member."""
        wanted = [keys.staff_session(staff_id, session_id), keys.staff(staff_id)]
        found = {item["entity"]["S"]: item for item in read_batch(self.table, wanted)}
        session, member = found.get("staff_session"), found.get("staff")
        return (
            staff_items.session_of(session) if session else None,
            staff_items.member_of(member) if member else None,
        )

    def note(self, session: StaffSession) -> None:
        """Store when a session was last used."""
        try:
            clients.dynamodb().update_item(
                TableName=self.table,
                Key=keys.staff_session(session.staff_id, session.session_id),
                UpdateExpression="SET seen_at = :seen, expires_at = :expires",
                # Signed out in another tab at this moment: an update would restore the
                # session.
                ConditionExpression="digest = :digest",
                ExpressionAttributeValues={
                    ":seen": {"S": session.seen_at.isoformat()},
                    ":expires": {"N": items.epoch(session.expires_at)},
                    ":digest": {"S": session.digest},
                },
            )
        except clients.dynamodb().exceptions.ConditionalCheckFailedException as error:
            raise Conflict from error

    def end(self, staff_id: str, session_id: str) -> None:
        """Remove a session."""
        key = keys.staff_session(staff_id, session_id)
        clients.dynamodb().delete_item(TableName=self.table, Key=key)


def _unchanged(seen: StaffMember | None) -> tuple[str, items.Item]:
    # Invited, accepted, signed out everywhere or removed since it was read: each of these
    # sets a new random token id or generation.
    if seen is None:
        return "attribute_not_exists(PK)", {}
    values: items.Item = {":generation": {"S": seen.generation}}
    if seen.token_id is None:
        return "generation = :generation AND attribute_not_exists(token_id)", values
    values[":token"] = {"S": seen.token_id}
    return "generation = :generation AND token_id = :token", values


def _drawn(member: StaffMember) -> tuple[str, str | None]:
    return member.generation, member.token_id
