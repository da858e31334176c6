"""Signing in, staying signed in, signing out."""

import hashlib
from dataclasses import dataclass
from functools import cache

from registration.application.customers.session_ports import AccessTokens, Sessions
from registration.application.ports import Clock, Conflict, Customers, NewId
from registration.application.rate_limits import LoginRateLimiter
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AuthenticationFailed,
    EmailTooLong,
    InvalidEmail,
    RefreshFailed,
)
from registration.domain.passwords import hash_password, is_bcrypt, password_matches
from registration.domain.sessions import RefreshToken, Session

SECONDS_VALID = 8 * 60 * 60
"""For how long an access token counts."""


@dataclass(frozen=True)
class Tokens:
    """What a client gets: who it is for some hours, and the means to go on."""

    access: str
    refresh: str
    customer: Customer


@cache
def dummy_hash() -> str:
    """Return a hash to try passwords of unknown customers on, so that they cost the same."""
    return hash_password("nobody has this password")


def address_of(username: str) -> EmailAddress:
    """Return the address that somebody signs in with, or one that is nobody's."""
    try:
        return EmailAddress.parse(username)
    except (InvalidEmail, EmailTooLong):
        # What is no address belongs to nobody, and costs as much to find that out. Each
        # has a count of its own, as each address has.
        digest = hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()
        return EmailAddress(f"{digest[:40]}@nobody.invalid")


@dataclass(frozen=True)
class OpenSession:
    """Begins the session of a customer who has just proven to be the one: one write."""

    sessions: Sessions
    clock: Clock
    new_id: NewId

    def __call__(self, customer: Customer, rehashed: str | None = None) -> RefreshToken:
        """Begin a session; ``rehashed`` replaces the hash of the customer's password.

        Raises
        ------
        AuthenticationFailed
            The password was changed, or the customer removed, at this very moment.
        """
        token = RefreshToken.new(customer.reference, self.new_id())
        session = Session.begin(token, customer.generation, self.clock())
        try:
            self.sessions.begin(session, customer, rehashed)
        except Conflict as error:
            raise AuthenticationFailed from error
        return token


@dataclass(frozen=True)
class SignIn:
    """Opens sessions: two reads, one hash and one write, whoever tries.

    An unknown, an unverified and an anonymised customer and a wrong password get the
    same answer after the same work.
    """

    login_rate_limiter: LoginRateLimiter
    customers: Customers
    sessions: Sessions
    access_tokens: AccessTokens
    clock: Clock
    new_id: NewId

    def by_password(self, username: str, password: str, client: str | None) -> Tokens:
        """Sign a client of the API in with an address and a password.

        Raises
        ------
        AuthenticationFailed
        TooManyAttempts
            It failed too often, by this client or with this address.
        Busy
            Failures cannot be counted now.
        """
        session, customer = self.in_browser(username, password, client)
        return self._tokens(customer, session)

    def in_browser(
        self, username: str, password: str, client: str | None
    ) -> tuple[RefreshToken, Customer]:
        """Sign a browser in, which keeps the session's token; as :meth:`by_password` else."""
        attempt = self.login_rate_limiter.begin(address_of(username), client, self.clock())
        claim = attempt.claim
        customer = self.customers.get(claim.reference if claim else f"NOBODY--{self.new_id()}")
        kept = customer.password_hash if customer else None
        matches = password_matches(password, kept or dummy_hash())
        if not customer or not kept or not matches or not customer.is_verified:
            self.login_rate_limiter.failed(attempt)
            raise AuthenticationFailed
        rehashed = hash_password(password) if is_bcrypt(kept) else None
        return OpenSession(self.sessions, self.clock, self.new_id)(customer, rehashed), customer

    def by_refresh_token(self, text: str) -> Tokens:
        """Go on with a session; the token that was presented counts no more.

        Raises
        ------
        RefreshFailed
            It is unknown, used, revoked or too old. If it was used before, the session
            ends: whoever else has it is out, too.
        """
        token, now = RefreshToken.parse(text), self.clock()
        session, customer = self.sessions.with_customer(token.reference, token.session_id)
        if session is None or session.has_expired(now):
            raise RefreshFailed
        if not session.is_newest(token):
            self.sessions.end(token.reference, token.session_id)
            raise RefreshFailed
        if not customer or not customer.is_verified or customer.generation != session.generation:
            raise RefreshFailed
        following = RefreshToken.new(token.reference, token.session_id)
        try:
            self.sessions.go_on(session.go_on(following, now), session)
        except Conflict as error:
            raise RefreshFailed from error
        return self._tokens(customer, following)

    def sign_out(self, reference: str, which: str) -> None:
        """End the session of a refresh token, or with ``mine`` all sessions of a customer."""
        if which == "mine":
            self.sessions.end_all(reference)
            return
        try:
            token = RefreshToken.parse(which)
        except RefreshFailed:
            return
        session, _ = self.sessions.with_customer(reference, token.session_id)
        if session and token.reference == reference and session.is_newest(token):
            self.sessions.end(reference, token.session_id)

    def _tokens(self, customer: Customer, refresh: RefreshToken) -> Tokens:
        access = self.access_tokens.issue(
            customer.reference, self.new_id(), self.clock(), customer.generation
        )
        return Tokens(access, str(refresh), customer)
