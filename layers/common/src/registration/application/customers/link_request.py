"""Somebody asks for a mail with a link: what is the same whatever the link is for."""

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from registration.application import waiting
from registration.application.ports import Clock, Conflict, Customers, NewId
from registration.application.rate_limits import RateLimiter
from registration.domain.claims import Claim
from registration.domain.customers import Consent, Customer, Evidence, Origin, new_customer, nobody
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import confirmation_mail, quiet_address_mail
from registration.domain.profile import Gender, Profile, Salutation
from registration.frozen import dataclass

ANSWER_SECONDS = 0.25
"""What the request takes, or a multiple of it."""


@dataclass(frozen=True)
class LinkRequest(ABC):
    """Promises a mail to the owner of an address.

    It answers nothing, and does the same work for every address: two reads and one transaction.
    For an unknown address it tries the transaction on a placeholder, a customer that does not
    exist, and the transaction's condition refuses it. An address that was sent too many mails is
    treated as unknown. The owner of a quiet address gets a mail about that, once in a day. The
    answer comes at the same time for all.
    """

    customers: Customers
    clock: Clock
    new_id: NewId
    lifetime: timedelta
    rate_limiter: RateLimiter

    def __call__(
        self, email: EmailAddress, client: str | None, browser_secret: str | None = None
    ) -> bool:
        """Promise a mail to the owner of an address, if it has one.

        With the secret of a browser, a code in the mail counts there.

        Returns
        -------
        bool
            Whether the address was not asked for too often. Nobody must be told.

        Raises
        ------
        TooManyAttempts
            This client asks too often.
        Busy
            It could not be counted.
        """
        placeholder, began = self._placeholder(email, browser_secret), waiting.monotonic()
        now = placeholder.created_at
        self.rate_limiter.hit(client, now)
        allowed = self.rate_limiter.allows(email, now)
        try:
            claim = self.customers.claim_on(email)
            claim = claim if allowed and claim and not claim.is_former else None
            found = self.customers.get(claim.reference if claim else placeholder.reference)
            with suppress(Conflict):
                if claim and claim.may_tell(now):
                    self._tell(claim, placeholder)
                else:
                    self._promise(claim, found, placeholder)
        finally:
            # A transaction that DynamoDB writes takes longer than one that it cancels.
            waiting.wait(ANSWER_SECONDS, began)
        return allowed

    @abstractmethod
    def _promise(self, claim: Claim | None, found: Customer | None, placeholder: Customer) -> None:
        """Promise the mail; ids, times and the browser are the placeholder's."""

    def _tell(self, claim: Claim, placeholder: Customer) -> None:
        mail_id, now = placeholder.token_id, placeholder.created_at
        to = placeholder.email.typed
        mail = quiet_address_mail(to=to, mail_id=mail_id, claim=claim, promised_at=now)
        self.customers.notify(mail, claim, told_at=now)

    def _renew(self, customer: Customer, placeholder: Customer, *, has_code: bool) -> None:
        """Promise a confirmation mail whose link replaces the one before."""
        token_id, now = placeholder.token_id, placeholder.created_at
        renewed = replace(customer, token_id=token_id, token_since=now, updated_at=now)
        mail = confirmation_mail(renewed, now)
        mail = replace(mail, has_code=mail.has_code and has_code)
        self.customers.renew_link(renewed, mail, now)

    def _placeholder(self, email: EmailAddress, browser_secret: str | None) -> Customer:
        now: datetime = self.clock()
        return new_customer(
            nobody(self.new_id()),
            email,
            Profile(Salutation.MS, "Nobody", "Nobody", Gender.NOT_APPLICABLE),
            password_hash=None,
            attempt_id=self.new_id(),
            token_id=self.new_id(),
            consent=Consent(Origin.FORM, None, Evidence(now)),
            lifetime=self.lifetime,
            browser_secret=browser_secret,
        )
