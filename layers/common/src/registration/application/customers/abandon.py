"""Giving a sign-up up: its address was mistyped, and the browser signs up with another one."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from registration.application import waiting
from registration.application.customers.link_request import ANSWER_SECONDS
from registration.application.ports import Conflict, NewId
from registration.domain.customers import Claim
from registration.domain.emails import EmailAddress


class SignUps(Protocol):
    """Sign-ups that wait for their confirmation."""

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return the claim on an address. One read."""

    def abandon(self, claim: Claim, new_token_id: str) -> None:
        """Remove the sign-up that a claim is of, or what it told of a customer that others entered.

        One transaction. Whatever has become of it meanwhile stays, and raises :class:`Conflict`.
        """


@dataclass(frozen=True)
class Abandon:
    """Removes the sign-up of a browser, so that the link in its mail confirms nothing.

    The same work, in the same time, for a known address and for one that was signed up elsewhere
    since: of these nothing is removed.
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
