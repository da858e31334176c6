"""OAuth 2.0's token endpoint: the password and the refresh token grants.

https://www.rfc-editor.org/rfc/rfc6749, sections 4.3, 5.1, 5.2 and 6. Errors are Glue's, whose
library says ``invalid_grant`` of an unknown ``grant_type``, and ``invalid_request`` of an invalid
refresh token.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.sign_in import SECONDS_VALID, Tokens
from registration.domain.errors import AuthenticationFailed, RefreshFailed

_INVALID_REQUEST = (
    "invalid_request",
    "The request is missing a required parameter, includes an invalid parameter value, includes a "
    "parameter more than once, or is otherwise malformed.",
)
_INVALID_GRANT = (
    "invalid_grant",
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or "
    "refresh token is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client.",
)
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def token(
    form: Mapping[str, str],
    by_password: Callable[[str, str], Tokens],
    by_refresh_token: Callable[[str], Tokens],
) -> Response[str]:
    """Answer a request for a token, by one of the two grants."""
    grants: dict[str, Callable[[], Tokens]] = {
        "password": lambda: by_password(form["username"], form["password"]),
        "refresh_token": lambda: by_refresh_token(form["refresh_token"]),
    }
    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        return refused(*_INVALID_GRANT)
    try:
        return _json(200, granted(grant()))
    except KeyError:
        return refused(*_INVALID_REQUEST)
    except AuthenticationFailed:
        return refused("invalid_grant", "The user credentials were incorrect.")
    except RefreshFailed:
        return refused("invalid_request", "The refresh token is invalid.")


def refused(error: str, description: str) -> Response[str]:
    """Return an error as RFC 6749, 5.2 has it."""
    return _json(400, {"error": error, "error_description": description})


def unavailable(description: str) -> Response[str]:
    """Return the error of a server that would answer later (RFC 6749, 4.1.2.1 names it)."""
    content = {"error": "temporarily_unavailable", "error_description": description}
    return _json(HTTPStatus.SERVICE_UNAVAILABLE, content)


def granted(tokens: Tokens) -> dict[str, object]:
    """Return what grants tokens (RFC 6749, 5.1)."""
    return {
        "token_type": "Bearer",
        "expires_in": SECONDS_VALID,
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
    }


def _json(status: int, content: Mapping[str, object]) -> Response[str]:
    return Response(status, "application/json", json.dumps(content), dict(_HEADERS))
