"""Sign-ups that wait for their confirmation, in the browser that made them.

It is told whether it can go on, and gives the sign-up up if its address was mistyped.
"""

from contextlib import suppress
from enum import StrEnum
from typing import Protocol

from registration.application import waiting
from registration.application.customers.link_request import ANSWER_SECONDS
from registration.application.ports import Conflict, NewId
from registration.domain.claims import Claim
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Suppression
from registration.frozen import dataclass


class SignUpState(StrEnum):
    """The state of a sign-up, as the browser that made it is told."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    UNDELIVERED = "undelivered"
    """The address takes no mail: one came back for good, or its owner complained of one."""


class SignUps(Protocol):
    """Sign-ups that wait for their confirmation."""

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return the claim on an address. One read."""

    def abandon(self, claim: Claim, new_attempt_id: str) -> None:
        """Remove the sign-up that a claim is of; the claim stays, abandoned.

        Of what others have entered or signed up, too, the customer stays with its link, and the
        browser is forgotten. One transaction. Whatever has become of it meanwhile stays, and raises
        :class:`Conflict`.
        """

    def claim_and_suppression(self, email: EmailAddress) -> tuple[Claim | None, Suppression | None]:
        """Return the claim on an address and its suppression, as of a moment ago. One read call."""


@dataclass(frozen=True)
class AwaitConfirmation:
    """Tells the browser that signed up, and no other, what has become of the sign-up.

    A browser that has signed up with a known address, or whose sign-up was replaced, waits as one
    whose mail nobody has read: the claim is on another browser's sign-up. So does one whose
    sign-up the owner has confirmed with another password.
    """

    sign_ups: SignUps

    def __call__(self, email: EmailAddress, browser_secret: str) -> SignUpState:
        """Return the state. One read."""
        claim, suppression = self.sign_ups.claim_and_suppression(email)
        if claim is None or not claim.signed_up_in(browser_secret):
            return SignUpState.WAITING
        if claim.verified:
            return SignUpState.CONFIRMED
        held = suppression is not None and suppression.holds
        return SignUpState.UNDELIVERED if held else SignUpState.WAITING


@dataclass(frozen=True)
class Abandon:
    """Removes the sign-up of a browser, so that the link in its mail confirms nothing.

    But an address that others have entered, or signed up in another browser, keeps its link: it has
    no other one. What sign-ups with the address are answered with, and how many there were, stays
    the same: else strangers could tell, by giving up, whether it has an account. The same work, in
    the same time, for a known address and for one that was signed up elsewhere since: of these
    nothing is removed.
    """

    sign_ups: SignUps
    new_id: NewId

    def __call__(self, email: EmailAddress, browser_secret: str) -> None:
        """Remove the sign-up with an address, if it is of this browser and not confirmed."""
        began = waiting.monotonic()
        try:
            claim = self.sign_ups.claim_on(email)
            if claim is None or not claim.signed_up_in(browser_secret):
                nobody = f"NOBODY--{self.new_id()}"
                claim = Claim(email.normalised, nobody, self.new_id(), False, None, None)
            with suppress(Conflict):
                self.sign_ups.abandon(claim, self.new_id())
        finally:
            # A transaction that DynamoDB writes takes longer than one that it cancels.
            waiting.wait(ANSWER_SECONDS, began)
