"""What inviting staff and signing them in needs of the world."""

from typing import Protocol

from registration.domain.mail.mails import Mail
from registration.domain.staff.members import StaffMember
from registration.domain.staff.sessions import StaffSession


class Staff(Protocol):
    """The members of staff. A write that others overtook raises ``Conflict``.

    A write that finds itself already done (the answer to the first try was lost) succeeds.
    """

    def get(self, staff_id: str) -> StaffMember | None:
        """Return a member. One read."""
        ...

    def invite(self, member: StaffMember, seen: StaffMember | None, mail: Mail) -> None:
        """Write a member over what was seen, and promise the invitation. One transaction."""
        ...

    def save(
        self, changed: StaffMember, seen: StaffMember, session: StaffSession | None = None
    ) -> None:
        """Write a changed member over what was seen, and begin a session with it."""
        ...

    def remove(self, member: StaffMember) -> None:
        """Forget a member, and an invitation that was not sent yet."""
        ...


class StaffSessions(Protocol):
    """The sessions of staff."""

    def begin(self, session: StaffSession) -> None:
        """Keep a new session. One write."""
        ...

    def with_member(
        self, staff_id: str, session_id: str
    ) -> tuple[StaffSession | None, StaffMember | None]:
        """Return a session and its member. One read."""
        ...

    def note(self, session: StaffSession) -> None:
        """Keep when a session was seen last. One write.

        Raises
        ------
        Conflict
            The session was ended meanwhile.
        """
        ...

    def end(self, staff_id: str, session_id: str) -> None:
        """Forget a session."""
        ...
