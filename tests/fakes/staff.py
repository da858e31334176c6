"""Fakes of the ports of staff and of the audit record."""

from dataclasses import dataclass, field

from registration.application.ports import Conflict
from registration.application.staff.audit import Unrecorded
from registration.domain.mail.mails import Mail
from registration.domain.staff.audit import AuditEntry
from registration.domain.staff.members import StaffMember
from registration.domain.staff.sessions import StaffSession
from tests.fakes.mail import FakeOutbox


@dataclass
class FakeStaff:
    """Members of staff, and their sessions."""

    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    members: dict[str, StaffMember] = field(default_factory=dict)
    sessions: dict[tuple[str, str], StaffSession] = field(default_factory=dict)

    def get(self, staff_id: str) -> StaffMember | None:
        """Return a member."""
        return self.members.get(staff_id)

    def invite(self, member: StaffMember, seen: StaffMember | None, mail: Mail) -> None:
        """Write a member if unchanged since read, and promise the invitation."""
        if self._write(member, seen):
            self.outbox.mails[mail.mail_id] = mail

    def save(
        self, changed: StaffMember, seen: StaffMember, session: StaffSession | None = None
    ) -> None:
        """Write a changed member if unchanged since read, and begin a session."""
        if self._write(changed, seen) and session:
            self.begin(session)

    def remove(self, member: StaffMember) -> None:
        """Remove a member, and an invitation that is not sent yet."""
        self.members.pop(member.staff_id, None)
        self.outbox.remove(member.token_id or "")

    def begin(self, session: StaffSession) -> None:
        """Store a new session."""
        self.sessions[session.staff_id, session.session_id] = session

    def with_member(
        self, staff_id: str, session_id: str
    ) -> tuple[StaffSession | None, StaffMember | None]:
        """Return a session and its member."""
        return self.sessions.get((staff_id, session_id)), self.members.get(staff_id)

    def note(self, session: StaffSession) -> None:
        """Store when a session was last used."""
        if (session.staff_id, session.session_id) not in self.sessions:
            raise Conflict
        self.begin(session)

    def end(self, staff_id: str, session_id: str) -> None:
        """Remove a session."""
        self.sessions.pop((staff_id, session_id), None)

    def _write(self, member: StaffMember, seen: StaffMember | None) -> bool:
        found = self.members.get(member.staff_id)
        if found and _drawn(found) == _drawn(member):
            return False
        if (found and _drawn(found)) != (seen and _drawn(seen)):
            raise Conflict
        self.members[member.staff_id] = member
        return True


@dataclass
class FakeAuditRecord:
    """The actions of staff; while ``away`` the record is unavailable."""

    entries: dict[str, AuditEntry] = field(default_factory=dict)
    away: bool = False

    def write(self, entry: AuditEntry) -> None:
        """Write an entry."""
        if self.away:
            raise Unrecorded
        self.entries[entry.entry_id] = entry

    def newest(self, limit: int, before: str | None = None) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries."""
        return self._page(list(self.entries.values()), limit, before)

    def of_customer(
        self, reference: str, limit: int, before: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries about a customer."""
        about = [entry for entry in self.entries.values() if entry.customer == reference]
        return self._page(about, limit, before)

    def _page(
        self, entries: list[AuditEntry], limit: int, before: str | None
    ) -> tuple[list[AuditEntry], str | None]:
        older = [entry for entry in entries if before is None or entry.position < before]
        older.sort(key=lambda entry: entry.position, reverse=True)
        page = older[:limit]
        return page, page[-1].position if len(older) > limit else None


def _drawn(member: StaffMember) -> tuple[str, str | None]:
    return member.generation, member.token_id
