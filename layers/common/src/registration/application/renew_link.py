"""Asking for a new confirmation link."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from registration.application.ports import Clock, Contested, Customers, NewId
from registration.domain.customers import Consent, Customer, Evidence, Origin, new_customer
from registration.domain.emails import EmailAddress
from registration.domain.fields import Gender, Profile, Salutation
from registration.domain.mails import already_registered_mail, confirmation_mail


@dataclass(frozen=True)
class RenewLink:
    """Sends the confirmation mail again, with a new link that replaces the old one.

    It answers nothing, and does the same work whoever the address belongs to: two
    reads and one transaction. For an unknown address the transaction is tried on a
    customer that is not there, and its condition refuses it. The owner of a confirmed
    address is told so.
    """

    customers: Customers
    clock: Clock
    new_id: NewId
    lifetime: timedelta

    def __call__(self, email: EmailAddress) -> None:
        """Promise a new mail to the owner of an address, if it has one."""
        nobody = self._nobody(email)
        now = nobody.created_at
        claim = self.customers.claim_on(email)
        found = self.customers.get(claim.reference if claim else nobody.reference)
        with suppress(Contested):
            if claim and claim.verified and found:
                mail = already_registered_mail(
                    to=found.email.typed,
                    reference=claim.reference,
                    mail_id=nobody.token_id,
                    locale=claim.locale,
                    promised_at=now,
                    lifetime=self.lifetime,
                )
                self.customers.notify(mail, claim)
            else:
                renewed = replace(found or nobody, token_id=nobody.token_id, updated_at=now)
                self.customers.renew_link(renewed, confirmation_mail(renewed, now), now)

    def _nobody(self, email: EmailAddress) -> Customer:
        return new_customer(
            f"NOBODY--{self.new_id()}",
            email,
            Profile(Salutation.MS, "Nobody", "Nobody", Gender.NOT_APPLICABLE),
            password_hash=None,
            attempt_id=self.new_id(),
            token_id=self.new_id(),
            consent=Consent(Origin.FORM, None, Evidence(self.clock())),
            lifetime=self.lifetime,
        )
