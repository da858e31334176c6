"""Carts for tests: documents, headers and a guest's requests."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from registration.adapters import clients
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.customers.sessions import session_item
from registration.adapters.secrets import RotatingKeys
from registration.domain.carts import Cart, Details, Guest
from registration.domain.customers import Evidence
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import confirmation_mail
from registration.domain.sessions import RefreshToken, Session
from tests.support.cloud import Answer, Cloud
from tests.support.factories import NOW, a_customer
from tests.support.stack import Json

GUEST_ID = "b3f1c5b2-guest"
CART_ID = "6b0f3c3e-8f6c-4a6e-9d2b-3f1f5a3c7e11"
OTHER_ID = "11111111-2222-4333-8444-555555555555"
KEPT = timedelta(days=30)
OPENED = {"priceMode": "GROSS_MODE", "currency": "EUR", "store": "DE"}
"""What every new cart of a customer has to tell."""


def a_cart(**overrides: Any) -> Cart:
    """Return a guest's cart with two apples, created at ``NOW``."""
    values: dict[str, Any] = {
        "cart_id": CART_ID,
        "owner": Guest.of(GUEST_ID),
        "items": {"apple": 2},
        "details": Details(),
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + KEPT,
        "attempt_id": "attempt-of-cart-1",
    }
    return Cart(**values | overrides)


def document(kind: str, **attributes: Any) -> Json:
    """Return a request's document."""
    return {"data": {"type": kind, "attributes": attributes}}


@dataclass(frozen=True)
class Client:
    """A client that uses carts: a guest, or a customer with a bearer token."""

    cloud: Cloud
    headers: dict[str, str] = field(default_factory=dict)
    path: str = "/guest-carts"
    items: str = "guest-cart-items"

    @property
    def kind(self) -> str:
        """The type of the client's carts."""
        return self.path.removeprefix("/")

    def send(self, method: str, target: str, body: Any = None, **more: str) -> Answer:
        """Send a request, with ``more`` headers (``if_match``)."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {**self.headers, "content-type": "application/vnd.api+json", **named}
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        return self.cloud.request(method, target, body=text, headers=headers)

    def fill(self, sku: Any = "apple", quantity: Any = 2) -> Answer:
        """Add an item to a guest's cart, without its id."""
        body = document(self.items, sku=sku, quantity=quantity)
        return self.send("POST", f"/guest-cart-items?include={self.items}", body)

    def add(self, cart_id: str, sku: Any = "apple", quantity: Any = 2) -> Answer:
        """Add an item to a cart."""
        body = document(self.items, sku=sku, quantity=quantity)
        return self.send("POST", f"{self.path}/{cart_id}/{self.items}?include={self.items}", body)

    def set(self, cart_id: str, sku: str, quantity: Any) -> Answer:
        """Change the quantity of an item. The SKU is encoded for a path."""
        body = document(self.items, quantity=quantity)
        path = f"{self.path}/{cart_id}/{self.items}/{sku}?include={self.items}"
        return self.send("PATCH", path, body)

    def take(self, cart_id: str, sku: str) -> Answer:
        """Remove an item from a cart. The SKU is encoded for a path."""
        return self.send("DELETE", f"{self.path}/{cart_id}/{self.items}/{sku}")

    def get(self, cart_id: str) -> Answer:
        """Return a cart."""
        return self.send("GET", f"{self.path}/{cart_id}?include={self.items}")

    def describe(self, cart_id: str, seen: str = "*", **attributes: Any) -> Answer:
        """Change a cart's details, if it is as it was ``seen``."""
        target = f"{self.path}/{cart_id}?include={self.items}"
        return self.send("PATCH", target, document(self.kind, **attributes), if_match=seen)

    def open(self, **attributes: Any) -> Answer:
        """Open a customer's cart."""
        return self.send("POST", self.path, document(self.kind, **OPENED | attributes))

    def discard(self, cart_id: str) -> Answer:
        """Remove a customer's cart."""
        return self.send("DELETE", f"{self.path}/{cart_id}")

    def carts(self) -> dict[str, dict[str, int]]:
        """Return the contents of the client's carts by id, the default cart first."""
        answer = self.send("GET", f"{self.path}?include={self.items}")
        assert answer.status == 200
        return contents_of_all(answer.json)


def guest(cloud: Cloud, guest_id: str = GUEST_ID) -> Client:
    """Return a guest."""
    return Client(cloud, {"x-anonymous-customer-unique-id": guest_id})


def customer(cloud: Cloud, token: str) -> Client:
    """Return a customer who has signed in."""
    return Client(cloud, {"authorization": f"Bearer {token}"}, "/carts", "items")


def id_of(answer: Answer) -> str:
    """Return the id of the cart in an answer."""
    return str(answer.json["data"]["id"])


def contents(shown: Json) -> dict[str, int]:
    """Return the quantities by SKU in a cart's document that includes the items."""
    (held,) = contents_of_all({**shown, "data": [shown["data"]]}).values()
    return held


def contents_of_all(shown: Json) -> dict[str, dict[str, int]]:
    """Return the quantities by SKU of each cart in a document that includes the items."""
    included = shown.get("included", [])
    items = {(each["type"], each["id"]): each["attributes"] for each in included}
    assert len(items) == len(included), "JSON:API: a type and an id are included once"
    held = {}
    for cart in shown["data"]:
        (related,) = cart["relationships"].values()
        lines = [items[each["type"], each["id"]] for each in related["data"]]
        held[cart["id"]] = {line["sku"]: line["quantity"] for line in lines}
    return held


def token_of(cloud: Cloud, reference: str) -> str:
    """Return an access token of a customer, in a session of its own."""
    now, keys = datetime.now(UTC), RotatingKeys(cloud.stack.names["TokenKeys"])
    session = Session.begin(RefreshToken.new(reference, "session"), 0, now)
    clients.dynamodb().put_item(TableName=cloud.customers_table, Item=session_item(session))
    return JwtAccessTokens(keys).issue(reference, "session", "token", now)


def signed_in(cloud: Cloud, name: str = "ada") -> Client:
    """Create a confirmed customer; return the signed-in client."""
    now = datetime.now(UTC)
    signed_up = a_customer(
        reference=f"DE--{name}",
        email=EmailAddress(f"{name}@example.com"),
        attempt_id=f"attempt-{name}",
        token_id=f"token-{name}",
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    customers = DynamoDBCustomers(cloud.customers_table, cloud.outbox_table)
    customers.register(signed_up, confirmation_mail(signed_up, now), now)
    customers.confirm(signed_up.confirm(Evidence(now)), now)
    return customer(cloud, token_of(cloud, signed_up.reference))
