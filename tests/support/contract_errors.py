"""The errors of the HTTP contract: each row has a request and the expected error."""

import uuid
from collections.abc import Callable
from typing import Any

from tests.support.contract_table import (
    CART,
    NEW_PASSWORD,
    PASSWORD,
    Headers,
    Shop,
    add,
    errors,
    guest,
    refresh,
    restore,
)
from tests.support.requests import key_document


def both_identities(shop: Shop) -> tuple[int, Any]:
    _, token = shop.member()
    return shop.call("GET", "/carts", headers={**token, **guest()})


def anothers_cart(shop: Shop) -> tuple[int, Any]:
    _, token = shop.member()
    cart = shop.call("POST", "/carts", "carts", CART, token)[1]["data"]["id"]
    _, mallory = shop.member("another")
    return shop.call("DELETE", f"/carts/{cart}", headers=mallory)


def missing_item(shop: Shop) -> tuple[int, Any]:
    who = guest()
    cart = add(shop, who)[1]["data"]["id"]
    target = f"/guest-carts/{cart}/guest-cart-items/none"
    return shop.call("DELETE", target, headers=who)


def anothers_customer(shop: Shop, method: str) -> tuple[int, Any]:
    reference, _ = shop.member()
    _, mallory = shop.member("another")
    return shop.call(method, f"/customers/{reference}", headers=mallory)


def changed(shop: Shop, **given: Any) -> tuple[int, Any]:
    reference, token = shop.member()
    attributes = {
        "password": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "confirmPassword": NEW_PASSWORD,
        **given,
    }
    target = f"/customer-password/{reference}"
    return shop.call("PATCH", target, "customer-password", attributes, token)


def key_used_twice(shop: Shop) -> tuple[int, Any]:
    shop.confirmed()
    given = key_document(shop.token_in_mail(shop.email, 1))["data"]["attributes"]
    return shop.call("POST", "/customer-confirmation", "customer-confirmation", given)


def no_reference(shop: Shop) -> tuple[int, Any]:
    _, token = shop.member()
    return shop.call("DELETE", "/customers", headers=token)


def on_others_customer(shop: Shop) -> tuple[int, Any]:
    reference, _ = shop.member()
    _, mallory = shop.member("another")
    return shop.call("GET", f"/customers/{reference}/carts", headers=mallory)


def changed_cart(mode: str, headers: Headers) -> Any:
    def call(shop: Shop) -> tuple[int, Any]:
        _, token = shop.member()
        cart = shop.call("POST", "/carts", "carts", CART, token)[1]["data"]["id"]
        item = {"sku": "tea-1", "quantity": "1"}
        shop.call("POST", f"/carts/{cart}/items", "items", item, token)
        given = {"priceMode": mode}
        return shop.call("PATCH", f"/carts/{cart}", "carts", given, {**token, **headers})

    return call


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
    "005 no version": (
        changed_cart("GROSS_MODE", {}),
        428,
        "005",
        "If-Match header is missing.",
    ),
    "006": (
        changed_cart("GROSS_MODE", {"if-match": '"none"'}),
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
    "111": (
        changed_cart("NET_MODE", {"if-match": "*"}),
        422,
        "111",
        "Can\u2019t switch price mode when there are items in the cart.",
    ),
    "115": (anothers_cart, 403, "115", "Unauthorized cart action."),
    "402": (lambda s: anothers_customer(s, "GET"), 404, "402", "Customer not found."),
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
    "408": (lambda s: changed(s, password="wrong password"), 400, "408", "Invalid password"),
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
    "422": (
        lambda s: s.sign_up(password="Password1234!", confirmPassword="Password1234!"),
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
    "802": (on_others_customer, 403, "802", "Unauthorized request."),
    "901": (
        lambda s: s.sign_up(firstName=""),
        422,
        "901",
        "firstName => This value should not be blank.",
    ),
    "901 changed": (
        lambda s: changed(s, newPassword="Eleven-cha1"),
        422,
        "901",
        "newPassword => This value is too short. It should have 12 characters or more.",
    ),
    "type": (lambda s: s.call("POST", "/customers", "carts", {}), 400, None, "Invalid type."),
    "data": (lambda s: s.call("POST", "/customers"), 400, None, "Post data is invalid."),
    "id": (
        lambda s: s.call("PATCH", "/customer-restore-password", "x", {}),
        400,
        None,
        "Resource id is not specified.",
    ),
    "id of a customer": (no_reference, 400, None, "Resource id is not specified."),
}


# Errors that the settings closest to Glue bring.
SEQUENCE = "Sturdy111!teapot"
ERRORS_AS_GLUE: dict[str, tuple[Callable[[Shop], tuple[int, Any]], int, Any, str]] = {
    "400": (
        lambda s: (s.confirmed(), s.sign_up())[1],
        422,
        "400",
        "If this email address is already in use, you will receive a password reset link. "
        "Otherwise you must first validate your e-mail address to finish registration. "
        "Please check your e-mail.",
    ),
    "421": (
        lambda s: s.sign_up(password=SEQUENCE, confirmPassword=SEQUENCE),
        400,
        "421",
        "The password contains sequence of the same character.",
    ),
}


def check_error(shop: Shop, row: str) -> None:
    """Cause the error of a row and compare the response."""
    act, status, code, detail = (ERRORS | ERRORS_AS_GLUE)[row]
    assert errors(act(shop)) == (status, [(code, status, detail)])
