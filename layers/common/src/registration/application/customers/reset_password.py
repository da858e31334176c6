"""A forgotten password: a mail with a link, and a new password for it."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.customers.renew_link import nobody
from registration.application.ports import Clock, Conflict, Customers, Links, NewId
from registration.application.rate_limits import RateLimiter
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.errors import LinkWrong, PasswordNotChanged, PasswordsDiffer, ResetKeyWrong
from registration.domain.links import Link, Purpose
from registration.domain.mail.mails import (
    confirmation_mail,
    password_changed_mail,
    reset_password_mail,
)
from registration.domain.passwords import PasswordRules, check_password, hash_password
from registration.domain.profile import own_data


@dataclass(frozen=True)
class ForgetPassword:
    """Promises the mail that leads to a new password.

    It answers nothing, and does the same work whoever the address belongs to: two reads
    and one transaction. An unverified customer gets the confirmation again instead; for
    an unknown address the transaction is tried on a customer that is not there. Whoever
    was sent too many mails is treated as unknown.
    """

    accounts: Accounts
    customers: Customers
    clock: Clock
    new_id: NewId
    lifetime: timedelta
    rate_limiter: RateLimiter

    def __call__(self, email: EmailAddress, client: str | None) -> bool:
        """Promise a mail to the owner of an address, if it has one.

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
        now, token_id = missing.created_at, missing.token_id
        self.rate_limiter.hit(client, now)
        allowed = self.rate_limiter.allows(email, now)
        claim = self.accounts.claim_on(email)
        claim = claim if allowed else None
        found = self.accounts.get(claim.reference if claim else missing.reference)
        with suppress(Conflict):
            if found and found.is_verified:
                changed = replace(found, reset_token_id=token_id, updated_at=now)
                mail = reset_password_mail(changed, token_id, now, self.lifetime)
                self.accounts.save(changed, found, mail)
            else:
                renewed = replace(found or missing, token_id=token_id, updated_at=now)
                self.customers.renew_link(renewed, confirmation_mail(renewed, now), now)
        return allowed


@dataclass(frozen=True)
class ResetPassword:
    """Sets a new password for whoever has the link of the mail. It works once."""

    accounts: Accounts
    belongings: Belongings
    links: Links
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules

    def look(self, key: str) -> Customer:
        """Return the customer that a key belongs to, without changing anything.

        Raises
        ------
        ResetKeyWrong
            The key was truncated, changed, replaced or used before.
        PasswordNotChanged
            The key has expired.
        """
        link = self._read(key)
        customer = self.accounts.get(link.reference)
        if customer is None or customer.reset_token_id != link.token_id:
            raise ResetKeyWrong
        if link.has_expired(self.clock()):
            raise PasswordNotChanged
        return customer

    def __call__(self, key: str, password: str, repetition: str) -> Customer:
        """Set the password: all sessions end, and the customer is notified by mail.

        Raises
        ------
        ResetKeyWrong, PasswordNotChanged, PasswordsDiffer, WeakPassword
        """
        if password != repetition:
            raise PasswordsDiffer
        customer = self.look(key)
        check_password(password, self.password_rules, own_data(customer.email, customer.profile))
        now = self.clock()
        changed = customer.with_password(hash_password(password), now)
        try:
            mail = password_changed_mail(changed, self.new_id(), now)
            self.accounts.save(changed, customer, mail)
        except Conflict as error:
            # The key was used at the same moment, or a newer mail was requested.
            raise ResetKeyWrong from error
        self.belongings.end_sessions(customer.reference)
        return changed

    def _read(self, key: str) -> Link:
        try:
            return self.links.read(key, Purpose.RESET_PASSWORD)
        except LinkWrong as error:
            raise ResetKeyWrong from error
