"""What signing in needs of the world, besides customers."""

from datetime import datetime
from typing import Protocol

from registration.domain.customers import Customer
from registration.domain.sessions import Session


class AccessTokens(Protocol):
    """Issues and reads access tokens."""

    def issue(self, reference: str, token_id: str, now: datetime, generation: int = 0) -> str:
        """Return a token that says who a customer is."""
        ...


class Sessions(Protocol):
    """The sessions of customers. A write that others overtook raises ``Conflict``."""

    def begin(self, session: Session, customer: Customer, rehashed: str | None) -> None:
        """Keep a new session; if a new hash is given, the customer's password has it now."""
        ...

    def with_customer(
        self, reference: str, session_id: str
    ) -> tuple[Session | None, Customer | None]:
        """Return a session and its customer. One read."""
        ...

    def go_on(self, session: Session, seen: Session) -> None:
        """Keep a session with its next token, in place of what was seen."""
        ...

    def end(self, reference: str, session_id: str) -> None:
        """Forget a session."""
        ...

    def end_all(self, reference: str) -> None:
        """Forget every session of a customer."""
        ...
