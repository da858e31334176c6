"""A forgotten password: a mail with a link, and a new password for it."""

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.customers.link_request import LinkRequest
from registration.application.ports import Clock, Conflict, Links, NewId
from registration.application.rate_limits import LoginRateLimiter
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.domain.errors import LinkWrong, PasswordNotChanged, PasswordsDiffer, ResetKeyWrong
from registration.domain.links import Link, Purpose
from registration.domain.mail.mails import password_changed_mail, reset_password_mail
from registration.domain.passwords import PasswordRules, check_password, hash_password
from registration.domain.profile import own_data
from registration.domain.rate_limits import Client
from registration.frozen import dataclass


class ForgetPassword(LinkRequest):
    """Promises the mail that leads to a new password.

    An unverified customer gets the confirmation again instead.
    """

    def _promise(self, claim: Claim | None, found: Customer | None, placeholder: Customer) -> None:
        del claim  # read so that each address costs the same
        if not (found and found.is_verified):
            self._renew(found or placeholder, placeholder, has_code=False)
            return
        token_id, now = placeholder.token_id, placeholder.created_at
        changed = found.forgetting_password(token_id, now, placeholder.browser)
        mail = reset_password_mail(changed, token_id, now, self.lifetime)
        self.customers.renew_link(changed, mail, now)


@dataclass(frozen=True)
class ResetPassword:
    """Sets a new password by the link of the mail. It works once."""

    accounts: Accounts
    belongings: Belongings
    links: Links
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules
    login_rate_limiter: LoginRateLimiter

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

    def __call__(self, key: str, password: str, repetition: str, client: Client) -> Customer:
        """Set the password: all sessions end, and the customer is notified by mail.

        The client is known from now on, and strangers' wrong passwords count no longer.

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
        self.login_rate_limiter.prove(customer.email, client, now)
        return changed

    def _read(self, key: str) -> Link:
        try:
            return self.links.read(key, Purpose.RESET_PASSWORD)
        except LinkWrong as error:
            raise ResetKeyWrong from error
