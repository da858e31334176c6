"""Signing in, refreshing sessions, signing out."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from functools import cache

from registration.application.customers.session_ports import AccessTokens, NextToken, Sessions
from registration.application.ports import Clock, Conflict, Customers, NewId
from registration.application.rate_limits import LoginRateLimiter
from registration.domain.customers import Customer, nobody
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AuthenticationFailed,
    EmailTooLong,
    InvalidEmail,
    RefreshFailed,
)
from registration.domain.passwords import hash_password, needs_rehash, password_matches
from registration.domain.rate_limits import Client, LimitedAction
from registration.domain.sessions import BrowserToken, RefreshToken, Session
from registration.frozen import dataclass

SECONDS_VALID = 8 * 60 * 60
"""How long an access token is valid."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of an API client: an access token for some hours, and a refresh token."""

    access: str
    refresh: str
    customer: Customer


@cache
def dummy_hash() -> str:
    """Return a hash to check passwords of unknown customers, so that they cost the same."""
    return hash_password("nobody has this password")


def address_of(username: str) -> EmailAddress:
    """Return the address of a username, or an address that nobody has."""
    try:
        return EmailAddress.parse(username)
    except (InvalidEmail, EmailTooLong):
        # An invalid address belongs to nobody, and must cost the same work. Each has a counter
        # of its own, as each address has.
        digest = hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()
        return EmailAddress(f"{digest[:40]}@nobody.invalid")


@dataclass(frozen=True)
class OpenSession:
    """Begins a session for an authenticated customer: one write. ``kind`` is that of its token."""

    sessions: Sessions
    clock: Clock
    new_id: NewId
    kind: type[RefreshToken] = BrowserToken

    def __call__(
        self,
        customer: Customer,
        client: Client,
        rehashed: str | None = None,
        *,
        is_noted: bool = False,
    ) -> RefreshToken:
        """Begin a session; ``rehashed`` replaces the hash of the customer's password.

        The client is known from now on; a browser gets another secret to be known by. If that
        ``is_noted`` of an API client already, it is not written again.

        Raises
        ------
        AuthenticationFailed
            The password was changed, or the customer removed, at the same moment.
        """
        token, now = self.kind.new(customer.reference, self.new_id()), self.clock()
        session = Session.begin(token, customer.generation, now)
        if client.devices is not None or not is_noted:
            note = client.note(LimitedAction.LOGIN, customer.email, now)
            session = replace(session, note=note)
        try:
            self.sessions.begin(session, customer, rehashed)
        except Conflict as error:
            raise AuthenticationFailed from error
        return token


@dataclass(frozen=True)
class SignIn:
    """Signs customers in: always two reads, one hash and one write.

    An unknown, an unverified or an anonymised customer and a wrong password get the same
    answer after the same work.
    """

    login_rate_limiter: LoginRateLimiter
    customers: Customers
    sessions: Sessions
    access_tokens: AccessTokens
    clock: Clock
    new_id: NewId
    next_token: NextToken
    reuse_interval: timedelta

    def by_password(self, username: str, password: str, client: Client) -> Tokens:
        """Sign an API client in with an address and a password.

        Raises
        ------
        AuthenticationFailed
        TooManyAttempts
            There were too many failures by this client or with this address.
        Busy
            Failures cannot be counted now.
        """
        session, customer = self._begin(username, password, client, RefreshToken)
        return self._tokens(customer, session)

    def in_browser(
        self, username: str, password: str, client: Client
    ) -> tuple[RefreshToken, Customer]:
        """Sign a browser in, like :meth:`by_password`; the browser keeps the session's token."""
        return self._begin(username, password, client, BrowserToken)

    def _begin(
        self, username: str, password: str, client: Client, kind: type[RefreshToken]
    ) -> tuple[RefreshToken, Customer]:
        attempt = self.login_rate_limiter.begin(address_of(username), client, self.clock())
        claim = attempt.claim if attempt.claim and not attempt.claim.is_former else None
        customer = self.customers.get(claim.reference if claim else nobody(self.new_id()))
        kept = customer.password_hash if customer else None
        matches = password_matches(password, kept or dummy_hash())
        if not customer or not kept or not matches or not customer.is_verified:
            self.login_rate_limiter.failed(attempt)
            raise AuthenticationFailed
        rehashed = hash_password(password) if needs_rehash(password, kept) else None
        open_session = OpenSession(self.sessions, self.clock, self.new_id, kind)
        return open_session(customer, client, rehashed, is_noted=attempt.is_noted), customer

    def by_refresh_token(self, text: str) -> Tokens:
        """Refresh a session and replace the token that was presented.

        Raises
        ------
        RefreshFailed
            The token is unknown, used, revoked or too old. A token that was used before ends
            the session, because somebody else may have it, too. Within the reuse interval it
            returns the tokens that its first use returned.
        """
        token, now = RefreshToken.parse(text), self.clock()
        session, customer = self.sessions.with_customer(token.reference, token.session_id)
        if session is None or session.has_expired(now):
            raise RefreshFailed
        following = self._following(token)
        repeated = session.is_newest(following)
        if not session.is_newest(token) and not (
            repeated and session.was_refreshed_within(self.reuse_interval, now)
        ):
            self.sessions.end(token.reference, token.session_id)
            raise RefreshFailed
        if not customer or not customer.is_verified or customer.generation != session.generation:
            raise RefreshFailed
        if repeated:
            return self._tokens(customer, following)
        try:
            self.sessions.go_on(session.go_on(following, now), session)
        except Conflict as error:
            raise RefreshFailed from error
        return self._tokens(customer, following)

    def sign_out(self, reference: str, which: str) -> None:
        """End the session of a refresh token, or all sessions of a customer for ``mine``.

        A token that was replaced names its session as well: another tab has refreshed meanwhile.
        """
        if which == "mine":
            self.sessions.end_all(reference)
            return
        try:
            token = RefreshToken.parse(which)
        except RefreshFailed:
            return
        if token.reference == reference:
            self.sessions.end(reference, token.session_id)

    def _following(self, token: RefreshToken) -> RefreshToken:
        if self.reuse_interval:
            return self.next_token(token)
        return RefreshToken.new(token.reference, token.session_id)

    def _tokens(self, customer: Customer, refresh: RefreshToken) -> Tokens:
        access = self.access_tokens.issue(
            customer.reference,
            refresh.session_id,
            self.new_id(),
            self.clock(),
            customer.generation,
        )
        return Tokens(access, str(refresh), customer)
