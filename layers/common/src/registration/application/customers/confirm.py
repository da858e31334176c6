"""Confirming an address: by one click, by a password, or by the API's key."""

import logging
from dataclasses import dataclass, replace

from registration.application.ports import (
    CartElsewhere,
    Clock,
    Conflict,
    Customers,
    Links,
    NewId,
)
from registration.domain.customers import Customer, Evidence
from registration.domain.errors import (
    Busy,
    LinkExpired,
    LinkWrong,
    PasswordsDiffer,
    PasswordTooShort,
    WrongPassword,
)
from registration.domain.links import Purpose
from registration.domain.passwords import (
    PasswordRules,
    check_password,
    hash_password,
    password_matches,
)
from registration.domain.profile import own_data
from registration.domain.rate_limits import Client, LimitedAction
from registration.domain.sessions import RefreshToken, Session

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewPassword:
    """A password chosen on the link's page, typed twice."""

    password: str
    repetition: str


@dataclass(frozen=True)
class Confirm:
    """Verifies addresses: one read and at most one write per confirmation.

    Each method raises :class:`LinkWrong`, :class:`LinkReplaced`, :class:`LinkExpired` or
    :class:`AlreadyConfirmed` if the link does not confirm.
    """

    customers: Customers
    links: Links
    clock: Clock
    new_id: NewId
    password_rules: PasswordRules

    def look(self, token: str) -> Customer:
        """Return the customer that a link would confirm, without confirming."""
        link = self.links.read(token, Purpose.CONFIRM)
        customer = self.customers.get(link.reference)
        if customer is None:
            raise LinkWrong
        customer.check_link(link.token_id)
        now = self.clock()
        if link.has_expired(now) or customer.has_expired(now):
            raise LinkExpired
        return customer

    def by_key(self, token: str, proof: Evidence) -> Customer:
        """Confirm the customer with the link's token, for an API client.

        The key proves the address, and not that the same person has signed up: a guest's cart
        comes along with a log-in by that guest.
        """
        return self._confirm(without_cart(self.look(token)), proof)

    def by_password(
        self, customer: Customer, password: str, proof: Evidence, client: Client
    ) -> RefreshToken:
        """Confirm a customer that :meth:`look` returned, by the customer's password.

        Returns
        -------
        RefreshToken
            The token of the new session: the password is proof enough.

        Raises
        ------
        WrongPassword
            The password is wrong, or none was chosen.
        """
        if not customer.password_hash or not password_matches(password, customer.password_hash):
            raise WrongPassword
        return self._confirm_in_session(customer, proof, client)

    def by_new_password(
        self, customer: Customer, chosen: NewPassword, proof: Evidence, client: Client
    ) -> RefreshToken:
        """Confirm a customer that :meth:`look` returned, and set a new password.

        It replaces the password of the sign-up, in case somebody else signed up. So the cart of
        that sign-up stays where it is. A session begins, as with :meth:`by_password`.

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
        password_hash = hash_password(chosen.password)
        return self._confirm_in_session(without_cart(customer), proof, client, password_hash)

    def by_browser(self, customer: Customer, browser_secret: str | None, proof: Evidence) -> bool:
        """Confirm a customer that :meth:`look` returned, if the sign-up came from this browser.

        Returns
        -------
        bool
            Whether it came from this browser; otherwise nothing is written.
        """
        if not customer.signed_up_in(browser_secret):
            return False
        self._confirm(customer, proof)
        return True

    def _confirm_in_session(
        self,
        customer: Customer,
        proof: Evidence,
        client: Client,
        new_password_hash: str | None = None,
    ) -> RefreshToken:
        token = RefreshToken.new(customer.reference, self.new_id())
        note = client.note(LimitedAction.LOGIN, customer.email, proof.at)
        session = replace(Session.begin(token, customer.generation, proof.at), note=note)
        self._confirm(customer, proof, new_password_hash, session)
        return token

    def _confirm(
        self,
        customer: Customer,
        proof: Evidence,
        new_password_hash: str | None = None,
        session: Session | None = None,
    ) -> Customer:
        confirmed = customer.confirm(customer.token_id, proof, new_password_hash)
        cart = customer.guest_cart
        for _ in range(_MOST_TRIES):
            try:
                self.customers.confirm(confirmed, proof.at, cart=cart, session=session)
            except CartElsewhere:
                # It expired, was emptied, or went to a customer who signed in. The address is
                # verified all the same.
                logger.info("confirmed without the cart of the guest who signed up")
                cart = None
            except Conflict:
                # Another click or another sign-up came between our read and our write.
                self._explain(customer)
            else:
                return confirmed
        raise Busy

    def _explain(self, seen: Customer) -> None:
        current = self.customers.get(seen.reference)
        if current is None:
            raise LinkWrong
        current.check_link(seen.token_id)
        if current.has_expired(self.clock()):
            raise LinkExpired


def without_cart(customer: Customer) -> Customer:
    """Return a customer without the cart of the guest who signed up: it may be a stranger's."""
    return replace(customer, guest_cart=None)
