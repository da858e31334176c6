"""The ports for inviting staff and signing them in."""

from typing import Protocol

from registration.domain.mail.mails import Mail
from registration.domain.staff.members import StaffMember
from registration.domain.staff.sessions import StaffSession


class Staff(Protocol):
    """The members of staff. A write raises ``Conflict`` if another one came first.

    Writes are idempotent: if the answer to the first try was lost, the second succeeds.
    """

    def get(self, staff_id: str) -> StaffMember | None:
        """Return a member. One read."""

    def invite(self, member: StaffMember, seen: StaffMember | None, mail: Mail) -> None:
        """Write a member if unchanged since read, and promise the invitation. One transaction."""

    def save(
        self, changed: StaffMember, seen: StaffMember, session: StaffSession | None = None
    ) -> None:
        """Write a changed member if unchanged since read, and begin a session."""

    def remove(self, member: StaffMember) -> None:
        """Remove a member, and an invitation that is not sent yet."""


class StaffSessions(Protocol):
    """The sessions of staff."""

    def begin(self, session: StaffSession) -> None:
        """Store a new session. One write."""

    def with_member(
        self, staff_id: str, session_id: str
    ) -> tuple[StaffSession | None, StaffMember | None]:
        """Return a session and its member. One read."""

    def note(self, session: StaffSession) -> None:
        """Store when a session was last used. One write.

        Raises
        ------
        Conflict
            The session ended meanwhile.
        """

    def end(self, staff_id: str, session_id: str) -> None:
        """Remove a session."""
