"""Codes that people type in place of following the links that they stand beside."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from registration.application.ports import Clock, Customers, Links, NewId
from registration.application.rate_limits import CodeRateLimiter
from registration.domain.customers import Customer, browser_digest
from registration.domain.emails import EmailAddress
from registration.domain.errors import CodeWrong
from registration.domain.links import Link, Purpose
from registration.frozen import dataclass


def check_code(links: Links, digits: str, link: Link | None, now: datetime) -> Link:
    """Return a link if digits are the code beside it and it works; without one they are wrong.

    Raises
    ------
    CodeWrong, LinkExpired
    """
    # The same work without a link.
    named = link or Link(Purpose.CONFIRM, "NOBODY", "NOBODY", now)
    right = links.is_code(digits, named.purpose, named.reference, named.token_id)
    if link is None or not right:
        raise CodeWrong
    link.check_time(now)
    return link


@dataclass(frozen=True)
class ExchangeCode:
    """Exchanges a code for the token of its link, so that all else is as with the link.

    Each method counts the code first, and raises :class:`CodeWrong`, :class:`LinkExpired`,
    :class:`TooManyCodes`, :class:`TooManyAttempts` or :class:`Busy`.
    """

    customers: Customers
    links: Links
    clock: Clock
    new_id: NewId
    rate_limiter: CodeRateLimiter
    lifetimes: Mapping[Purpose, timedelta]

    def for_new_password(
        self, email: EmailAddress, digits: str, browser_secret: str, client: str | None
    ) -> str:
        """Return the token of the link for a new password, in the browser that asked for it.

        The same work for every address: two reads.
        """
        self._count(client, f"browser {browser_digest(browser_secret)}")
        claim = self.customers.claim_on(email)
        found = self.customers.get(claim.reference if claim else f"NOBODY--{self.new_id()}")
        lifetime = self.lifetimes[Purpose.RESET_PASSWORD]
        return self._token(digits, found.reset_link(browser_secret, lifetime) if found else None)

    def for_new_email(self, customer: Customer, digits: str, client: str | None) -> str:
        """Return the token of the link that proves a customer's new address."""
        link = customer.new_email_link(self.lifetimes[Purpose.CHANGE_EMAIL])
        self._count(client, f"link {customer.reference} {link.token_id if link else None}")
        return self._token(digits, link)

    def _count(self, client: str | None, subject: str) -> None:
        self.rate_limiter.hit(client, subject, self.clock())

    def _token(self, digits: str, link: Link | None) -> str:
        return self.links.token(check_code(self.links, digits, link, self.clock()))
