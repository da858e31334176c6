"""Sessions of staff: shorter than those of customers, and ended by doing nothing.

The browser keeps ``<staff id>.<session id>.<secret>``, of which only the secret's digest
is kept here. It is not replaced on use: a browser sends many requests at once.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from registration.domain.sessions import RefreshToken
from registration.domain.staff.members import StaffMember

IDLE = timedelta(hours=2)
"""For how long after the last request a session can be gone on with."""

NOTED_EVERY = timedelta(minutes=15)
"""How much later a request has to be than the last noted one to be noted itself.

So a request costs no write most of the time; a session may end that much before `IDLE`.
"""


@dataclass(frozen=True)
class StaffSession:
    """A browser in which a member of staff is signed in.

    It ends at ``ends_at`` whatever happens, and before that when nobody was ``seen_at``
    for long.
    """

    staff_id: str
    session_id: str
    digest: str
    generation: str
    ends_at: datetime
    seen_at: datetime

    @classmethod
    def begin(
        cls, token: RefreshToken, member: StaffMember, now: datetime, lifetime: timedelta
    ) -> "StaffSession":
        """Return the session that a browser with this token has."""
        return cls(
            member.staff_id, token.session_id, token.digest, member.generation, now + lifetime, now
        )

    @property
    def expires_at(self) -> datetime:
        """When it ends, if no other request comes."""
        return min(self.ends_at, self.seen_at + IDLE)

    def admits(self, token: RefreshToken, member: StaffMember, now: datetime) -> bool:
        """Whether whoever has a token may go on as a member."""
        return (
            hmac.compare_digest(token.digest, self.digest)
            and now < self.expires_at
            and member.is_active
            and member.generation == self.generation
        )

    def has_to_be_noted(self, now: datetime) -> bool:
        """Whether a request at this time has to be written down."""
        return now - self.seen_at >= NOTED_EVERY

    def seen(self, now: datetime) -> "StaffSession":
        """Return the session after a request."""
        return replace(self, seen_at=now)
