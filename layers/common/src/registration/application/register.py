"""Signing up: one use case for the form, the checkout and the API."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from registration.application.ports import Clock, Contested, Customers, NewId
from registration.domain.customers import Claim, Consent, Customer, Evidence, Origin, new_customer
from registration.domain.errors import Busy, EmailInUse
from registration.domain.fields import SignUp, own_data
from registration.domain.mails import already_registered_mail, confirmation_mail
from registration.domain.passwords import PasswordRules, check_password, hash_password

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


class ExistingEmail(StrEnum):
    """What signing up with a customer's address answers."""

    CONCEAL = "conceal"
    REVEAL = "reveal"


@dataclass(frozen=True)
class Visitor:
    """Who signs up: which way, from where, with which browser."""

    origin: Origin
    address: str | None = None
    user_agent: str | None = None
    browser_secret: str | None = None


@dataclass(frozen=True)
class Register:
    """Signs customers up.

    One read chooses between three transactions of the same size; the conditions of
    the transaction decide. So a new, an unconfirmed and a known address cost the same
    calls, and the answer tells nothing of which it was.
    """

    customers: Customers
    clock: Clock
    new_id: NewId
    store: str
    password_rules: PasswordRules
    existing_email: ExistingEmail
    terms_version: str
    lifetime: timedelta

    def __call__(self, sign_up: SignUp, visitor: Visitor) -> Customer:
        """Sign a customer up and promise the mail.

        Returns
        -------
        Customer
            What was asked for, with the reference to answer. For the address of a
            verified customer it was not written; its owner gets a mail instead.

        Raises
        ------
        WeakPassword
            The password is against the rules.
        EmailInUse
            The address is a verified customer's, and the setting is to reveal that.
        Busy
            Others kept writing the same address.
        """
        check_password(
            sign_up.password, self.password_rules, own_data(sign_up.email, sign_up.profile)
        )
        customer = self._customer(sign_up, visitor)
        for _ in range(_MOST_TRIES):
            try:
                return self._write(customer)
            except Contested:
                logger.info("another sign-up with the same address came first")
        raise Busy

    def _customer(self, sign_up: SignUp, visitor: Visitor) -> Customer:
        signed_up = Evidence(self.clock(), visitor.address, visitor.user_agent)
        return new_customer(
            f"{self.store}--{self.new_id()}",
            sign_up.email,
            sign_up.profile,
            password_hash=hash_password(sign_up.password),
            attempt_id=self.new_id(),
            token_id=self.new_id(),
            consent=Consent(visitor.origin, self.terms_version, signed_up),
            lifetime=self.lifetime,
            browser_secret=visitor.browser_secret,
        )

    def _write(self, customer: Customer) -> Customer:
        now = customer.created_at
        claim = self.customers.claim_on(customer.email)
        if claim is None or claim.has_run_out(now):
            self.customers.register(customer, confirmation_mail(customer, now), now)
            return customer
        if not claim.verified:
            known = replace(customer, reference=claim.reference)
            self.customers.replace(known, confirmation_mail(known, now), claim)
        elif self.existing_email is ExistingEmail.REVEAL:
            raise EmailInUse
        else:
            self._tell_owner(customer, claim)
        return replace(customer, reference=self._answered_reference(claim))

    def _answered_reference(self, claim: Claim) -> str:
        if self.existing_email is ExistingEmail.REVEAL:
            return claim.reference
        return claim.alias or claim.reference

    def _tell_owner(self, customer: Customer, claim: Claim) -> None:
        mail = already_registered_mail(
            to=customer.email.typed,
            reference=claim.reference,
            mail_id=customer.token_id,
            locale=claim.locale,
            promised_at=customer.created_at,
            lifetime=self.lifetime,
        )
        self.customers.notify(mail, claim)
