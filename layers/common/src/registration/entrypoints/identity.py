"""Who makes a request: a customer with a bearer token, a guest with an id, or nobody."""

import re
from datetime import datetime
from typing import Protocol

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from registration.domain.errors import (
    AccessTokenInvalid,
    AccessTokenMissing,
    AnonymousIdEmpty,
    TwoIdentities,
)
from registration.entrypoints.web import utc_now

ANONYMOUS_HEADER = "x-anonymous-customer-unique-id"

_LONGEST_ANONYMOUS_ID = 255
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


class AccessTokens(Protocol):
    """Reads access tokens."""

    def reference_in(self, token: str, now: datetime) -> tuple[str, datetime]:
        """Return whose a token is, and when it was issued, or raise ``AccessTokenInvalid``."""
        ...


def signed_in(app: APIGatewayHttpResolver, tokens: AccessTokens) -> tuple[str, datetime]:
    """Return the reference of the customer that makes a request, and since when it is known.

    Raises
    ------
    AccessTokenMissing, AccessTokenInvalid, TwoIdentities
    """
    header = app.current_event.headers.get("authorization")
    if not header:
        raise AccessTokenMissing
    bearer = _BEARER.fullmatch(header.strip())
    if bearer is None:
        raise AccessTokenInvalid
    who = tokens.reference_in(bearer[1], utc_now())
    if ANONYMOUS_HEADER in app.current_event.headers:
        raise TwoIdentities
    return who


def guest_id(app: APIGatewayHttpResolver) -> str | None:
    """Return the id that a guest's client has chosen for the guest, if it sends one."""
    given = (app.current_event.headers.get(ANONYMOUS_HEADER) or "").strip()
    return given[:_LONGEST_ANONYMOUS_ID] or None


def required_guest_id(app: APIGatewayHttpResolver) -> str:
    """Return the id of the guest that makes a request.

    Raises
    ------
    AnonymousIdEmpty, TwoIdentities
    """
    if app.current_event.headers.get("authorization"):
        raise TwoIdentities
    given = guest_id(app)
    if given is None:
        raise AnonymousIdEmpty
    return given
