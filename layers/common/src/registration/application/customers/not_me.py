"""The owner of an address says that it was somebody else; and that mail may come again.

::

    sign-up ──"It wasn't me", ticked──▶ quiet ──the owner asks for a mail──▶ told ──typed──▶ free
                                          └──QuietDays, or staff──▶ free

No link does anything by itself, because mail scanners follow links and press buttons: one asks for
a tick, the other for the address.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from registration.application.ports import Clock, Conflict, Customers, Links, NewId
from registration.domain.claims import Claim, quiet_claim
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, LinkExpired, LinkWrong
from registration.domain.links import Purpose
from registration.frozen import dataclass

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


class QuietAddresses(Customers, Protocol):
    """Customers, to keep their addresses quiet. A write raises ``Conflict`` if another came first.

    If the answer to the first try was lost, the second one succeeds.
    """

    def remove(self, customer: Customer, quiet: Claim) -> None:
        """Remove an unverified customer; ``quiet`` takes the place of its claim."""

    def take_out(self, customer: Customer, quiet: Claim | None) -> None:
        """Take the unproven address, ``new_email``, out of a verified customer of now.

        ``quiet`` is the claim on it, if nobody has one.
        """

    def end_quiet(self, quiet: Claim) -> None:
        """Remove a claim that keeps an address quiet."""


@dataclass(frozen=True)
class NotMe:
    """Removes what somebody else did with an address, and keeps the address quiet."""

    addresses: QuietAddresses
    links: Links
    clock: Clock
    new_id: NewId
    lifetime: timedelta

    def look(self, token: str) -> tuple[Customer, EmailAddress]:
        """Return the customer and the unproven address of a link, without changing anything.

        Raises
        ------
        LinkWrong, LinkReplaced, AlreadyConfirmed
        LinkExpired
            There is nothing to remove any more.
        """
        link = self.links.read(token, Purpose.NOT_ME)
        customer = self.addresses.get(link.reference)
        if customer is None:
            raise LinkExpired
        return customer, customer.unproven_email(link.token_id, self.clock())

    def __call__(self, token: str) -> Claim | None:
        """Remove the sign-up, or take the address out of the account that it was entered for.

        Returns
        -------
        Claim
            What keeps the address quiet; none if somebody has signed up with it besides.

        Raises
        ------
        LinkWrong, LinkReplaced, LinkExpired, AlreadyConfirmed
        Busy
        """
        for _ in range(_MOST_TRIES):
            customer, email = self.look(token)
            try:
                return self._quieten(customer, email)
            except Conflict:
                logger.info("the customer or the address was changed at the same moment")
        raise Busy

    def _quieten(self, customer: Customer, email: EmailAddress) -> Claim | None:
        now, over = self.clock(), self.addresses.claim_on(email)
        over = None if over is None or over.has_expired(now) else over
        disowned = replace(customer, email=email)
        quiet = quiet_claim(disowned, over, self.new_id(), now, self.lifetime)
        if not customer.is_verified:
            self.addresses.remove(customer, quiet)
            return quiet
        self.addresses.take_out(replace(customer, updated_at=now), None if over else quiet)
        return None if over else quiet


@dataclass(frozen=True)
class AllowMails:
    """Ends the quiet of an address."""

    addresses: QuietAddresses
    links: Links
    clock: Clock

    def quiet(self, email: EmailAddress) -> Claim | None:
        """Return the claim that keeps an address quiet now."""
        claim = self.addresses.claim_on(email)
        return claim if claim and claim.keeps_quiet(self.clock()) else None

    def by_link(self, token: str, email: EmailAddress) -> None:
        """End it by the link of a mail, and the address that the mail went to.

        Raises
        ------
        LinkWrong
            The link, or the address, is none of a quiet address: nobody learns which.
        """
        link, claim = self.links.read(token, Purpose.ALLOW_MAILS), self.quiet(email)
        if link.has_expired(self.clock()) or not claim or claim.reference != link.reference:
            raise LinkWrong
        self.end(claim)

    def end(self, quiet: Claim) -> None:
        """End it; somebody else may have done so at the same moment."""
        try:
            self.addresses.end_quiet(quiet)
        except Conflict:
            logger.info("the quiet of an address ended at the same moment")
