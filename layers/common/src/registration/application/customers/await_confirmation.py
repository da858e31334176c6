"""The page that waits in the browser that signed up: whether it can go on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from registration.domain.customers import Claim
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Suppression


class SignUpState(StrEnum):
    """The state of a sign-up, as the browser that made it is told."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    UNDELIVERED = "undelivered"
    """The address takes no mail: one came back for good, or its owner complained of one."""


class Watched(Protocol):
    """What says how a sign-up is getting on."""

    def claim_and_suppression(self, email: EmailAddress) -> tuple[Claim | None, Suppression | None]:
        """Return the claim on an address and its suppression, as of a moment ago. One read call."""


@dataclass(frozen=True)
class AwaitConfirmation:
    """Tells the browser that signed up, and no other, what has become of the sign-up.

    A browser that has signed up with a known address, or whose sign-up was replaced, waits as one
    whose mail nobody has read: the claim is on another browser's sign-up. So does one whose
    sign-up the owner has confirmed with another password.
    """

    watched: Watched

    def __call__(self, email: EmailAddress, browser_secret: str) -> SignUpState:
        """Return the state. One read."""
        claim, suppression = self.watched.claim_and_suppression(email)
        if claim is None or not claim.signed_up_in(browser_secret):
            return SignUpState.WAITING
        if claim.verified:
            return SignUpState.CONFIRMED
        held = suppression is not None and suppression.holds
        return SignUpState.UNDELIVERED if held else SignUpState.WAITING
