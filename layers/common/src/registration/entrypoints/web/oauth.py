"""OAuth 2.0's token endpoint: the password and the refresh token grants.

https://www.rfc-editor.org/rfc/rfc6749, sections 4.3, 5.1, 5.2 and 6.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.sign_in import SECONDS_VALID, Tokens
from registration.domain.errors import AuthenticationFailed, RefreshFailed

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
    grant = form.get("grant_type", "")
    if not grant:
        return refused(
            "invalid_request",
            "The parameter grant_type is missing, or the body is no form in UTF-8.",
        )
    if grant not in grants:
        return refused("unsupported_grant_type", "The grant type is password or refresh_token.")
    try:
        return _json(200, granted(grants[grant]()))
    except KeyError as missing:
        return refused("invalid_request", f"The parameter {missing.args[0]} is missing.")
    except AuthenticationFailed:
        return refused("invalid_grant", "The user credentials were incorrect.")
    except RefreshFailed:
        return refused("invalid_grant", "The refresh token is invalid.")


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
