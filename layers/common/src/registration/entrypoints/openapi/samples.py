"""The examples of the documentation: one customer and what belongs to her.

What the service renders is rendered here by the same code.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from registration.application.carts import CartView
from registration.application.customers.sign_in import Tokens
from registration.domain.carts import Cart, Details, Guest, SignedIn
from registration.domain.customers import (
    Consent,
    Customer,
    Evidence,
    GivenConsent,
    Origin,
    Status,
)
from registration.domain.emails import EmailAddress
from registration.domain.fields.asked import STANDARD, AskedFields
from registration.domain.fields.own import Ask, Place
from registration.domain.profile import Profile
from registration.entrypoints.carts.documents import cart_document
from registration.entrypoints.rendering.api_names import api_name
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.web import oauth
from registration.entrypoints.web.json_api import (
    attributes,
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
    profile=Profile(None, "Sonia", "Torres", None),
    password_hash=None,
    status=Status.UNVERIFIED,
    attempt_id="",
    token_id="",
    consent=Consent(Origin.API, "1", Evidence(_NOW, None, None)),
    created_at=_NOW,
    updated_at=_NOW,
    expires_at=None,
)

_SIGN_UP: Json = {
    "email": EMAIL,
    "salutation": "Ms",
    "firstName": "Sonia",
    "lastName": "Torres",
    "gender": "Female",
    "password": PASSWORD,
    "confirmPassword": PASSWORD,
    "acceptedTerms": True,
    "dateOfBirth": "1990-05-31",
    "phone": "+49 30 1234567",
    "company": "Torres & Söhne",
    "localeName": "en_US",
}


def asked() -> AskedFields:
    """Return the fields that the API asks in this shop."""
    return customer_fields().at(Place.API)


def sign_up() -> Json:
    """Return the attributes of a sign-up: a telephone and a company only if they have to be."""
    here = asked()
    without = {name for name in STANDARD if name not in here.ask}
    without |= {each for each in ("phone", "company") if here.ask.get(each) is not Ask.REQUIRED}
    given = {name: v for name, v in _SIGN_UP.items() if name not in set(map(api_name, without))}
    return {**given, **{api_name(each.name): each.example for each in here.own}}


def profile_change() -> Json:
    """Return the attributes of a change of the profile."""
    changed = "phone" if "phone" in asked().ask else "firstName"
    return {changed: _SIGN_UP[changed]}


def customer() -> Json:
    """Return the resource of the customer who signed up."""
    here, link = asked(), f"{SERVER}/customers/{REFERENCE}"
    sent = json.dumps({"data": {"type": "customers", "attributes": sign_up()}})
    given = attributes(sent, "customers", here.own)
    consents = tuple(GivenConsent(each, Evidence(_NOW)) for each in here.agreements(given))
    signed_up = replace(_CUSTOMER, profile=here.profile_of(given), consents=consents)
    return _data(resource("customers", REFERENCE, customer_attributes(signed_up, here), link))


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
