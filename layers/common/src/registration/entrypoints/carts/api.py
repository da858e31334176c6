"""Carts by the API.

A request with an anonymous id is a guest's, one with a bearer token a customer's. The paths of
both lead to the same use cases.
"""

from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from registration.application.carts import CartView
from registration.domain.carts import (
    CartOwner,
    Guest,
    RemoveItem,
    SignedIn,
    read_details,
    read_item,
    read_quantity,
    read_sku,
)
from registration.domain.errors import ResourceIdMissing
from registration.entrypoints.carts import documents as cart_documents
from registration.entrypoints.carts.app import CartsApp
from registration.entrypoints.observability import count
from registration.entrypoints.web import bearer as identity
from registration.entrypoints.web import http, json_api


def add_routes(app: CartsApp) -> None:
    """Answer these calls."""
    for method, path, answer in (
        ("POST", "/guest-cart-items", _fill),
        ("GET", "/guest-carts", _read_all),
        ("GET", "/carts", _read_all),
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
        ("PATCH", "/guest-carts/.+/guest-cart-items", _name_none),
        ("DELETE", "/guest-carts/.+/guest-cart-items", _name_none),
        ("PATCH", "/carts/.+/items", _name_none),
        ("DELETE", "/carts/.+/items", _name_none),
    ):
        app.route(method, path, answer)


def _fill(app: CartsApp) -> Response[str]:
    guest = _guest(app)
    item = read_item(_given(app, "guest-cart-items"))
    count("GuestCartFilled")
    return _told(app, app.shopping.fill(guest, item, app.client), 201)


def _read_all(app: CartsApp) -> Response[str]:
    owner = _owner(app)
    found = app.shopping.all_of(owner)
    return json_api.answer(200, cart_documents.collection(found, owner, app.own_url))


def _open(app: CartsApp) -> Response[str]:
    customer = _customer(app)
    return _told(app, app.shopping.open(customer, read_details(_given(app, "carts"))), 201)


def _read(app: CartsApp, cart_id: str) -> Response[str]:
    return _told(app, app.shopping.one_of(_owner(app), cart_id))


def _describe(app: CartsApp, cart_id: str) -> Response[str]:
    owner = _owner(app)
    details = read_details(_given(app, cart_documents.kind_of(owner)))
    return _told(app, app.shopping.change(owner, cart_id, details))


def _discard(app: CartsApp, cart_id: str) -> Response[str]:
    app.shopping.discard(_customer(app), cart_id)
    return json_api.answer(204)


def _add(app: CartsApp, cart_id: str) -> Response[str]:
    owner = _owner(app)
    item = read_item(_given(app, _items_of(owner)))
    return _told(app, app.shopping.change(owner, cart_id, item), 201)


def _set_quantity(app: CartsApp, cart_id: str) -> Response[str]:
    owner = _owner(app)
    change = read_quantity(_sku(app), _given(app, _items_of(owner)))
    return _told(app, app.shopping.change(owner, cart_id, change))


def _remove(app: CartsApp, cart_id: str) -> Response[str]:
    app.shopping.change(_owner(app), cart_id, RemoveItem(read_sku(_sku(app))))
    return json_api.answer(204)


def _name_none(app: CartsApp) -> Response[str]:
    _owner(app)
    raise ResourceIdMissing


def _owner(app: CartsApp) -> CartOwner:
    is_guests = app.event.path.startswith("/guest-")
    return _guest(app) if is_guests else _customer(app)


def _guest(app: CartsApp) -> Guest:
    return Guest.of(identity.required_guest_id(app.event))


def _customer(app: CartsApp) -> SignedIn:
    return SignedIn(app.bearer.customer(app.event).reference)


def _items_of(owner: CartOwner) -> str:
    return "guest-cart-items" if isinstance(owner, Guest) else "items"


def _given(app: CartsApp, kind: str) -> dict[str, object]:
    return json_api.attributes(http.body_of(app.event), kind)


def _sku(app: CartsApp) -> str:
    # API Gateway has decoded the path but for the sign that escapes begin with. No SKU
    # ends with a slash.
    return unquote(app.event.path.partition("items/")[2]).rstrip("/")


def _told(app: CartsApp, shown: CartView, status: int = 200) -> Response[str]:
    return json_api.answer(status, cart_documents.cart_document(shown, app.own_url))
