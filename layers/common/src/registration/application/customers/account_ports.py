"""The ports for changing an account."""

from datetime import datetime
from typing import Protocol

from registration.domain.customers import Claim, Customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import Mail


class Accounts(Protocol):
    """Customers, for changes. A write raises ``Conflict`` if another one came first."""

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return the claim on an address. One read."""
        ...

    def get(self, reference: str) -> Customer | None:
        """Return a customer. One read."""
        ...

    def save(self, changed: Customer, seen: Customer, mail: Mail | None = None) -> None:
        """Write a changed customer if it is unchanged since read, and promise a mail with it."""
        ...

    def anonymise(self, customer: Customer, now: datetime) -> None:
        """Keep only a customer's reference, and free the address."""
        ...


class Belongings(Protocol):
    """The belongings of a customer besides the account."""

    def end_sessions(self, reference: str) -> None:
        """Sign a customer out everywhere."""
        ...

    def remove_all(self, customer: Customer) -> None:
        """Remove sessions, carts and unsent mails."""
        ...
