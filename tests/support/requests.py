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


def key_document(key: Any) -> Json:
    """Return the body of ``POST /customer-confirmation``."""
    attributes = {} if key is MISSING else {"registrationKey": key}
    return {"data": {"type": "customer-confirmation", "attributes": attributes}}


def email_document(kind: str, email: Any) -> Json:
    """Return a body with an address only."""
    return {"data": {"type": kind, "attributes": {"email": email}}}
