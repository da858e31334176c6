"""Customers' sessions in browsers."""

from registration.application.customers.session_ports import Sessions
from registration.application.ports import Clock
from registration.domain.customers import Customer
from registration.domain.errors import RefreshFailed
from registration.domain.sessions import BrowserToken, Session
from registration.frozen import dataclass


@dataclass(frozen=True)
class BrowserSessions:
    """Reads and ends sessions by the token in a browser's cookie.

    Its token ends with the session, after a month at the latest.
    """

    sessions: Sessions
    clock: Clock

    def customer(self, kept: str | None) -> Customer | None:
        """Return the signed-in customer, if the browser's token is valid. One read."""
        session, customer = self._read(kept)
        if session is None or customer is None or not customer.is_verified:
            return None
        return customer if customer.generation == session.generation else None

    def leave(self, kept: str | None) -> None:
        """End the session of a browser's token, if the token is valid."""
        session, _ = self._read(kept)
        if session:
            self.sessions.end(session.reference, session.session_id)

    def _read(self, kept: str | None) -> tuple[Session | None, Customer | None]:
        try:
            token = BrowserToken.parse(kept or "")
        except RefreshFailed:
            return None, None
        session, customer = self.sessions.with_customer(token.reference, token.session_id)
        if session is None or session.has_expired(self.clock()) or not session.is_newest(token):
            return None, None
        return session, customer
