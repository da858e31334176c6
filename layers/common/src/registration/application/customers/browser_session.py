"""Sessions in a browser: who is signed in, and signing out."""

from dataclasses import dataclass

from registration.application.customers.session_ports import Sessions
from registration.application.ports import Clock
from registration.domain.customers import Customer
from registration.domain.errors import RefreshFailed
from registration.domain.sessions import RefreshToken, Session


@dataclass(frozen=True)
class BrowserSessions:
    """Reads what a browser keeps of its session: the token that began it.

    A browser sends many requests at once, so its token is not replaced on each use as
    that of an API client is; it ends with the session, at the latest a month on.
    """

    sessions: Sessions
    clock: Clock

    def customer(self, kept: str | None) -> Customer | None:
        """Return who is signed in, if what the browser keeps still counts. One read."""
        session, customer = self._read(kept)
        if session is None or customer is None or not customer.is_verified:
            return None
        return customer if customer.generation == session.generation else None

    def leave(self, kept: str | None) -> None:
        """End the session that a browser keeps, if it is one."""
        session, _ = self._read(kept)
        if session:
            self.sessions.end(session.reference, session.session_id)

    def _read(self, kept: str | None) -> tuple[Session | None, Customer | None]:
        try:
            token = RefreshToken.parse(kept or "")
        except RefreshFailed:
            return None, None
        session, customer = self.sessions.with_customer(token.reference, token.session_id)
        if session is None or session.has_expired(self.clock()) or not session.is_newest(token):
            return None, None
        return session, customer
