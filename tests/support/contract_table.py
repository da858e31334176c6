"""The calls of the HTTP contract: each row has a request and the expected response.

The same rows run against the handlers, and over HTTP against the local cloud. A row is a
function of a :class:`Shop`, which can send requests and read mails.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from tests.support.requests import customer_document, email_document, key_document

# Right by Glue's rules and by those of the default settings.
PASSWORD = "Sturdy-teapot-0rbit"
NEW_PASSWORD = "Gentle-harb0ur-lantern"
GUEST = "x-anonymous-customer-unique-id"
Headers = dict[str, str]


class Reply(Protocol):
    """A response."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> str: ...


class Send(Protocol):
    """Sends a request."""

    def __call__(self, method: str, target: str, body: str | None, headers: Headers) -> Reply: ...


@dataclass
class Shop:
    """The service, through handlers or HTTP. Each row has its own e-mail address.

    Attributes
    ----------
    members
        Customers of whom several rows make use, because none changes the account.
    """

    send: Send
    token_in_mail: Callable[[str, int], str]
    members: dict[str, tuple[str, Headers]] = field(default_factory=dict)
    email: str = field(default_factory=lambda: f"c{uuid.uuid4().hex[:12]}@example.com")

    def call(
        self,
        method: str,
        target: str,
        kind: str = "",
        attributes: Any = None,
        headers: Headers | None = None,
    ) -> tuple[int, Any]:
        """Send a JSON:API request; return status and document."""
        body = None
        sent = {"accept": "application/vnd.api+json", **(headers or {})}
        if kind:
            body = json.dumps({"data": {"type": kind, "attributes": attributes}})
            sent["content-type"] = "application/vnd.api+json"
        reply = self.send(method, target, body, sent)
        return int(reply.status), json.loads(reply.body) if reply.body else None

    def form(self, **fields: str) -> tuple[int, Any]:
        """Send a form to the OAuth endpoint."""
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "*/*"}
        reply = self.send("POST", "/token", urlencode(fields), headers)
        return int(reply.status), json.loads(reply.body)

    def sign_up(self, **overrides: Any) -> tuple[int, Any]:
        """Sign up with the API."""
        given = {"email": self.email, "password": PASSWORD, "confirmPassword": PASSWORD}
        document = customer_document(**{**given, **overrides})
        return self.call("POST", "/customers", "customers", document["data"]["attributes"])

    def confirmed(self) -> str:
        """Sign up and confirm; return the reference."""
        _, created = self.sign_up()
        document = key_document(self.token_in_mail(self.email, 1))["data"]
        confirmed = self.call(
            "POST", "/customer-confirmation", document["type"], document["attributes"]
        )
        assert confirmed == (204, None)
        return str(created["data"]["id"])

    def sign_in(self, password: str = PASSWORD, headers: Headers | None = None) -> tuple[int, Any]:
        """Request an access token."""
        attributes = {"username": self.email, "password": password}
        return self.call("POST", "/access-tokens", "access-tokens", attributes, headers)

    def customer(self) -> tuple[str, Headers]:
        """Return a confirmed customer's reference and token."""
        reference = self.confirmed()
        return reference, bearer(self.sign_in()[1])

    def member(self, name: str = "somebody") -> tuple[str, Headers]:
        """Return the reference and token of a customer whose account stays as it is."""
        if name not in self.members:
            self.members[name] = self.other().customer()
        return self.members[name]

    def other(self) -> "Shop":
        """Return the same service for another customer."""
        return Shop(self.send, self.token_in_mail)


def bearer(document: Any) -> Headers:
    """Return the header for the access token in a document."""
    return {"authorization": f"Bearer {document['data']['attributes']['accessToken']}"}


def guest() -> Headers:
    """Return the header of a new guest."""
    return {GUEST: uuid.uuid4().hex}


def errors(answer: tuple[int, Any]) -> tuple[int, list[tuple[Any, int, str]]]:
    """Return an answer's status and its errors."""
    status, document = answer
    return status, [(e.get("code"), e["status"], e["detail"]) for e in document["errors"]]


def add(shop: Shop, who: Headers, sku: str = "tea-1", quantity: Any = 2) -> tuple[int, Any]:
    """Add an item to a guest's cart."""
    attributes = {"sku": sku, "quantity": quantity}
    return shop.call("POST", "/guest-cart-items", "guest-cart-items", attributes, who)


# Calls: each returns (status, type or None)


def _kind(answer: tuple[int, Any]) -> tuple[int, str | None]:
    status, document = answer
    if document is None:
        return status, None
    data = document["data"]
    return status, (data[0] if isinstance(data, list) else data)["type"]


def get_customers(shop: Shop) -> tuple[int, Any]:
    _, token = shop.member()
    return shop.call("GET", "/customers", headers=token)


def get_customer(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.member()
    return shop.call("GET", f"/customers/{reference}", headers=token)


def get_carts(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.member()
    shop.call("POST", "/carts", "carts", CART, token)
    return shop.call("GET", f"/customers/{reference}/carts?include=items", headers=token)


def patch_customer(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.member()
    return shop.call("PATCH", f"/customers/{reference}", "customers", {"company": "Co"}, token)


def delete_customer(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.customer()
    return shop.call("DELETE", f"/customers/{reference}", headers=token)


def confirm(shop: Shop) -> tuple[int, Any]:
    shop.sign_up()
    given = key_document(shop.token_in_mail(shop.email, 1))["data"]["attributes"]
    return shop.call("POST", "/customer-confirmation", "customer-confirmation", given)


def ask_again(shop: Shop) -> tuple[int, Any]:
    kind = "customer-confirmation-requests"
    given = email_document(kind, shop.email)["data"]["attributes"]
    return shop.call("POST", f"/{kind}", kind, given)


def change_password(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.customer()
    given = {
        "password": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "confirmPassword": NEW_PASSWORD,
    }
    target = f"/customer-password/{reference}"
    return shop.call("PATCH", target, "customer-password", given, token)


def forget_password(shop: Shop) -> tuple[int, Any]:
    kind = "customer-forgotten-password"
    return shop.call("POST", f"/{kind}", kind, {"email": shop.email})


def restore(shop: Shop, key: str, password: str = NEW_PASSWORD) -> tuple[int, Any]:
    kind = "customer-restore-password"
    given = {"restorePasswordKey": key, "password": password, "confirmPassword": password}
    return shop.call("PATCH", f"/{kind}/any", kind, given)


def restore_password(shop: Shop) -> tuple[int, Any]:
    shop.confirmed()
    forget_password(shop)
    return restore(shop, shop.token_in_mail(shop.email, 2))


def access_token(shop: Shop) -> tuple[int, Any]:
    shop.confirmed()
    return shop.sign_in()


def refresh(shop: Shop, token: Any) -> tuple[int, Any]:
    return shop.call("POST", "/refresh-tokens", "refresh-tokens", {"refreshToken": token})


def refresh_token(shop: Shop) -> tuple[int, Any]:
    return refresh(shop, access_token(shop)[1]["data"]["attributes"]["refreshToken"])


def sign_out(shop: Shop) -> tuple[int, Any]:
    _, token = shop.customer()
    return shop.call("DELETE", "/refresh-tokens/mine", headers=token)


def on_guest_cart(method: str, path: str, kind: str = "", given: Any = None) -> Any:
    def call(shop: Shop) -> tuple[int, Any]:
        who = guest()
        cart = add(shop, who)[1]["data"]["id"]
        return shop.call(method, f"{path.format(cart=cart)}?{INCLUDED}", kind, given, who)

    return call


def on_cart(method: str, path: str, kind: str = "", given: Any = None) -> Any:
    def call(shop: Shop) -> tuple[int, Any]:
        _, token = shop.member()
        made = shop.call("POST", "/carts", "carts", CART, token)
        cart = made[1]["data"]["id"]
        item = {"sku": "tea-1", "quantity": 1}
        shop.call("POST", f"/carts/{cart}/items", "items", item, token)
        target = f"{path.format(cart=cart)}?{INCLUDED}"
        return shop.call(method, target, kind, given, {**token, "if-match": "*"})

    return call


INCLUDED = "include=items,guest-cart-items"
CART = {"name": "Wishes", "priceMode": "GROSS_MODE", "currency": "EUR", "store": "DE"}
QUANTITY = {"sku": "tea-1", "quantity": 5}
CALLS: dict[str, tuple[Callable[[Shop], tuple[int, Any]], int, str | None]] = {
    "POST /customers": (Shop.sign_up, 201, "customers"),
    "GET /customers": (get_customers, 200, "customers"),
    "GET /customers/{ref}": (get_customer, 200, "customers"),
    "GET /customers/{ref}/carts": (get_carts, 200, "carts"),
    "PATCH /customers/{ref}": (patch_customer, 200, "customers"),
    "DELETE /customers/{ref}": (delete_customer, 204, None),
    "POST /customer-confirmation": (confirm, 204, None),
    "POST /customer-confirmation-requests": (ask_again, 204, None),
    "PATCH /customer-password/{ref}": (change_password, 204, None),
    "POST /customer-forgotten-password": (forget_password, 204, None),
    "PATCH /customer-restore-password/{any}": (restore_password, 204, None),
    "POST /access-tokens": (access_token, 201, "access-tokens"),
    "POST /refresh-tokens": (refresh_token, 201, "refresh-tokens"),
    "DELETE /refresh-tokens/{token}": (sign_out, 204, None),
    "POST /guest-cart-items": (lambda shop: add(shop, guest()), 201, "guest-carts"),
    "GET /guest-carts": (on_guest_cart("GET", "/guest-carts"), 200, "guest-carts"),
    "GET /guest-carts/{id}": (on_guest_cart("GET", "/guest-carts/{cart}"), 200, "guest-carts"),
    "PATCH /guest-carts/{id}": (
        on_guest_cart("PATCH", "/guest-carts/{cart}", "guest-carts", {"name": "Mine"}),
        200,
        "guest-carts",
    ),
    "POST /guest-carts/{id}/guest-cart-items": (
        on_guest_cart("POST", "/guest-carts/{cart}/guest-cart-items", "guest-cart-items", QUANTITY),
        201,
        "guest-carts",
    ),
    "PATCH /guest-carts/{id}/guest-cart-items/{sku}": (
        on_guest_cart(
            "PATCH", "/guest-carts/{cart}/guest-cart-items/tea-1", "guest-cart-items", QUANTITY
        ),
        200,
        "guest-carts",
    ),
    "DELETE /guest-carts/{id}/guest-cart-items/{sku}": (
        on_guest_cart("DELETE", "/guest-carts/{cart}/guest-cart-items/tea-1"),
        204,
        None,
    ),
    "GET /carts": (on_cart("GET", "/carts"), 200, "carts"),
    "POST /carts": (on_cart("POST", "/carts", "carts", CART), 201, "carts"),
    "GET /carts/{id}": (on_cart("GET", "/carts/{cart}"), 200, "carts"),
    "PATCH /carts/{id}": (
        on_cart("PATCH", "/carts/{cart}", "carts", {"name": "Other"}),
        200,
        "carts",
    ),
    "DELETE /carts/{id}": (on_cart("DELETE", "/carts/{cart}"), 204, None),
    "POST /carts/{id}/items": (
        on_cart("POST", "/carts/{cart}/items", "items", QUANTITY),
        201,
        "carts",
    ),
    "PATCH /carts/{id}/items/{sku}": (
        on_cart("PATCH", "/carts/{cart}/items/tea-1", "items", QUANTITY),
        200,
        "carts",
    ),
    "DELETE /carts/{id}/items/{sku}": (on_cart("DELETE", "/carts/{cart}/items/tea-1"), 204, None),
}


def check_call(shop: Shop, row: str) -> None:
    """Make the call of a row and compare the response."""
    act, status, kind = CALLS[row]
    assert _kind(act(shop)) == (status, kind)


def check_token_endpoint(shop: Shop) -> None:
    """``POST /token``, the only call that uses OAuth instead of JSON:API."""
    shop.confirmed()
    status, content = shop.form(grant_type="password", username=shop.email, password=PASSWORD)
    assert (status, content["token_type"], content["expires_in"]) == (200, "Bearer", 28800)
    again = shop.form(grant_type="refresh_token", refresh_token=content["refresh_token"])
    assert again[0] == 200
    # Two tabs may use the token before the newest at once; an older one is somebody else's.
    newest = shop.form(grant_type="refresh_token", refresh_token=again[1]["refresh_token"])
    assert newest[0] == 200
    used = shop.form(grant_type="refresh_token", refresh_token=content["refresh_token"])
    assert (used[0], used[1]["error"]) == (400, "invalid_request")
    missing = shop.form(grant_type="password", username=shop.email)
    assert (missing[0], missing[1]["error"]) == (400, "invalid_request")
