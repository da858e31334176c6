"""Confirming an address: by one click, by a password, or by the API's key."""

import logging
from dataclasses import replace
from datetime import timedelta

from registration.application.customers.exchange_code import check_code
from registration.application.ports import (
    CartElsewhere,
    Clock,
    Conflict,
    Customers,
    Links,
    NewId,
)
from registration.application.rate_limits import CodeRateLimiter
from registration.domain.customers import (
    Customer,
    Evidence,
    GivenConsent,
    Terms,
    browser_digest,
    is_reference,
)
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    Busy,
    CodeWrong,
    LinkExpired,
    LinkWrong,
    TermsNotAccepted,
    WrongPassword,
)
from registration.domain.links import Purpose
from registration.domain.passwords import (
    PasswordRules,
    check_password,
    hash_password,
    password_matches,
)
from registration.domain.profile import SignUp, own_data
from registration.domain.rate_limits import Client, LimitedAction
from registration.domain.sessions import BrowserToken, Session
from registration.frozen import dataclass

ONE_CLICK = timedelta(hours=1)
"""For how long the link alone confirms in the browser that signed up.

After that the next person at it may be the owner of an address that somebody else signed up.
"""

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


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
    code_rate_limiter: CodeRateLimiter
    code_lifetime: timedelta

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
        comes along with a log-in by that guest. What staff or an import entered stays, and has
        the password of the newest sign-up if it has none.
        """
        return self._by_proof(self.look(token), proof)

    def _by_proof(self, customer: Customer, proof: Evidence) -> Customer:
        if (told := customer.sign_up) and not customer.password_hash:
            customer = replace(
                customer,
                password_hash=told.password_hash,
                consent=told.consent,
                browser=told.browser,
            )
        return self._confirm(without_cart(customer), proof)

    def by_password(
        self,
        customer: Customer,
        password: str,
        proof: Evidence,
        client: Client,
        *,
        accepted: Terms | None = None,
    ) -> BrowserToken:
        """Confirm a customer that :meth:`look` returned, by the customer's password.

        It is that of the sign-up, or the one that an import brought. With the latter nobody has
        accepted the terms yet.

        Returns
        -------
        BrowserToken
            The token of the new session: the password is proof enough.

        Raises
        ------
        WrongPassword
            The password is wrong, or none was chosen.
        TermsNotAccepted
            The password is right, and the terms have to be accepted with it.
        """
        for told in (customer.sign_up, customer):
            if told and told.password_hash and password_matches(password, told.password_hash):
                break
        else:
            raise WrongPassword
        if told.consent.terms_version is None:
            if accepted is None:
                raise TermsNotAccepted
            told = told.accepting(accepted, proof)
        with_profile = told is customer.sign_up
        return self._confirm_in_session(told, proof, client, with_profile=with_profile)

    def by_new_password(
        self,
        customer: Customer,
        reviewed: SignUp,
        proof: Evidence,
        client: Client,
        *,
        accepted: Terms,
    ) -> BrowserToken:
        """Confirm a customer that :meth:`look` returned, with what the owner of the address says.

        The new password replaces that of the sign-up, and the reviewed profile what somebody
        else may have typed or entered; the terms are accepted here. The cart of the sign-up
        stays where it is. A session begins, as with :meth:`by_password`.

        Raises
        ------
        WeakPassword
        """
        own = own_data(customer.email, reviewed.profile)
        check_password(reviewed.password, self.password_rules, own)
        told = replace(
            without_cart(customer).accepting(accepted, proof),
            profile=reviewed.profile,
            password_hash=hash_password(reviewed.password),
            # Who has signed up there may be a stranger, to whom nothing is told.
            browser=None,
            consents=tuple(GivenConsent(each, proof) for each in reviewed.agreements),
        )
        return self._confirm_in_session(told, proof, client, with_profile=True)

    def by_browser(self, customer: Customer, browser_secret: str, proof: Evidence) -> bool:
        """Confirm a customer that :meth:`look` returned, if this browser has just signed up.

        Returns
        -------
        bool
            Whether it has; otherwise nothing is written.
        """
        told = customer.sign_up or customer
        if (
            not told.signed_up_in(browser_secret)
            or proof.at > told.consent.signed_up.at + ONE_CLICK
        ):
            return False
        self._confirm(told, proof, with_profile=told is customer.sign_up)
        return True

    def by_code(
        self, email: EmailAddress, digits: str, browser_secret: str, proof: Evidence
    ) -> Customer:
        """Confirm the customer with an address by the code of the newest mail.

        It counts in the browser that signed up, for as long as the link. For every other browser,
        for a known and for an unknown address it is wrong, after the same work: two reads.

        Returns
        -------
        Customer
            As it is told by the sign-up.

        Raises
        ------
        CodeWrong
        TooManyCodes, TooManyAttempts
        """
        subject = f"browser {browser_digest(browser_secret)}"
        self.code_rate_limiter.hit(proof.address, subject, proof.at)
        claim = self.customers.claim_on(email)
        known = claim if claim and claim.signed_up_in(browser_secret) else None
        if known and known.verified:
            raise AlreadyConfirmed
        customer = self._by_code(known.reference if known else None, digits)
        told = customer.sign_up or customer
        if not told.signed_up_in(browser_secret):
            raise CodeWrong
        return self._confirm(told, proof, with_profile=told is customer.sign_up)

    def by_code_and_reference(self, reference: str, digits: str, proof: Evidence) -> Customer:
        """Confirm a customer by the code of the newest mail, for an API client; see :meth:`by_key`.

        Raises
        ------
        CodeWrong
        TooManyCodes, TooManyAttempts
        """
        self.code_rate_limiter.hit(proof.address, f"reference {reference}", proof.at)
        known = is_reference(reference)
        return self._by_proof(self._by_code(reference if known else None, digits), proof)

    def _by_code(self, reference: str | None, digits: str) -> Customer:
        found = self.customers.get(reference or f"NOBODY--{self.new_id()}")
        waits = found if found and not found.is_verified else None
        link, now = waits.confirmation_link(self.code_lifetime) if waits else None, self.clock()
        check_code(self.links, digits, link, now)
        if waits is None or waits.has_expired(now):
            raise LinkExpired
        return waits

    def _confirm_in_session(
        self, customer: Customer, proof: Evidence, client: Client, *, with_profile: bool
    ) -> BrowserToken:
        token = BrowserToken.new(customer.reference, self.new_id())
        note = client.note(LimitedAction.LOGIN, customer.email, proof.at)
        session = replace(Session.begin(token, customer.generation, proof.at), note=note)
        self._confirm(customer, proof, session, with_profile=with_profile)
        return token

    def _confirm(
        self,
        customer: Customer,
        proof: Evidence,
        session: Session | None = None,
        *,
        with_profile: bool = False,
    ) -> Customer:
        confirmed = customer.confirm(proof)
        cart = customer.guest_cart
        for _ in range(_MOST_TRIES):
            try:
                self.customers.confirm(
                    confirmed,
                    proof.at,
                    with_profile=with_profile,
                    cart=cart,
                    session=session,
                    tells_browser=customer.browser is not None,
                )
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
