"""The ports for signing in, besides customers."""

from datetime import datetime
from typing import Protocol

from registration.domain.customers import Customer
from registration.domain.sessions import RefreshToken, Session


class AccessTokens(Protocol):
    """Issues and reads access tokens."""

    def issue(
        self, reference: str, session_id: str, token_id: str, now: datetime, generation: int = 0
    ) -> str:
        """Return a token that authenticates a customer for as long as a session lasts."""


class NextToken(Protocol):
    """Derives the token that replaces a refresh token, with a key of the service."""

    def __call__(self, token: RefreshToken) -> RefreshToken:
        """Return the next token: the same each time."""


class Sessions(Protocol):
    """The sessions of customers. A write raises ``Conflict`` if another one came first."""

    def begin(self, session: Session, customer: Customer, rehashed: str | None) -> None:
        """Store a new session; a new hash replaces that of the customer's password."""

    def with_customer(
        self, reference: str, session_id: str
    ) -> tuple[Session | None, Customer | None]:
        """Return a session and its customer. One read."""

    def go_on(self, session: Session, seen: Session) -> None:
        """Store a session with its next token, if it is unchanged since read."""

    def end(self, reference: str, session_id: str) -> None:
        """Remove a session."""

    def end_all(self, reference: str) -> None:
        """Remove every session of a customer."""
