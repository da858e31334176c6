"""The ports for changing an account."""

from datetime import datetime
from typing import Protocol

from registration.application.ports import Customers
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.domain.mail.mails import Mail


class Accounts(Customers, Protocol):
    """Customers, for changes as well. A write raises ``Conflict`` if another one came first."""

    def save(self, changed: Customer, seen: Customer, mail: Mail | None = None) -> None:
        """Write a changed customer if it is unchanged since read, and promise a mail with it."""

    def change_email(
        self,
        changed: Customer,
        seen: Customer,
        claim: Claim,
        over: Claim | None,
        mail: Mail,
        now: datetime,
    ) -> None:
        """Write a customer with another address, if both are unchanged since read, with its mail.

        ``claim`` takes the place of ``over``, whose unverified customer goes. The claim on the
        address before expires with its way back; that on an address without one is removed.
        """

    def anonymise(self, customer: Customer, now: datetime) -> None:
        """Keep only a customer's reference, and free the addresses."""


class Belongings(Protocol):
    """The belongings of a customer besides the account."""

    def end_sessions(self, reference: str) -> None:
        """Sign a customer out everywhere."""

    def remove_all(self, customer: Customer) -> None:
        """Remove sessions, carts and unsent mails."""
