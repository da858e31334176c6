"""What changing an account needs of the world."""

from datetime import datetime
from typing import Protocol

from registration.domain.customers import Claim, Customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import Mail


class Accounts(Protocol):
    """Customers, to change. A write that others overtook raises ``Conflict``."""

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return whose an address is. One read."""
        ...

    def get(self, reference: str) -> Customer | None:
        """Return a customer. One read."""
        ...

    def save(self, changed: Customer, seen: Customer, mail: Mail | None = None) -> None:
        """Write a changed customer over what was seen, and promise a mail with it."""
        ...

    def anonymise(self, customer: Customer, now: datetime) -> None:
        """Leave of a customer the reference alone, and free its address."""
        ...


class Belongings(Protocol):
    """What a customer has besides the account."""

    def end_sessions(self, reference: str) -> None:
        """Sign a customer out everywhere."""
        ...

    def remove_all(self, customer: Customer) -> None:
        """Remove sessions, carts and mails not sent yet."""
        ...
