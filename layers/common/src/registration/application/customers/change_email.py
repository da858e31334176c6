"""Changing the e-mail address: the old one stays until the new one is proven.

::

    asked ──link to the new address, and the password──▶ changed ──way back──▶ restored
                                                            └──7 days──▶ the old one is free

The password is asked for where the address is proven, so that neither a mail scanner, nor who
gets a mistyped address's mail, nor a stolen access token takes an account over. The way back asks
for a new one, because the thief of an account knows the old.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.customers.register import ExistingEmail
from registration.application.ports import Clock, Conflict, Links, NewId
from registration.application.rate_limits import LoginRateLimiter, RateLimiter
from registration.domain.claims import claim_over
from registration.domain.customers import Customer, Evidence, LinkedEmail
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, EmailInUse, LinkWrong, PasswordsDiffer, WrongPassword
from registration.domain.links import Link, Purpose
from registration.domain.mail.mails import (
    Mail,
    already_registered_mail,
    email_changed_mail,
    new_email_mail,
    password_changed_mail,
)
from registration.domain.passwords import (
    PasswordRules,
    check_password,
    hash_password,
    password_matches,
)
from registration.domain.profile import own_data
from registration.domain.rate_limits import Client
from registration.frozen import dataclass

_MOST_TRIES = 8

logger = logging.getLogger(__name__)

Change = tuple[Customer, Customer, Mail]
"""A changed customer, the customer as it was read, and the mail that tells of it."""


@dataclass(frozen=True)
class ChangeEmail:
    """Changes addresses by links in mails to them. ``lifetime`` is that of an unproven address."""

    accounts: Accounts
    belongings: Belongings
    links: Links
    login_rate_limiter: LoginRateLimiter
    rate_limiter: RateLimiter
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules
    existing_email: ExistingEmail
    lifetime: timedelta

    def ask(
        self, customer: Customer, email: EmailAddress, client: str | None, *, in_browser: bool
    ) -> tuple[Customer, Mail | None]:
        """Return the customer who waits for a new address, and the mail, to be saved together.

        If it is asked ``in_browser``, the mail has a code that is typed in there.

        The owner of an address in use gets the mail instead that says so; nobody else can tell. Nor
        whether the address is quiet, or others have asked for it too often: then the mail is
        withheld.

        Raises
        ------
        EmailInUse
            Another customer has the address, and the setting reveals that.
        TooManyAttempts, Busy
        """
        if email.normalised == customer.email.normalised:
            return customer, None
        now, token_id = self.clock(), self.new_id()
        self.rate_limiter.hit(client, now)
        self.rate_limiter.hit_one(f"customer {customer.reference}", now)
        allowed = self.rate_limiter.allows(email, now)
        owner = self.accounts.claim_on(email)
        withheld = not allowed or bool(owner and owner.keeps_quiet(now))
        since = now if in_browser else None
        new = LinkedEmail(email, token_id, now + self.lifetime, since, withheld)
        asking = replace(customer, new_email=new)
        if not (owner and owner.verified and owner.keeps_out(customer.reference, now)):
            return asking, replace(new_email_mail(customer, new, now), withheld=withheld)
        if self.existing_email is ExistingEmail.REVEAL:
            raise EmailInUse
        told = already_registered_mail(
            to=email.typed,
            reference=owner.reference,
            mail_id=token_id,
            locale=owner.locale,
            promised_at=now,
            lifetime=self.lifetime,
        )
        return asking, replace(told, withheld=withheld)

    def look(self, token: str) -> tuple[Customer, LinkedEmail]:
        """Return the customer and the new address that a link proves, without changing anything.

        Raises
        ------
        LinkWrong, LinkReplaced, LinkExpired
        AlreadyConfirmed
            The link has proven it before.
        """
        link, customer = self._read(token, Purpose.CHANGE_EMAIL)
        new = customer.check_new_email(link.token_id, self.clock())
        link.check_time(self.clock())
        return customer, new

    def prove(self, token: str, password: str, proof: Evidence, client: Client) -> Customer:
        """Change the address by the link and the password: all sessions end.

        The address before is told, with a way back. An unconfirmed sign-up with the new address
        goes, or its quiet: the link proves whose it is. What staff or an import entered stays.

        Raises
        ------
        LinkWrong, LinkReplaced, LinkExpired, AlreadyConfirmed
        WrongPassword
        EmailInUse
            Another customer has got the address meanwhile.
        TooManyAttempts, Busy
        """

        def change() -> Change:
            customer, new = self.look(token)
            # Who was imported as confirmed may have none.
            if customer.password_hash:
                limiter = self.login_rate_limiter
                check_current_password(customer, password, limiter, proof.at, client)
            changed = customer.with_new_email(new, self.new_id(), proof)
            return changed, customer, email_changed_mail(changed, proof.at)

        return self._write(change, proof.at)

    def look_back(self, token: str) -> tuple[Customer, LinkedEmail]:
        """Return the customer and the former address that a link restores.

        Raises
        ------
        LinkWrong, LinkExpired
        """
        link, customer = self._read(token, Purpose.RESTORE_EMAIL)
        return customer, customer.check_way_back(link.token_id, self.clock())

    def restore(
        self, token: str, password: str, repetition: str, proof: Evidence, client: Client
    ) -> Customer:
        """Restore a former address with a new password: all sessions end, later addresses go.

        Raises
        ------
        LinkWrong, LinkExpired, PasswordsDiffer, WeakPassword, Busy
        """
        if password != repetition:
            raise PasswordsDiffer

        def change() -> Change:
            customer, former = self.look_back(token)
            own = own_data(former.email, customer.profile)
            check_password(password, self.password_rules, own)
            restored = customer.with_former_email(former, hash_password(password), proof)
            return restored, customer, password_changed_mail(restored, self.new_id(), proof.at)

        restored = self._write(change, proof.at)
        self.login_rate_limiter.prove(restored.email, client, proof.at)
        return restored

    def _read(self, token: str, purpose: Purpose) -> tuple[Link, Customer]:
        link = self.links.read(token, purpose)
        customer = self.accounts.get(link.reference)
        if customer is None or not customer.is_verified:
            raise LinkWrong
        return link, customer

    def _write(self, change: Callable[[], Change], now: datetime) -> Customer:
        for _ in range(_MOST_TRIES):
            changed, seen, mail = change()
            over = self.accounts.claim_on(changed.email)
            if over and over.keeps_out(changed.reference, now):
                raise EmailInUse
            over = None if over is None or over.has_expired(now) else over
            claim = claim_over(changed, over, self.new_id())
            try:
                self.accounts.change_email(changed, seen, claim, over, mail, now)
            except Conflict:
                logger.info("the customer or the address was changed at the same moment")
            else:
                self.belongings.end_sessions(changed.reference)
                return changed
        raise Busy


def check_current_password(
    customer: Customer,
    password: str,
    limiter: LoginRateLimiter,
    now: datetime,
    client: Client | None = None,
) -> None:
    """Check a password that is typed once more.

    Failures count as those of a log-in by the client; without one, for all sessions together.

    Raises
    ------
    WrongPassword, TooManyAttempts, Busy
    """
    attempt = limiter.begin(customer.email, client, now)
    if not password_matches(password, customer.password_hash or ""):
        limiter.failed(attempt)
        raise WrongPassword
