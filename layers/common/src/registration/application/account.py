"""What customers do with their own accounts: profile, password, leaving."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from registration.application.account_ports import Accounts, Belongings
from registration.application.ports import Clock, Contested, NewId
from registration.domain.customers import Customer
from registration.domain.errors import (
    Busy,
    InvalidFields,
    NewPasswordsDiffer,
    WrongPassword,
)
from registration.domain.fields import (
    OPTIONAL_PROFILE,
    REQUIRED_PROFILE,
    flaws_in,
    own_data,
    profile_values,
    read_profile,
)
from registration.domain.mails import password_changed_mail
from registration.domain.passwords import (
    PasswordRules,
    check_password,
    hash_password,
    password_matches,
)


@dataclass(frozen=True)
class PasswordChange:
    """The current password, and the new one typed twice."""

    current: str
    new: str
    repetition: str


@dataclass(frozen=True)
class Account:
    """Changes one customer's account. Each change is one write, decided on what was read.

    Each raises ``Busy`` when somebody else changed the account since it was read.
    """

    accounts: Accounts
    belongings: Belongings
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules

    def change_profile(self, customer: Customer, raw: Mapping[str, object]) -> Customer:
        """Change the fields of the profile that are given; a null clears an optional one.

        Raises
        ------
        InvalidFields, Malformed
        """
        merged = {**profile_values(customer.profile), **raw}
        flaws = flaws_in(merged, (*REQUIRED_PROFILE, *OPTIONAL_PROFILE), self.clock().date())
        if flaws:
            raise InvalidFields(tuple(flaws))
        changed = replace(customer, profile=read_profile(merged), updated_at=self.clock())
        self._save(changed, customer)
        return changed

    def change_password(self, customer: Customer, change: PasswordChange) -> Customer:
        """Change the password: all sessions end, and the customer is told by mail.

        Raises
        ------
        NewPasswordsDiffer, WrongPassword, WeakPassword
        """
        if change.new != change.repetition:
            raise NewPasswordsDiffer
        if not password_matches(change.current, customer.password_hash or ""):
            raise WrongPassword
        own = own_data(customer.email, customer.profile)
        check_password(change.new, self.password_rules, own)
        now = self.clock()
        changed = customer.with_password(hash_password(change.new), now)
        mail = password_changed_mail(changed, self.new_id(), now)
        try:
            self.accounts.save(changed, customer, mail)
        except Contested as error:
            raise Busy from error
        self.belongings.end_sessions(customer.reference)
        return changed

    def anonymise(self, customer: Customer) -> None:
        """Remove everything personal; the address is free again.

        What belongs to the customer goes first, so that a try that dies half-way can be
        made again: the customer is still there to make it.
        """
        self.belongings.remove_all(customer.reference)
        try:
            self.accounts.anonymise(customer, self.clock())
        except Contested as error:
            raise Busy from error

    def _save(self, changed: Customer, seen: Customer) -> None:
        try:
            self.accounts.save(changed, seen)
        except Contested as error:
            raise Busy from error
