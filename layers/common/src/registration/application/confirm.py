"""Following the link: by one click, by a password, or by the API's key."""

from dataclasses import dataclass

from registration.application.ports import Clock, Contested, Customers, Links
from registration.domain.customers import Customer, Evidence
from registration.domain.errors import (
    Busy,
    LinkExpired,
    LinkWrong,
    PasswordsDiffer,
    PasswordTooShort,
    WrongPassword,
)
from registration.domain.fields import own_data
from registration.domain.links import Purpose
from registration.domain.passwords import (
    PasswordRules,
    check_password,
    hash_password,
    password_matches,
)

_MOST_TRIES = 8


@dataclass(frozen=True)
class NewPassword:
    """A password chosen on the page that the link opens, typed twice."""

    password: str
    repetition: str


@dataclass(frozen=True)
class Confirm:
    """Proves addresses: one read and at most one write for each link followed.

    Each way raises :class:`LinkWrong`, :class:`LinkReplaced`, :class:`LinkExpired` or
    :class:`AlreadyConfirmed` for a link that confirms nothing.
    """

    customers: Customers
    links: Links
    clock: Clock
    password_rules: PasswordRules

    def look(self, token: str) -> Customer:
        """Return the customer that a link would confirm; confirm nothing."""
        link = self.links.read(token, Purpose.CONFIRM)
        customer = self.customers.get(link.reference)
        if customer is None:
            raise LinkWrong
        customer.check_link(link.token_id)
        now = self.clock()
        if link.has_expired(now) or customer.has_run_out(now):
            raise LinkExpired
        return customer

    def by_key(self, token: str, proof: Evidence) -> Customer:
        """Confirm for an API client that presents the link's token."""
        return self._confirm(self.look(token), proof)

    def by_password(self, customer: Customer, password: str, proof: Evidence) -> Customer:
        """Confirm a customer that :meth:`look` returned, for whoever knows its password.

        Raises
        ------
        WrongPassword
            It is not that password, or none was chosen.
        """
        if not customer.password_hash or not password_matches(password, customer.password_hash):
            raise WrongPassword
        return self._confirm(customer, proof)

    def by_new_password(self, customer: Customer, chosen: NewPassword, proof: Evidence) -> Customer:
        """Confirm a customer that :meth:`look` returned, and set the password.

        It replaces that of the sign-up, whoever signed up.

        Raises
        ------
        PasswordsDiffer, WeakPassword
        """
        if not chosen.password:
            raise PasswordTooShort
        if chosen.password != chosen.repetition:
            raise PasswordsDiffer
        check_password(
            chosen.password, self.password_rules, own_data(customer.email, customer.profile)
        )
        return self._confirm(customer, proof, hash_password(chosen.password))

    def by_browser(self, customer: Customer, browser_secret: str | None, proof: Evidence) -> bool:
        """Confirm a customer that :meth:`look` returned, if this browser signed up.

        Returns
        -------
        bool
            Whether it was this browser; nothing is written otherwise.
        """
        if not customer.signed_up_in(browser_secret):
            return False
        self._confirm(customer, proof)
        return True

    def _confirm(
        self, customer: Customer, proof: Evidence, new_password_hash: str | None = None
    ) -> Customer:
        confirmed = customer.confirm(customer.token_id, proof, new_password_hash)
        for _ in range(_MOST_TRIES):
            try:
                self.customers.confirm(confirmed, proof.at)
            except Contested:
                # Another click, or another sign-up, came between our read and our write.
                self._explain(customer)
            else:
                return confirmed
        raise Busy

    def _explain(self, seen: Customer) -> None:
        current = self.customers.get(seen.reference)
        if current is None:
            raise LinkWrong
        current.check_link(seen.token_id)
        if current.has_run_out(self.clock()):
            raise LinkExpired
