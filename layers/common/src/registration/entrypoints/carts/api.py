"""Carts by the API.

A guest is whoever sends an anonymous id, a customer whoever sends a bearer token; the
paths of both lead to the same use cases.
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
from registration.entrypoints.carts.desk import Desk
from registration.entrypoints.observability import count
from registration.entrypoints.web import app as web
from registration.entrypoints.web import bearer as identity
from registration.entrypoints.web import json_api


def add_routes(desk: Desk) -> None:
    """Let the desk answer these calls."""
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
        desk.answer(method, path, answer)


def _fill(desk: Desk) -> Response[str]:
    guest = _guest(desk)
    item = read_item(_given(desk, "guest-cart-items"))
    count("GuestCartFilled")
    return _told(desk, desk.shopping.fill(guest, item, desk.client), 201)


def _read_all(desk: Desk) -> Response[str]:
    owner = _owner(desk)
    found = desk.shopping.all_of(owner)
    return json_api.answer(200, cart_documents.collection(found, owner, desk.own_url))


def _open(desk: Desk) -> Response[str]:
    customer = _customer(desk)
    return _told(desk, desk.shopping.open(customer, read_details(_given(desk, "carts"))), 201)


def _read(desk: Desk, cart_id: str) -> Response[str]:
    return _told(desk, desk.shopping.one_of(_owner(desk), cart_id))


def _describe(desk: Desk, cart_id: str) -> Response[str]:
    owner = _owner(desk)
    details = read_details(_given(desk, cart_documents.kind_of(owner)))
    return _told(desk, desk.shopping.change(owner, cart_id, details))


def _discard(desk: Desk, cart_id: str) -> Response[str]:
    desk.shopping.discard(_customer(desk), cart_id)
    return json_api.answer(204)


def _add(desk: Desk, cart_id: str) -> Response[str]:
    owner = _owner(desk)
    item = read_item(_given(desk, _items_of(owner)))
    return _told(desk, desk.shopping.change(owner, cart_id, item), 201)


def _set_quantity(desk: Desk, cart_id: str) -> Response[str]:
    owner = _owner(desk)
    change = read_quantity(_sku(desk), _given(desk, _items_of(owner)))
    return _told(desk, desk.shopping.change(owner, cart_id, change))


def _remove(desk: Desk, cart_id: str) -> Response[str]:
    desk.shopping.change(_owner(desk), cart_id, RemoveItem(read_sku(_sku(desk))))
    return json_api.answer(204)


def _name_none(desk: Desk) -> Response[str]:
    _owner(desk)
    raise ResourceIdMissing


def _owner(desk: Desk) -> CartOwner:
    is_guests = desk.app.current_event.path.startswith("/guest-")
    return _guest(desk) if is_guests else _customer(desk)


def _guest(desk: Desk) -> Guest:
    return Guest.of(identity.required_guest_id(desk.app))


def _customer(desk: Desk) -> SignedIn:
    return SignedIn(desk.bearer.customer(desk.app).reference)


def _items_of(owner: CartOwner) -> str:
    return "guest-cart-items" if isinstance(owner, Guest) else "items"


def _given(desk: Desk, kind: str) -> dict[str, object]:
    return json_api.attributes(web.body_of(desk.app), kind)


def _sku(desk: Desk) -> str:
    # API Gateway has decoded the path but for the sign that escapes begin with. No SKU
    # ends with a slash.
    return unquote(desk.app.current_event.path.partition("items/")[2]).rstrip("/")


def _told(desk: Desk, shown: CartView, status: int = 200) -> Response[str]:
    return json_api.answer(status, cart_documents.cart_document(shown, desk.own_url))
