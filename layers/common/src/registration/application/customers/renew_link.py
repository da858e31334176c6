"""Asking for a new confirmation link."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from registration.application.ports import Clock, Conflict, Customers, NewId
from registration.application.rate_limits import RateLimiter
from registration.domain.customers import Consent, Customer, Evidence, Origin, new_customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import already_registered_mail, confirmation_mail
from registration.domain.profile import Gender, Profile, Salutation


@dataclass(frozen=True)
class RenewLink:
    """Sends the confirmation mail again, with a new link that replaces the old one.

    It answers nothing, and does the same work whoever the address belongs to: two
    reads and one transaction. For an unknown address the transaction is tried on a
    customer that is not there, and its condition refuses it. The owner of a confirmed
    address is told so. Whoever was sent too many mails is treated as unknown.
    """

    customers: Customers
    clock: Clock
    new_id: NewId
    lifetime: timedelta
    rate_limiter: RateLimiter

    def __call__(self, email: EmailAddress, client: str | None) -> bool:
        """Promise a new mail to the owner of an address, if it has one.

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
        missing = nobody(email, self.new_id, self.clock(), self.lifetime)
        now = missing.created_at
        self.rate_limiter.hit(client, now)
        allowed = self.rate_limiter.allows(email, now)
        claim = self.customers.claim_on(email)
        claim = claim if allowed else None
        found = self.customers.get(claim.reference if claim else missing.reference)
        with suppress(Conflict):
            if claim and claim.verified and found:
                mail = already_registered_mail(
                    to=found.email.typed,
                    reference=claim.reference,
                    mail_id=missing.token_id,
                    locale=claim.locale,
                    promised_at=now,
                    lifetime=self.lifetime,
                )
                self.customers.notify(mail, claim)
            else:
                renewed = replace(found or missing, token_id=missing.token_id, updated_at=now)
                self.customers.renew_link(renewed, confirmation_mail(renewed, now), now)
        return allowed


def nobody(email: EmailAddress, new_id: NewId, now: datetime, lifetime: timedelta) -> Customer:
    """Return a customer that is not there, to try a write on that changes nothing."""
    return new_customer(
        f"NOBODY--{new_id()}",
        email,
        Profile(Salutation.MS, "Nobody", "Nobody", Gender.NOT_APPLICABLE),
        password_hash=None,
        attempt_id=new_id(),
        token_id=new_id(),
        consent=Consent(Origin.FORM, None, Evidence(now)),
        lifetime=lifetime,
    )
