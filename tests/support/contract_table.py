"""The two tables of the HTTP contract: each row has a request and the expected response.

The same rows run against the handlers, and over HTTP against the local cloud. A row is a
function of a :class:`Shop`, which can send requests and read mails.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from tests.support.requests import PASSWORD, customer_document, email_document, key_document

NEW_PASSWORD = "gentle harbour lantern"
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
    """The service, through handlers or HTTP. Each row has its own e-mail address."""

    send: Send
    token_in_mail: Callable[[str, int], str]
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
        document = customer_document(**{"email": self.email, **overrides})
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
    _, token = shop.customer()
    return shop.call("GET", "/customers", headers=token)


def get_customer(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.customer()
    return shop.call("GET", f"/customers/{reference}", headers=token)


def patch_customer(shop: Shop) -> tuple[int, Any]:
    reference, token = shop.customer()
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
        return shop.call(method, path.format(cart=cart), kind, given, who)

    return call


def on_cart(method: str, path: str, kind: str = "", given: Any = None) -> Any:
    def call(shop: Shop) -> tuple[int, Any]:
        _, token = shop.customer()
        made = shop.call("POST", "/carts", "carts", CART, token)
        cart = made[1]["data"]["id"]
        item = {"sku": "tea-1", "quantity": 1}
        shop.call("POST", f"/carts/{cart}/items", "items", item, token)
        return shop.call(method, path.format(cart=cart), kind, given, {**token, "if-match": "*"})

    return call


CART = {"name": "Wishes", "priceMode": "GROSS_MODE", "currency": "EUR", "store": "DE"}
QUANTITY = {"sku": "tea-1", "quantity": 5}
CALLS: dict[str, tuple[Callable[[Shop], tuple[int, Any]], int, str | None]] = {
    "POST /customers": (Shop.sign_up, 201, "customers"),
    "GET /customers": (get_customers, 200, "customers"),
    "GET /customers/{ref}": (get_customer, 200, "customers"),
    "PATCH /customers/{ref}": (patch_customer, 200, "customers"),
    "DELETE /customers/{ref}": (delete_customer, 204, None),
    "POST /customer-confirmation": (confirm, 204, None),
    "POST /customer-confirmation-requests": (ask_again, 204, None),
    "PATCH /customer-password/{ref}": (change_password, 204, None),
    "POST /customer-forgotten-password": (forget_password, 204, None),
    "PATCH /customer-restore-password/{any}": (restore_password, 204, None),
    "POST /access-tokens": (access_token, 201, "access-tokens"),
    "POST /refresh-tokens": (refresh_token, 201, "refresh-tokens"),
    "DELETE /refresh-tokens/mine": (sign_out, 204, None),
    "POST /guest-cart-items": (lambda shop: add(shop, guest()), 201, "guest-carts"),
    "GET /guest-carts": (on_guest_cart("GET", "/guest-carts"), 200, "guest-carts"),
    "GET /guest-carts/{id}": (on_guest_cart("GET", "/guest-carts/{cart}"), 200, "guest-carts"),
    "PATCH /guest-carts/{id}": (
        on_guest_cart("PATCH", "/guest-carts/{cart}", "guest-carts", {"name": "Mine"}),
        200,
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
    assert (used[0], used[1]["error"]) == (400, "invalid_grant")
    missing = shop.form(grant_type="password", username=shop.email)
    assert (missing[0], missing[1]["error"]) == (400, "invalid_request")


# Errors


def both_identities(shop: Shop) -> tuple[int, Any]:
    _, token = shop.customer()
    return shop.call("GET", "/carts", headers={**token, **guest()})


def anothers_cart(shop: Shop) -> tuple[int, Any]:
    _, token = shop.customer()
    cart = shop.call("POST", "/carts", "carts", CART, token)[1]["data"]["id"]
    _, mallory = shop.other().customer()
    return shop.call("DELETE", f"/carts/{cart}", headers=mallory)


def anothers_carts(shop: Shop) -> tuple[int, Any]:
    reference = shop.confirmed()
    _, mallory = shop.other().customer()
    return shop.call("GET", f"/customers/{reference}/carts", headers=mallory)


def changed_cart(shop: Shop, **headers: str) -> tuple[int, Any]:
    _, token = shop.customer()
    cart = shop.call("POST", "/carts", "carts", CART, token)[1]["data"]["id"]
    return shop.call("PATCH", f"/carts/{cart}", "carts", {}, {**token, **headers})


def missing_item(shop: Shop) -> tuple[int, Any]:
    who = guest()
    cart = add(shop, who)[1]["data"]["id"]
    target = f"/guest-carts/{cart}/guest-cart-items/none"
    return shop.call("DELETE", target, headers=who)


def anothers_customer(shop: Shop, method: str) -> tuple[int, Any]:
    reference = shop.confirmed()
    _, mallory = shop.other().customer()
    return shop.call(method, f"/customers/{reference}", headers=mallory)


def changed(shop: Shop, **given: Any) -> tuple[int, Any]:
    reference, token = shop.customer()
    attributes = {
        "password": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "confirmPassword": NEW_PASSWORD,
        **given,
    }
    target = f"/customer-password/{reference}"
    return shop.call("PATCH", target, "customer-password", attributes, token)


def new(password: str) -> dict[str, str]:
    return {"newPassword": password, "confirmPassword": password}


def key_used_twice(shop: Shop) -> tuple[int, Any]:
    shop.confirmed()
    given = key_document(shop.token_in_mail(shop.email, 1))["data"]["attributes"]
    return shop.call("POST", "/customer-confirmation", "customer-confirmation", given)


def no_reference(shop: Shop) -> tuple[int, Any]:
    _, token = shop.customer()
    return shop.call("DELETE", "/customers", headers=token)


BAD_TOKEN = {"authorization": "Bearer none"}
TOO_LONG = f"{'l' * 60}@{'d' * 36}.com"
ERRORS: dict[str, tuple[Callable[[Shop], tuple[int, Any]], int, Any, str]] = {
    "001": (
        lambda s: s.call("GET", "/customers", headers=BAD_TOKEN),
        401,
        "001",
        "Invalid access token.",
    ),
    "002": (lambda s: s.call("GET", "/customers"), 403, "002", "Missing access token."),
    "003": (lambda s: s.sign_in(), 401, "003", "Failed to authenticate user."),
    "003 unverified": (
        lambda s: (s.sign_up(), s.sign_in())[1],
        401,
        "003",
        "Failed to authenticate user.",
    ),
    "004": (lambda s: refresh(s, "none"), 401, "004", "Failed to refresh token."),
    "005": (
        both_identities,
        400,
        "005",
        "Headers request error. A user can't act as logged and not logged user at the same time.",
    ),
    "005 carts": (changed_cart, 428, "005", "If-Match header is missing."),
    "006": (
        lambda s: changed_cart(s, **{"if-match": '"none"'}),
        412,
        "006",
        "If-Match header value is invalid.",
    ),
    "101": (
        lambda s: s.call("GET", f"/guest-carts/{uuid.uuid4()}", headers=guest()),
        404,
        "101",
        "Cart with given uuid not found.",
    ),
    "103": (missing_item, 404, "103", "Item with the given group key not found in the cart."),
    "109": (lambda s: add(s, {}), 400, "109", "Anonymous customer unique id is empty."),
    "115": (anothers_cart, 403, "115", "Unauthorized cart action."),
    "402": (lambda s: anothers_customer(s, "GET"), 404, "402", "Customer not found."),
    "405": (no_reference, 400, "405", "Customer reference is missing."),
    "406": (
        lambda s: s.sign_up(confirmPassword=PASSWORD + "!"),
        422,
        "406",
        "Value in field password should be identical to value in the confirmPassword field.",
    ),
    "406 new": (
        lambda s: changed(s, confirmPassword=NEW_PASSWORD + "!"),
        422,
        "406",
        "Value in field newPassword should be identical to value in the confirmPassword field.",
    ),
    "408": (lambda s: changed(s, password="wrong"), 400, "408", "Invalid password"),
    "411": (lambda s: anothers_customer(s, "DELETE"), 403, "411", "Unauthorized request."),
    "413": (
        lambda s: s.sign_up(acceptedTerms=None),
        400,
        "413",
        "Terms and Conditions was not accepted.",
    ),
    "415": (lambda s: restore(s, "none"), 422, "415", "Restore password key is not valid."),
    "416": (lambda s: s.sign_up(email="a@b..c"), 422, "416", "Invalid Email address format."),
    "417": (
        lambda s: s.sign_up(email=TOO_LONG),
        422,
        "417",
        "Email is too long. It should have 100 characters or less.",
    ),
    "418": (lambda s: changed(s, **new("elevenchars")), 400, "418", "The password is too short."),
    "419": (lambda s: changed(s, **new("Zq8!" * 33)), 400, "419", "The password is too long."),
    "422": (
        lambda s: s.sign_up(password="password1234", confirmPassword="password1234"),
        400,
        "422",
        "The password is listed as common.",
    ),
    "423": (
        key_used_twice,
        422,
        "423",
        "This email confirmation code is invalid or has been already used.",
    ),
    "802": (anothers_carts, 403, "802", "Unauthorized request."),
    "901": (
        lambda s: s.sign_up(firstName=""),
        422,
        "901",
        "firstName => This value should not be blank.",
    ),
    "type": (lambda s: s.call("POST", "/customers", "carts", {}), 400, None, "Invalid type."),
    "data": (lambda s: s.call("POST", "/customers"), 400, None, "Post data is invalid."),
    "id": (
        lambda s: s.call("PATCH", "/customer-restore-password", "x", {}),
        400,
        None,
        "Resource id is not specified.",
    ),
}


def check_error(shop: Shop, row: str) -> None:
    """Cause the error of a row and compare the response."""
    act, status, code, detail = ERRORS[row]
    assert errors(act(shop)) == (status, [(code, status, detail)])
