"""Members of staff in DynamoDB, with their sessions in the same partitions."""

from dataclasses import dataclass

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import NEW, Write, delete, put, update
from registration.adapters.dynamodb.rate_limits import put_requests, puts
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.dynamodb.transactions import Cancelled, write_all
from registration.adapters.dynamodb.writing import write_batches
from registration.adapters.staff import items as staff_items
from registration.application.ports import Conflict
from registration.domain.mail.mails import Mail
from registration.domain.staff.members import StaffMember
from registration.domain.staff.sessions import StaffSession

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
        self._write(member, seen, put(self.outbox_table, items.mail_item(mail)))

    def save(
        self, changed: StaffMember, seen: StaffMember, session: StaffSession | None = None
    ) -> None:
        """Write a changed member if unchanged since read, and begin a session."""
        begun: list[Write] = []
        if session:
            begun = puts(self.customers_table, session.note, staff_items.session_item(session))
        self._write(changed, seen, *begun)

    def remove(self, member: StaffMember) -> None:
        """Remove a member, and an invitation that is not sent yet.

        The member's sessions become invalid; TTL deletes them.
        """
        removed = [delete(self.customers_table, keys.staff(member.staff_id))]
        if member.token_id:
            removed.append(delete(self.outbox_table, keys.mail(member.token_id)))
        try:
            write_all(removed)
        except Cancelled as cancelled:
            raise Conflict from cancelled

    def _write(
        self,
        member: StaffMember,
        seen: StaffMember | None,
        *more: Write,
    ) -> None:
        condition, values = _unchanged(seen)
        item = staff_items.member_item(member)
        try:
            write_all([put(self.customers_table, item, condition, values, found=True), *more])
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
        written = put_requests(session.note, staff_items.session_item(session))
        write_batches(self.table, written)

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
        noted = update(
            self.table,
            keys.staff_session(session.staff_id, session.session_id),
            {
                "seen_at": {"S": session.seen_at.isoformat()},
                "expires_at": {"N": items.epoch(session.expires_at)},
            },
            # Signed out in another tab at this moment: an update would restore the session.
            "digest = :digest",
            {":digest": {"S": session.digest}},
        )
        try:
            clients.dynamodb().update_item(**noted["Update"])
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
        return NEW, {}
    values: items.Item = {":generation": {"S": seen.generation}}
    if seen.token_id is None:
        return "generation = :generation AND attribute_not_exists(token_id)", values
    values[":token"] = {"S": seen.token_id}
    return "generation = :generation AND token_id = :token", values


def _drawn(member: StaffMember) -> tuple[str, str | None]:
    return member.generation, member.token_id
