"""Customers' own accounts: profile, password, signing out, deleting."""

from collections.abc import Mapping
from dataclasses import replace

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.customers.anonymise import anonymise
from registration.application.customers.change_email import ChangeEmail, check_current_password
from registration.application.ports import Clock, Conflict, NewId
from registration.application.rate_limits import LoginRateLimiter
from registration.domain.customers import Customer, Evidence
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, NewPasswordsDiffer
from registration.domain.fields.asked import CustomerFields
from registration.domain.fields.own import Place
from registration.domain.mail.mails import Mail, password_changed_mail
from registration.domain.passwords import PasswordRules, check_password, hash_password
from registration.domain.profile import own_data
from registration.frozen import dataclass


@dataclass(frozen=True)
class PasswordChange:
    """The current password, and the new one typed twice."""

    current: str
    new: str
    repetition: str


@dataclass(frozen=True)
class Account:
    """Changes one customer's account. Each change is one write, conditional on what was read.

    Each raises ``Busy`` if the account has changed since it was read. Wrong passwords count
    for all sessions together, so that an open browser cannot be used to guess the password.
    """

    accounts: Accounts
    belongings: Belongings
    emails: ChangeEmail
    login_rate_limiter: LoginRateLimiter
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules
    fields: CustomerFields

    def change_profile(
        self,
        customer: Customer,
        raw: Mapping[str, object],
        place: Place,
        proof: Evidence,
        *,
        in_browser: bool = False,
        page_locale: str | None = None,
    ) -> Customer:
        """Change the given fields of the profile that a place asks; null clears an optional field.

        A consent is given or withdrawn, with the ``proof`` of when and from where. Its sentence is
        that of the page, if there is one.

        A new e-mail address gets a mail, and is the customer's when the mail's link has proven it.

        Raises
        ------
        InvalidFields, Malformed, InvalidEmail, EmailTooLong, EmailInUse
        TooManyAttempts
        """
        now, mail, asked = proof.at, None, self.fields.at(place)
        profile = asked.changed(customer.profile, raw, now.date())
        changed = replace(customer, profile=profile, updated_at=now)
        changed = changed.answering(asked.answers(raw, page_locale or profile.locale), proof)
        if "email" in raw:
            email = EmailAddress.parse(str(raw["email"]))
            changed, mail = self.emails.ask(changed, email, proof.address, in_browser=in_browser)
        self._save(changed, customer, mail)
        return changed

    def change_email(
        self, customer: Customer, email: str, password: str, proof: Evidence
    ) -> Customer:
        """Ask for another address in a browser, like :meth:`change_profile`, with the password.

        Raises
        ------
        WrongPassword, InvalidFields, InvalidEmail, EmailTooLong, EmailInUse
        TooManyAttempts
        """
        self.check(customer, password)
        given = {"email": email}
        return self.change_profile(customer, given, Place.ACCOUNT, proof, in_browser=True)

    def change_password(self, customer: Customer, change: PasswordChange) -> Customer:
        """Change the password: all sessions end, and the customer is notified by mail.

        Raises
        ------
        NewPasswordsDiffer, WrongPassword, WeakPassword
        TooManyAttempts
        """
        if change.new != change.repetition:
            raise NewPasswordsDiffer
        self.check(customer, change.current)
        own = own_data(customer.email, customer.profile)
        check_password(change.new, self.password_rules, own)
        now = self.clock()
        changed = customer.with_password(hash_password(change.new), now)
        mail = password_changed_mail(changed, self.new_id(), now)
        self._save(changed, customer, mail)
        self.belongings.end_sessions(customer.reference)
        return changed

    def sign_out_everywhere(self, customer: Customer) -> None:
        """End all sessions and access tokens with one write, then remove the sessions' items."""
        self._save(customer.signed_out(self.clock()), customer)
        self.belongings.end_sessions(customer.reference)

    def leave(self, customer: Customer, password: str) -> None:
        """Anonymise a customer who knows the password.

        Raises
        ------
        WrongPassword
        TooManyAttempts
        """
        self.check(customer, password)
        self.anonymise(customer)

    def anonymise(self, customer: Customer) -> None:
        """Remove all personal data; the addresses become free.

        Raises
        ------
        Busy
        """
        anonymise(customer, self.accounts, self.belongings, self.clock())

    def check(self, customer: Customer, password: str) -> None:
        """Check that somebody who is logged in knows the password.

        Raises
        ------
        WrongPassword
        TooManyAttempts
        """
        check_current_password(customer, password, self.login_rate_limiter, self.clock())

    def _save(self, changed: Customer, seen: Customer, mail: Mail | None = None) -> None:
        try:
            self.accounts.save(changed, seen, mail)
        except Conflict as error:
            raise Busy from error
