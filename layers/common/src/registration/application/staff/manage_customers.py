"""Managing customers: create, edit, send mails again, anonymise."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.customers.anonymise import anonymise
from registration.application.ports import Clock, Conflict, NewId
from registration.domain.claims import Claim, claim_over
from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    LinkedEmail,
    Origin,
    new_customer,
)
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    Busy,
    CustomerNotFound,
    EmailInUse,
    EmailQuiet,
    NotConfirmedYet,
)
from registration.domain.fields.asked import CustomerFields
from registration.domain.fields.own import Place
from registration.domain.mail.mails import (
    confirmation_mail,
    new_email_mail,
    reset_password_mail,
)
from registration.domain.profile import (
    profile_values,
)
from registration.frozen import dataclass

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CustomerCare:
    """What staff may do for customers. It never sees a password, and verifies no address.

    Unlike strangers, staff learn whether an address is known, and whose it is.
    """

    customers: Accounts
    belongings: Belongings
    clock: Clock
    new_id: NewId
    store: str
    lifetime: timedelta
    fields: CustomerFields

    def get(self, reference: str) -> Customer:
        """Return a customer.

        Raises
        ------
        CustomerNotFound
            The customer does not exist, was anonymised, or has expired unconfirmed.
        """
        customer = self.customers.get(reference)
        if customer is None or customer.has_expired(self.clock()):
            raise CustomerNotFound
        return customer

    def create(self, raw: Mapping[str, object]) -> Customer:
        """Create an unverified customer, who chooses a password with the mail's link.

        Raises
        ------
        InvalidFields, InvalidEmail, EmailTooLong
        EmailInUse
            The address belongs to a customer, verified or not.
        EmailQuiet
        Busy
        """
        now = self.clock()
        asked = self.fields.at(Place.BACK_OFFICE)
        email, profile = asked.read_entered(raw, now.date())
        customer = new_customer(
            f"{self.store}--{self.new_id()}",
            email,
            profile,
            password_hash=None,
            attempt_id=self.new_id(),
            token_id=self.new_id(),
            consent=Consent(Origin.BACK_OFFICE, None, Evidence(now)),
            agreements=asked.agreements(raw),
            lifetime=self.lifetime,
        )
        for _ in range(_MOST_TRIES):
            claim = self.customers.claim_on(customer.email)
            _check_free(claim, now)
            try:
                self.customers.register(customer, confirmation_mail(customer, now), now)
            except Conflict:
                logger.info("the address was taken or freed at the same moment")
            else:
                return customer
        raise Busy

    def edit(self, seen: Customer, raw: Mapping[str, object]) -> tuple[Customer, tuple[str, ...]]:
        """Change a customer's profile, or the address.

        Another address gets a mail with a link. One that was not proven is replaced at once, and
        its link works no more; a proven one stays until the new one is proven.

        Returns
        -------
        tuple
            The customer, and the names of the changed fields.

        Raises
        ------
        InvalidFields, InvalidEmail, EmailTooLong, EmailInUse, EmailQuiet
        Busy
            The customer was changed meanwhile.
        """
        now = self.clock()
        asked = self.fields.at(Place.BACK_OFFICE)
        profile = asked.changed(seen.profile, raw, now.date())
        email = EmailAddress.parse(str(raw["email"])) if "email" in raw else seen.email
        answers = asked.answers(raw, profile.locale)
        changed = replace(seen, profile=profile, updated_at=now).answering(answers, Evidence(now))
        before, after = _told(seen), _told(changed)
        names = dict.fromkeys((*before, *after))
        fields = tuple(name for name in names if before.get(name) != after.get(name))
        try:
            if email.normalised != seen.email.normalised:
                return self._readdress(changed, seen, email), ("email", *fields)
            if fields:
                self.customers.save(changed, seen)
        except Conflict as error:
            raise Busy from error
        return changed, fields

    def _readdress(self, changed: Customer, seen: Customer, email: EmailAddress) -> Customer:
        now, token_id = changed.updated_at, self.new_id()
        claim = self.customers.claim_on(email)
        if claim and claim.reference != seen.reference:
            _check_free(claim, now)
        if seen.is_verified:
            new = LinkedEmail(email, token_id, now + self.lifetime)
            asking = replace(changed, new_email=new)
            self.customers.save(asking, seen, new_email_mail(changed, new, now))
            return asking
        # A sign-up with the wrong address proves nothing about this one.
        corrected = replace(
            changed,
            email=email,
            attempt_id=token_id,
            token_id=token_id,
            token_since=now,
            sign_up=None,
            delivery=None,
        )
        taken = claim_over(corrected, None, self.new_id())
        # The browser that signed up waits for the mail to the wrong address.
        mail = replace(confirmation_mail(corrected, now), has_code=False)
        self.customers.change_email(corrected, seen, taken, None, mail, now)
        return corrected

    def resend(self, customer: Customer) -> Customer:
        """Send the confirmation mail again: the new link replaces the old one.

        Raises
        ------
        AlreadyConfirmed
        Busy
        """
        if customer.is_verified:
            raise AlreadyConfirmed
        now = self.clock()
        renewed = replace(customer, token_id=self.new_id(), token_since=now, updated_at=now)
        try:
            self.customers.renew_link(renewed, confirmation_mail(renewed, now), now)
        except Conflict as error:
            raise Busy from error
        return renewed

    def send_password_mail(self, customer: Customer) -> None:
        """Send a verified customer the mail with a link to choose a new password.

        Raises
        ------
        NotConfirmedYet
            The customer gets a password with the confirmation mail instead.
        Busy
        """
        if not customer.is_verified:
            raise NotConfirmedYet
        now, token_id = self.clock(), self.new_id()
        changed = customer.forgetting_password(token_id, now)
        mail = reset_password_mail(changed, token_id, now, self.lifetime)
        try:
            self.customers.save(changed, customer, mail)
        except Conflict as error:
            raise Busy from error

    def anonymise(self, customer: Customer) -> None:
        """Remove all personal data; the addresses become free.

        Raises
        ------
        Busy
        """
        anonymise(customer, self.customers, self.belongings, self.clock())


def _told(customer: Customer) -> dict[str, object]:
    return {**profile_values(customer.profile), **dict.fromkeys(customer.agreed, True)}


def _check_free(claim: Claim | None, now: datetime) -> None:
    if claim is None or claim.has_expired(now):
        return
    raise EmailQuiet(claim.expires_at) if claim.is_quiet else EmailInUse
