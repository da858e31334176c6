"""The ports that several use cases share. Each has an adapter on AWS and a fake."""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Protocol

from registration.domain.carts import Guest, GuestCart
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.idempotency import IdempotencyRecord, IdempotentRequest
from registration.domain.links import Link, Purpose
from registration.domain.mail.mails import Mail
from registration.domain.rate_limits import WindowCount
from registration.domain.sessions import Session
from registration.frozen import dataclass

Clock = Callable[[], datetime]
"""The time, in UTC."""

NewId = Callable[[], str]
"""A new random id: 16 characters of ``A-Za-z0-9_-``, 96 bits."""


class Conflict(Exception):
    """Another write came first, and nothing of ours was written: read again."""


class CartElsewhere(Conflict):
    """A guest's cart is gone, empty or another customer's: continue without it."""


class Customers(Protocol):
    """Customers and their claims on addresses, each change in one transaction.

    Every write has conditions, and raises :class:`Conflict` if the caller's read is out of
    date. Writes are idempotent: if the answer to the first try was lost, the second
    succeeds. The same transaction stores ``sign_ups`` with the claim, and the idempotency
    record ``record``; a valid record with the same key raises :class:`Conflict`.
    """

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return the claim on an address, even an expired one. One read."""

    def claim_and_cart(
        self, email: EmailAddress, guest: Guest
    ) -> tuple[Claim | None, GuestCart | None]:
        """Return the claim on an address, like :meth:`claim_on`, and a guest's cart. One read."""

    def get(self, reference: str) -> Customer | None:
        """Return a customer, even an expired one. One read."""

    def register(
        self,
        customer: Customer,
        mail: Mail,
        now: datetime,
        *,
        sign_ups: WindowCount | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Write a new customer, its claim (replacing an expired one) and its mail."""

    def replace(
        self,
        customer: Customer,
        mail: Mail,
        over: Claim,
        *,
        sign_ups: WindowCount | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Replace the unverified customer of an earlier sign-up.

        What staff or an import entered stays: the sign-up is noted beside it.
        """

    def notify(
        self,
        mail: Mail,
        owner: Claim,
        *,
        sign_ups: WindowCount | None = None,
        told_at: datetime | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Promise a mail to the verified customer with an address, or to a quiet one's owner.

        The claim notes ``told_at`` with it. A withheld mail is not written.
        """

    def confirm(
        self,
        customer: Customer,
        now: datetime,
        *,
        with_profile: bool = False,
        cart: GuestCart | None = None,
        session: Session | None = None,
        tells_browser: bool = False,
    ) -> None:
        """Write a newly confirmed customer, and make its claim permanent.

        The profile is written only ``with_profile``, so that what staff changes at this moment
        stays. The same transaction hands over a guest's ``cart`` and begins a ``session``. If only
        the cart fails, :class:`CartElsewhere` is raised. ``tells_browser``: the claim keeps the
        browser of the sign-up, which learns from it that the address is confirmed.
        """

    def renew_link(self, customer: Customer, mail: Mail, now: datetime) -> None:
        """Give a customer a new link and promise the mail with it.

        The link confirms an unverified customer; a verified one chooses a new password with it.
        An unknown customer raises :class:`Conflict` after the same work.
        """


class IdempotencyRecords(Protocol):
    """The answers to requests with an Idempotency-Key."""

    def find(self, request: IdempotentRequest) -> IdempotencyRecord | None:
        """Return the record of a request's key, even an expired one. One read."""


class Links(Protocol):
    """The tokens of links, signed with rotating keys."""

    def token(self, link: Link) -> str:
        """Return the token of a link."""

    def read(self, token: str, purpose: Purpose) -> Link:
        """Return the link of a token, or raise ``LinkWrong``."""

    def code(self, purpose: Purpose, reference: str, token_id: str) -> str:
        """Return the code that stands beside a link."""

    def is_code(self, digits: str, purpose: Purpose, reference: str, token_id: str) -> bool:
        """Whether these are the digits of the code beside a link."""


@dataclass(frozen=True)
class InlineImage:
    """An image that a mail brings along; its HTML shows it by the content id (RFC 2392)."""

    content_id: str
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class RenderedMail:
    """A mail as it is sent: a subject line, and the same content as text and as HTML."""

    subject: str
    text: str
    html: str
    images: tuple[InlineImage, ...] = ()


Withdrawals = Sequence[tuple[str, str]]
"""The sentences that the reader of a mail has agreed to, each with the URL that withdraws it."""

WriteLetter = Callable[[Mail, str, str, str, Withdrawals], RenderedMail]
"""Renders a mail in its customer's language, with its link's URL, the code beside it, the URL of
the link for who has not signed up, and what can be withdrawn; the last three may be empty."""
