"""Who makes a request: a customer with a bearer token, a guest with an id, or nobody."""

import re

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from registration.adapters.customers.access_tokens import Bearer, JwtAccessTokens
from registration.application.customers.session_ports import Sessions
from registration.domain.customers import Customer
from registration.domain.errors import (
    AccessTokenInvalid,
    AccessTokenMissing,
    AnonymousIdEmpty,
    TwoIdentities,
)
from registration.entrypoints.clock import utc_now
from registration.frozen import dataclass

ANONYMOUS_HEADER = "x-anonymous-customer-unique-id"

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class BearerAuth:
    """Authenticates customers by their access token: one read."""

    tokens: JwtAccessTokens
    sessions: Sessions

    def customer(self, event: APIGatewayProxyEventV2) -> Customer:
        """Return the customer that makes a request.

        A token outlives its session, a customer who was removed, and a password that was changed:
        so session and customer are read, in one call, and have to be of the token's generation.

        Raises
        ------
        AccessTokenMissing, AccessTokenInvalid, TwoIdentities
        """
        bearer = _bearer(event, self.tokens)
        session, customer = self.sessions.with_customer(bearer.reference, bearer.session_id)
        if session is None or session.has_expired(utc_now()):
            raise AccessTokenInvalid
        if customer is None or not customer.is_verified:
            raise AccessTokenInvalid
        if not customer.generation == session.generation == bearer.generation:
            raise AccessTokenInvalid
        return customer


def _bearer(event: APIGatewayProxyEventV2, tokens: JwtAccessTokens) -> Bearer:
    header = event.headers.get("authorization")
    if not header:
        raise AccessTokenMissing
    bearer = _BEARER.fullmatch(header.strip())
    if bearer is None:
        raise AccessTokenInvalid
    who = tokens.bearer_of(bearer[1], utc_now())
    if ANONYMOUS_HEADER in event.headers:
        raise TwoIdentities
    return who


def guest_id(event: APIGatewayProxyEventV2) -> str | None:
    """Return the id that a guest's client has chosen for the guest, if it sends one."""
    return (event.headers.get(ANONYMOUS_HEADER) or "").strip() or None


def required_guest_id(event: APIGatewayProxyEventV2) -> str:
    """Return the id of the guest that makes a request.

    Raises
    ------
    AnonymousIdEmpty, TwoIdentities
    """
    if event.headers.get("authorization"):
        raise TwoIdentities
    given = guest_id(event)
    if given is None:
        raise AnonymousIdEmpty
    return given
