"""Sessions of staff: shorter than those of customers, with an idle timeout.

The browser keeps ``<staff id>.<session id>.<secret>``; only the digest of the secret is
stored. It is not replaced on use, because a browser sends many requests at once.
"""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

from registration.domain.rate_limits import Counter
from registration.domain.sessions import BrowserToken
from registration.domain.staff.members import StaffMember
from registration.frozen import dataclass

IDLE = timedelta(hours=2)
"""The idle timeout: how long after the last request a session stays valid."""

NOTED_EVERY = timedelta(minutes=15)
"""How often at most the time of the last request is written.

So most requests cost no write; a session may end this much earlier than `IDLE` says.
"""


@dataclass(frozen=True)
class StaffSession:
    """A session of a member of staff in one browser.

    It ends at ``ends_at`` at the latest, and earlier if no request came for a while after
    ``seen_at``. ``note`` is kept when it begins: its client is known from then on.
    """

    staff_id: str
    session_id: str
    digest: str
    generation: str
    ends_at: datetime
    seen_at: datetime
    note: Counter | None = None

    @classmethod
    def begin(
        cls, token: BrowserToken, member: StaffMember, now: datetime, lifetime: timedelta
    ) -> "StaffSession":
        """Return a new session with this token."""
        return cls(
            member.staff_id, token.session_id, token.digest, member.generation, now + lifetime, now
        )

    @property
    def expires_at(self) -> datetime:
        """When the session ends if no other request comes."""
        return min(self.ends_at, self.seen_at + IDLE)

    def admits(self, token: BrowserToken, member: StaffMember, now: datetime) -> bool:
        """Whether a token is valid for this session and member."""
        return (
            hmac.compare_digest(token.digest, self.digest)
            and now < self.expires_at
            and member.is_active
            and member.generation == self.generation
        )

    def has_to_be_noted(self, now: datetime) -> bool:
        """Whether the time of this request has to be written."""
        return now - self.seen_at >= NOTED_EVERY

    def seen(self, now: datetime) -> "StaffSession":
        """Return the session after a request."""
        return replace(self, seen_at=now)
