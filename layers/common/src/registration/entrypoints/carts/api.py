"""Carts by the API.

A request with an anonymous id is a guest's, one with a bearer token a customer's. The paths of
both lead to the same use cases.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from registration.application.carts import CartView
from registration.domain.carts import (
    CartOwner,
    Change,
    Guest,
    RemoveItem,
    SignedIn,
    read_details,
    read_item,
    read_quantity,
    read_sku,
)
from registration.domain.errors import (
    CartItemNotFound,
    CartNotFound,
    CartsForbidden,
    IfMatchMissing,
    IfMatchWrong,
    ResourceIdMissing,
)
from registration.entrypoints.carts import documents as cart_documents
from registration.entrypoints.carts.app import CartsApp
from registration.entrypoints.observability import count
from registration.entrypoints.web import http, json_api
from registration.entrypoints.web.bearer import required_guest_id

# A proxy that compresses an answer weakens its tag, and Glue's own tags have no quotes.
_TAG = re.compile(r'(?:W/)?"?([1-9][0-9]{,17})"?')


def add_routes(app: CartsApp) -> None:
    """Answer these calls."""
    for method, path, answer in (
        ("POST", "/guest-cart-items", _fill),
        ("GET", "/guest-carts", _read_all),
        ("GET", "/carts", _read_all),
        ("GET", "/customers/<reference>/carts", _read_all),
        ("POST", "/carts", _open),
        ("GET", "/guest-carts/<cart_id>", _read),
        ("GET", "/carts/<cart_id>", _read),
        ("PATCH", "/guest-carts/<cart_id>", _describe),
        ("PATCH", "/carts/<cart_id>", _describe),
        ("DELETE", "/carts/<cart_id>", _discard),
        ("POST", "/guest-carts/<cart_id>/guest-cart-items", _add),
        ("POST", "/carts/<cart_id>/items", _add),
        ("PATCH", "/guest-carts/<cart_id>/guest-cart-items/.+", _set_quantity),
        ("PATCH", "/carts/<cart_id>/items/.+", _set_quantity),
        ("DELETE", "/guest-carts/<cart_id>/guest-cart-items/.+", _remove),
        ("DELETE", "/carts/<cart_id>/items/.+", _remove),
        ("PATCH", "/guest-carts", _name_none),
        ("PATCH", "/carts", _name_none),
        ("DELETE", "/carts", _name_none),
        ("PATCH", "/guest-carts/[^/]+/guest-cart-items", _name_none),
        ("DELETE", "/guest-carts/[^/]+/guest-cart-items", _name_none),
        ("PATCH", "/carts/[^/]+/items", _name_none),
        ("DELETE", "/carts/[^/]+/items", _name_none),
    ):
        app.route(method, path, answer)


def _fill(app: CartsApp) -> Response[str]:
    guest = _guest(app)
    item = read_item(_given(app, "guest-cart-items"))
    count("GuestCartFilled")
    return _told(app, app.shopping.fill(guest, item, app.client), 201)


def _read_all(app: CartsApp, reference: str | None = None) -> Response[str]:
    owner = _owner(app)
    if reference is not None and owner != SignedIn(reference):
        raise CartsForbidden
    query = app.event.raw_query_string
    link = f"{app.own_url}{app.event.path}" + (f"?{query}" if query else "")
    found = app.shopping.all_of(owner)
    shown = cart_documents.collection(found, link, app.own_url, app.query("include"))
    return app.resources(200, shown)


def _open(app: CartsApp) -> Response[str]:
    customer = _customer(app)
    details = read_details(_given(app, "carts"), opens=True)
    return _told(app, app.shopping.open(customer, details), 201)


def _read(app: CartsApp, cart_id: str) -> Response[str]:
    return _told(app, app.shopping.one_of(_owner(app), cart_id))


def _describe(app: CartsApp, cart_id: str) -> Response[str]:
    owner = _owner(app)
    details = read_details(_given(app, cart_documents.kind_of(owner)))
    seen = _seen(app, owner)
    try:
        return _told(app, app.shopping.change(owner, cart_id, replace(details, seen=seen)))
    except CartNotFound as error:
        if seen is None:
            raise
        raise IfMatchWrong from error


def _discard(app: CartsApp, cart_id: str) -> Response[str]:
    app.shopping.discard(_customer(app), cart_id)
    return json_api.answer(204)


def _add(app: CartsApp, cart_id: str) -> Response[str]:
    owner = _owner(app)
    item = read_item(_given(app, cart_documents.items_of(owner)))
    return _told(app, app.shopping.change(owner, cart_id, item), 201)


def _set_quantity(app: CartsApp, cart_id: str) -> Response[str]:
    owner = _owner(app)
    given = _given(app, cart_documents.items_of(owner))
    return _told(app, _change_item(app, owner, cart_id, lambda sku: read_quantity(sku, given)))


def _remove(app: CartsApp, cart_id: str) -> Response[str]:
    _change_item(app, _owner(app), cart_id, lambda sku: RemoveItem(read_sku(sku)))
    return json_api.answer(204)


def _name_none(app: CartsApp) -> Response[str]:
    _owner(app)
    raise ResourceIdMissing


def _owner(app: CartsApp) -> CartOwner:
    is_guests = app.event.path.startswith("/guest-")
    return _guest(app) if is_guests else _customer(app)


def _guest(app: CartsApp) -> Guest:
    return Guest.of(required_guest_id(app.event))


def _customer(app: CartsApp) -> SignedIn:
    return SignedIn(app.bearer.customer(app.event).reference)


def _seen(app: CartsApp, owner: CartOwner) -> int | None:
    """Return the version that a client has seen; None, if any will do.

    RFC 9110, 13.1.1. Glue asks for it where a customer changes a cart.
    """
    given = (app.event.headers.get("if-match") or "").strip()
    if not given and isinstance(owner, SignedIn):
        raise IfMatchMissing
    if given in {"", "*"}:
        return None
    tag = _TAG.fullmatch(given)
    # No version is 0.
    return int(tag[1]) if tag else 0


def _given(app: CartsApp, kind: str) -> dict[str, object]:
    return json_api.attributes(http.body_of(app.event), kind)


def _change_item(
    app: CartsApp, owner: CartOwner, cart_id: str, change_of: Callable[[str], Change]
) -> CartView:
    """Change the item that the path names: by its SKU, or else by its group key."""
    # API Gateway has decoded the path but for the sign that escapes begin with. No SKU
    # ends with a slash.
    named = unquote(app.event.path.partition("items/")[2]).rstrip("/")
    sku = cart_documents.sku_of(named, cart_id)
    try:
        return app.shopping.change(owner, cart_id, change_of(named))
    except CartItemNotFound:
        if sku == named:
            raise
        return app.shopping.change(owner, cart_id, change_of(sku))


def _told(app: CartsApp, shown: CartView, status: int = 200) -> Response[str]:
    document = cart_documents.cart_document(shown, app.own_url, app.query("include"))
    answer = app.resources(status, document)
    answer.headers["ETag"] = f'"{shown.cart.version}"'
    return answer
