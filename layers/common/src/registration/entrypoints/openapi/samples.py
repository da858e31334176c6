"""The examples of the documentation: one customer and what belongs to her.

What the service renders is rendered here by the same code.
"""

from datetime import UTC, date, datetime
from typing import Any

from registration.application.carts import CartView
from registration.application.customers.sign_in import Tokens
from registration.domain.carts import Cart, Details, Guest, SignedIn
from registration.domain.customers import Consent, Customer, Evidence, Origin, Status
from registration.domain.emails import EmailAddress
from registration.domain.profile import Gender, Profile, Salutation
from registration.entrypoints.carts.documents import cart_document
from registration.entrypoints.web import oauth
from registration.entrypoints.web.json_api import (
    customer_attributes,
    resource,
    token_attributes,
)

Json = dict[str, Any]

SERVER = "https://shop.example"
"""Stands for the address that the service is reached at."""

EMAIL = "sonia@example.com"
PASSWORD = "sturdy teapot orbit"  # noqa: S105 - an example
NEW_PASSWORD = "quiet lantern meadow"  # noqa: S105
REFERENCE = "DE--4f1kQ8mT2xYb7LzA"
KEY = "DE--4f1kQ8mT2xYb7LzA.Zk3vQmT2xYb7LzA9.6921f2a0.jW4n3hB9yq0cVtFz8sLkRp2uXeDmGaIo"
ACCESS_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJERS0tNGYxayJ9.q0cVtFz8sLkRp2uXeDmG"  # noqa: S105
REFRESH_TOKEN = "DE--4f1kQ8mT2xYb7LzA.x8Yb7LzA9Zk3vQmT.jW4n3hB9yq0cVtFz8sLkRp"  # noqa: S105
ANONYMOUS_ID = "guest-7c9e6679"
CART_ID = "5f0e2f6a-9c1d-4b7e-8a35-2d1c0b9f8e7d"
SKU = "mug-blue"
ITEM: Json = {"sku": SKU, "quantity": 2}
NEW_CART: Json = {
    "name": "Birthday",
    "priceMode": "GROSS_MODE",
    "currency": "EUR",
    "store": "DE",
}

_NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)
_CUSTOMER = Customer(
    reference=REFERENCE,
    email=EmailAddress(EMAIL),
    profile=Profile(
        Salutation.MS, "Sonia", "Torres", Gender.FEMALE, date(1990, 5, 31), locale="en_US"
    ),
    password_hash=None,
    status=Status.UNVERIFIED,
    attempt_id="",
    token_id="",
    consent=Consent(Origin.API, "1", Evidence(_NOW, None, None)),
    created_at=_NOW,
    updated_at=_NOW,
    expires_at=None,
)

SIGN_UP: Json = {
    "email": EMAIL,
    "salutation": "Ms",
    "firstName": "Sonia",
    "lastName": "Torres",
    "gender": "Female",
    "password": PASSWORD,
    "confirmPassword": PASSWORD,
    "acceptedTerms": True,
    "dateOfBirth": "1990-05-31",
    "localeName": "en_US",
}


def customer() -> Json:
    """Return the resource of a customer."""
    link = f"{SERVER}/customers/{REFERENCE}"
    return _data(resource("customers", REFERENCE, customer_attributes(_CUSTOMER), link))


def tokens(kind: str) -> Json:
    """Return the resource of a session just begun or gone on with."""
    given = token_attributes(kind, Tokens(ACCESS_TOKEN, REFRESH_TOKEN, _CUSTOMER))
    return _data(resource(kind, None, given, f"{SERVER}/{kind}"))


def cart(kind: str) -> Json:
    """Return the resource of a cart: a guest's (``guest-carts``) or a customer's."""
    owner = SignedIn(REFERENCE) if kind == "carts" else Guest.of(ANONYMOUS_ID)
    details = Details("Birthday", "EUR", "DE", "GROSS_MODE")
    kept = Cart(CART_ID, owner, {SKU: ITEM["quantity"]}, details, _NOW, _NOW, None, "")
    return _data(cart_document(CartView(kept, is_default=True), SERVER))


def oauth_tokens() -> Json:
    """Return the answer to an OAuth request."""
    return oauth.granted(Tokens(ACCESS_TOKEN, REFRESH_TOKEN, _CUSTOMER))


def _data(document: dict[str, object]) -> Json:
    data: Any = document["data"]
    return dict(data)
