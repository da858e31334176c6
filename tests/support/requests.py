"""Requests of clients: valid except for a test's overrides."""

from typing import Any

from tests.support.stack import Json

PASSWORD = "sturdy teapot orbit"
MISSING = object()
"""As an override: omit the attribute."""


def customer_document(**overrides: Any) -> Json:
    """Return the body of ``POST /customers``."""
    attributes: Json = {
        "salutation": "Ms",
        "firstName": "Sonia",
        "lastName": "Torres",
        "gender": "Female",
        "email": "sonia@example.com",
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "acceptedTerms": True,
    }
    attributes |= overrides
    given = {name: value for name, value in attributes.items() if value is not MISSING}
    return {"data": {"type": "customers", "attributes": given}}


def registration_form(**overrides: str) -> dict[str, str]:
    """Return the fields of the form at ``/register``."""
    return {
        "salutation": "Ms",
        "first_name": "Sonia",
        "last_name": "Torres",
        "gender": "Female",
        "email": "sonia@example.com",
        "password": PASSWORD,
        "confirm_password": PASSWORD,
        "accepted_terms": "true",
        **overrides,
    }


def review_form(password: str = "", repeat: str | None = None, **overrides: str) -> dict[str, str]:
    """Return the fields that confirm at ``/confirm`` with a new password and a reviewed profile."""
    return {
        "way": "new_password",
        "salutation": "Ms",
        "first_name": "Sonia",
        "last_name": "Torres",
        "gender": "Female",
        "new_password": password,
        "repeat_password": password if repeat is None else repeat,
        "review_accepted_terms": "true",
        **overrides,
    }


def key_document(key: Any) -> Json:
    """Return the body of ``POST /customer-confirmation``."""
    attributes = {} if key is MISSING else {"registrationKey": key}
    return {"data": {"type": "customer-confirmation", "attributes": attributes}}


def email_document(kind: str, email: Any) -> Json:
    """Return a body with an address only."""
    return {"data": {"type": kind, "attributes": {"email": email}}}
