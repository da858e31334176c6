"""Confirmed and signed-in customers, for the tests of accounts."""

from typing import Any

from tests.support.cloud import Answer, Cloud
from tests.support.requests import MISSING, PASSWORD, customer_document, key_document

NOBODY = "nobody@example.com"
NOT_REFRESHED = ("004", 401, "Failed to refresh token.")


def confirmed(cloud: Cloud, email: str = "sonia@example.com", **overrides: Any) -> str:
    """Sign up and confirm; return the reference."""
    created = cloud.post_json("/customers", customer_document(email=email, **overrides))
    cloud.drain()
    answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))
    assert answer.status == 204
    return str(created.json["data"]["id"])


def sign_in(cloud: Cloud, username: str = "sonia@example.com", password: str = PASSWORD) -> Answer:
    """Request an access token."""
    attributes = {"username": username, "password": password}
    body = {"data": {"type": "access-tokens", "attributes": attributes}}
    return cloud.post_json("/access-tokens", body)


def access_tokens(cloud: Cloud, username: str = "sonia@example.com") -> str:
    """Return an access token."""
    return str(sign_in(cloud, username).json["data"]["attributes"]["accessToken"])


def bearer(answer: Answer) -> dict[str, str]:
    """Return the header for the access token in an answer."""
    return {"authorization": f"Bearer {answer.json['data']['attributes']['accessToken']}"}


def refresh(cloud: Cloud, token: Any) -> Answer:
    """Request new tokens."""
    attributes = {} if token is MISSING else {"refreshToken": token}
    body = {"data": {"type": "refresh-tokens", "attributes": attributes}}
    return cloud.post_json("/refresh-tokens", body)


def oauth(cloud: Cloud, **fields: str) -> Answer:
    """Send a form to OAuth's token endpoint."""
    return cloud.post_form("/token", fields, headers={"accept": "application/json"})
