"""Managing customers: create, edit, send mails again, anonymise."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.customers.anonymise import anonymise
from registration.application.ports import Clock, Conflict, NewId
from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    Origin,
    new_customer,
)
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    Busy,
    CustomerNotFound,
    EmailInUse,
    InvalidFields,
    NotConfirmedYet,
)
from registration.domain.mail.mails import confirmation_mail, reset_password_mail
from registration.domain.profile import (
    EMAIL,
    OPTIONAL_PROFILE,
    REQUIRED_PROFILE,
    changed_profile,
    flaws_in,
    profile_values,
    read_profile,
)

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
        Busy
        """
        now = self.clock()
        flaws = flaws_in(raw, (EMAIL, *REQUIRED_PROFILE, *OPTIONAL_PROFILE), now.date())
        if flaws:
            raise InvalidFields(tuple(flaws))
        customer = new_customer(
            f"{self.store}--{self.new_id()}",
            EmailAddress.parse(str(raw["email"])),
            read_profile(raw),
            password_hash=None,
            attempt_id=self.new_id(),
            token_id=self.new_id(),
            consent=Consent(Origin.BACK_OFFICE, None, Evidence(now)),
            lifetime=self.lifetime,
        )
        for _ in range(_MOST_TRIES):
            claim = self.customers.claim_on(customer.email)
            if claim and not claim.has_expired(now):
                raise EmailInUse
            try:
                self.customers.register(customer, confirmation_mail(customer, now), now)
            except Conflict:
                logger.info("the address was taken or freed at the same moment")
            else:
                return customer
        raise Busy

    def edit(self, seen: Customer, raw: Mapping[str, object]) -> tuple[Customer, tuple[str, ...]]:
        """Change a customer's profile.

        Returns
        -------
        tuple
            The customer, and the names of the changed fields.

        Raises
        ------
        InvalidFields
        Busy
            The customer was changed meanwhile.
        """
        now = self.clock()
        profile = changed_profile(seen.profile, raw, now.date())
        changed = replace(seen, profile=profile, updated_at=now)
        before, after = profile_values(seen.profile), profile_values(profile)
        fields = tuple(name for name in before if before[name] != after[name])
        if fields:
            try:
                self.customers.save(changed, seen)
            except Conflict as error:
                raise Busy from error
        return changed, fields

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
        renewed = replace(customer, token_id=self.new_id(), updated_at=now)
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
        changed = replace(customer, reset_token_id=token_id, updated_at=now)
        mail = reset_password_mail(changed, token_id, now, self.lifetime)
        try:
            self.customers.save(changed, customer, mail)
        except Conflict as error:
            raise Busy from error

    def anonymise(self, customer: Customer) -> None:
        """Remove all personal data; the address becomes free.

        Raises
        ------
        Busy
        """
        anonymise(customer, self.customers, self.belongings, self.clock())
