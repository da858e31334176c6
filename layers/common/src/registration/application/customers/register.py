"""Signing up: one use case for the form, the checkout and the API."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from registration.application.ports import Clock, Conflict, Customers, IdempotencyRecords, NewId
from registration.application.rate_limits import RateLimiter
from registration.domain.carts import Guest
from registration.domain.claims import Claim
from registration.domain.customers import Consent, Customer, Evidence, Origin, Terms, new_customer
from registration.domain.errors import Busy, EmailInUse
from registration.domain.idempotency import IdempotencyRecord, IdempotentRequest
from registration.domain.mail.mails import Mail, already_registered_mail, confirmation_mail
from registration.domain.passwords import PasswordRules, check_password, hash_password
from registration.domain.profile import SignUp, own_data
from registration.domain.rate_limits import WindowCount
from registration.frozen import dataclass

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


TermsIn = Callable[[str | None], Terms]
"""The terms, accepted in the language of a locale, or in the shop's if none is known."""


class ExistingEmail(StrEnum):
    """The answer to a sign-up with a customer's address."""

    CONCEAL = "conceal"
    REVEAL = "reveal"


@dataclass(frozen=True)
class Visitor:
    """The origin of a sign-up: channel, network address, browser and guest.

    ``earlier_secret`` is that of the sign-up before in the same browser.
    """

    origin: Origin
    address: str | None = None
    user_agent: str | None = None
    browser_secret: str | None = None
    earlier_secret: str | None = None
    guest: Guest | None = None


@dataclass(frozen=True)
class Register:
    """Signs customers up.

    One read chooses between three transactions of the same size; the conditions of the
    transaction decide. So a new, an unconfirmed, a known and a quiet address cost the same
    calls, and the answer does not reveal which it was. The claim counts the sign-ups with its
    address, which costs no further call.

    A request with a key writes its idempotency record in the same transaction: the record
    exists if and only if the sign-up does.
    """

    customers: Customers
    clock: Clock
    new_id: NewId
    store: str
    password_rules: PasswordRules
    existing_email: ExistingEmail
    terms: TermsIn
    lifetime: timedelta
    rate_limiter: RateLimiter
    records: IdempotencyRecords

    def __call__(
        self, sign_up: SignUp, visitor: Visitor, request: IdempotentRequest | None = None
    ) -> Customer:
        """Sign a customer up and promise the mail.

        Returns
        -------
        Customer
            The requested customer, with the reference to answer. If the address belongs to a
            verified customer, nothing was written and the owner gets a mail instead, unless the
            address is quiet. A repeated request gets the customer of the first answer.

        Raises
        ------
        WeakPassword
            The password breaks a rule.
        EmailInUse
            The address belongs to a verified customer, and the setting reveals that.
        TooManyAttempts
            The limit of this client or this address is reached.
        KeyReused
            The key was used with another body before.
        Busy
            Other requests kept writing the same address.
        """
        # The limit first: judging a password costs more than anything before it.
        self.rate_limiter.hit(visitor.address, self.clock())
        check_password(
            sign_up.password, self.password_rules, own_data(sign_up.email, sign_up.profile)
        )
        if request and (record := self._record(request, sign_up)):
            return self._answered(record, sign_up, visitor)
        now, reference = self.clock(), f"{self.store}--{self.new_id()}"
        customer = self._customer(sign_up, visitor, reference, hash_password(sign_up.password), now)
        for _ in range(_MOST_TRIES):
            try:
                return self._write(customer, visitor, request)
            except Conflict:
                logger.info("another sign-up with the same address or key came first")
            if request and (record := self._record(request, sign_up)):
                return self._answered(record, sign_up, visitor)
        raise Busy

    def _record(self, request: IdempotentRequest, sign_up: SignUp) -> IdempotencyRecord | None:
        record = self.records.find(request)
        if record is None or record.has_expired(self.clock()):
            return None
        record.check(request, sign_up.password)
        return record

    def _answered(self, record: IdempotencyRecord, sign_up: SignUp, visitor: Visitor) -> Customer:
        return self._customer(
            sign_up, visitor, record.reference, record.password_hash, record.answered_at
        )

    def _customer(
        self, sign_up: SignUp, visitor: Visitor, reference: str, password_hash: str, at: datetime
    ) -> Customer:
        signed_up = Evidence(at, visitor.address, visitor.user_agent)
        terms = self.terms(sign_up.profile.locale)
        return new_customer(
            reference,
            sign_up.email,
            sign_up.profile,
            password_hash=password_hash,
            attempt_id=self.new_id(),
            token_id=self.new_id(),
            consent=Consent(
                visitor.origin, terms.version, signed_up, terms_sentence=terms.sentence
            ),
            lifetime=self.lifetime,
            browser_secret=visitor.browser_secret,
            agreements=sign_up.agreements,
        )

    def _write(
        self, customer: Customer, visitor: Visitor, request: IdempotentRequest | None
    ) -> Customer:
        now = customer.created_at
        if visitor.guest:
            claim, cart = self.customers.claim_and_cart(customer.email, visitor.guest)
            customer = replace(customer, guest_cart=cart)
        else:
            claim = self.customers.claim_on(customer.email)
        if claim and claim.verified and self.existing_email is ExistingEmail.REVEAL:
            raise EmailInUse
        per_email = self.rate_limiter.rate_limit.per_email
        sign_ups = WindowCount.one_more(claim.sign_ups if claim else None, per_email, now)
        if claim is None or claim.has_expired(now):
            if claim and claim.abandoned:
                customer = replace(customer, reference=claim.alias or claim.reference)
            record = _record_for(request, customer)
            mail = confirmation_mail(customer, now)
            self.customers.register(customer, mail, now, sign_ups=sign_ups, record=record)
            return customer
        answer = replace(customer, reference=self._answered_reference(claim))
        record = _record_for(request, answer)
        if claim.verified or claim.is_quiet:
            mail = self._mail_to_owner(customer, claim)
            self.customers.notify(mail, claim, sign_ups=sign_ups, record=record)
        else:
            # What somebody entered lives no longer for it.
            ends = claim.expires_at if claim.entered else customer.expires_at
            known = replace(customer, reference=claim.reference, expires_at=ends)
            mail = confirmation_mail(known, now)
            own = claim.signed_up_in(visitor.earlier_secret)
            over = replace(claim, contested=claim.contested or not own)
            self.customers.replace(known, mail, over, sign_ups=sign_ups, record=record)
        return answer

    def _answered_reference(self, claim: Claim) -> str:
        if self.existing_email is ExistingEmail.REVEAL and not claim.is_quiet:
            return claim.reference
        return claim.alias or claim.reference

    def _mail_to_owner(self, customer: Customer, claim: Claim) -> Mail:
        mail = already_registered_mail(
            to=customer.email.typed,
            reference=claim.reference,
            mail_id=customer.token_id,
            locale=claim.locale,
            promised_at=customer.created_at,
            lifetime=self.lifetime,
        )
        return replace(mail, withheld=claim.is_quiet)


def _record_for(request: IdempotentRequest | None, answer: Customer) -> IdempotencyRecord | None:
    if request is None:
        return None
    kept = answer.password_hash or ""
    return IdempotencyRecord(request, kept, answer.reference, answer.created_at)
