"""What the use cases need of the world. Each port has an adapter on AWS and a fake."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registration.domain.carts import Guest, GuestCart
from registration.domain.customers import Claim, Customer
from registration.domain.emails import EmailAddress
from registration.domain.idempotency import IdempotencyRecord, IdempotentRequest
from registration.domain.links import Link, Purpose
from registration.domain.mail.mails import Mail
from registration.domain.rate_limits import WindowCount
from registration.domain.sessions import Session

Clock = Callable[[], datetime]
"""The time, in UTC."""

NewId = Callable[[], str]
"""A new random id: 16 characters of ``A-Za-z0-9_-``, 96 bits."""


class Conflict(Exception):
    """Somebody else wrote first, and nothing of ours was written: read again."""


class CartElsewhere(Conflict):
    """A guest's cart is gone, empty or another's by now: go on without it."""


class Customers(Protocol):
    """Customers and their claims on addresses, each change in one transaction.

    Every write is guarded by conditions, and raises :class:`Conflict` when what the
    caller has read is no longer so. A write that finds itself already done (the
    answer to the first try was lost) succeeds. ``sign_ups`` is kept with the claim, and
    a ``receipt`` beside it, in the same transaction; a receipt with the same key that
    still counts makes it :class:`Conflict`.
    """

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return whose an address is, claims that have run out included. One read."""
        ...

    def claim_and_cart(
        self, email: EmailAddress, guest: Guest
    ) -> tuple[Claim | None, GuestCart | None]:
        """Return whose an address is, as :meth:`claim_on`, and a guest's cart. One read."""
        ...

    def get(self, reference: str) -> Customer | None:
        """Return a customer, one that has run out included. One read."""
        ...

    def register(
        self,
        customer: Customer,
        mail: Mail,
        now: datetime,
        *,
        sign_ups: WindowCount | None = None,
        receipt: IdempotencyRecord | None = None,
    ) -> None:
        """Write a new customer, its claim (over one that has run out, too) and its mail."""
        ...

    def replace(
        self,
        customer: Customer,
        mail: Mail,
        over: Claim,
        *,
        sign_ups: WindowCount | None = None,
        receipt: IdempotencyRecord | None = None,
    ) -> None:
        """Write a customer over the unverified one that an earlier sign-up made."""
        ...

    def notify(
        self,
        mail: Mail,
        owner: Claim,
        *,
        sign_ups: WindowCount | None = None,
        receipt: IdempotencyRecord | None = None,
    ) -> None:
        """Promise a mail to the verified customer that an address belongs to."""
        ...

    def confirm(
        self,
        customer: Customer,
        now: datetime,
        *,
        cart: GuestCart | None = None,
        session: Session | None = None,
    ) -> None:
        """Write a customer that has just been confirmed, and make its claim lasting.

        A guest's ``cart`` becomes the customer's in the same transaction, and a ``session``
        begins in it. Where the cart alone hinders it, :class:`CartElsewhere` is raised.
        """
        ...

    def renew_link(self, customer: Customer, mail: Mail, now: datetime) -> None:
        """Give an unverified customer a new link and promise the mail that carries it.

        A customer that is not there raises :class:`Conflict` after the same work.
        """
        ...


class IdempotencyRecords(Protocol):
    """What requests with an Idempotency-Key were answered."""

    def find(self, request: IdempotentRequest) -> IdempotencyRecord | None:
        """Return the receipt of a request's key, one that has run out included. One read."""
        ...


class Links(Protocol):
    """The tokens of links, signed with keys that change now and then."""

    def token(self, link: Link) -> str:
        """Return the token of a link."""
        ...

    def read(self, token: str, purpose: Purpose) -> Link:
        """Return what a token says, or raise ``LinkWrong``."""
        ...


@dataclass(frozen=True)
class RenderedMail:
    """A mail as it is sent: a subject of one line, the same content as text and as HTML."""

    subject: str
    text: str
    html: str


WriteLetter = Callable[[Mail, str], RenderedMail]
"""Writes a mail in its customer's language; the second argument is the address it links to."""
