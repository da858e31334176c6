"""The calls of the API about carts, of guests and of customers."""

from dataclasses import replace
from functools import partial

from registration.domain.errors import (
    CartForbidden,
    CartItemNotFound,
    CartNotFound,
    CartsForbidden,
    IfMatchMissing,
    IfMatchWrong,
    PriceModeFixed,
    ResourceIdMissing,
    TooManyCarts,
)
from registration.entrypoints.openapi import samples
from registration.entrypoints.openapi.operations import (
    NOTHING,
    Answer,
    Caller,
    Json,
    Operation,
    link,
    many,
    one,
)

# An empty id or SKU is none: API Gateway routes the path as the one without it.
_CHANGED_CART = (CartForbidden, CartNotFound, ResourceIdMissing)
_CHANGED_ITEM = (*_CHANGED_CART, CartItemNotFound)
_DESCRIBED_CART = (*_CHANGED_CART, IfMatchWrong, PriceModeFixed)
_CART = {"id": "$response.body#/data/id"}
_ITEM = {**_CART, "sku": "$request.body#/data/attributes/sku"}

_CARTS_OF_CUSTOMER = f"/customers/{samples.REFERENCE}/carts"
_ETAG: Json = {
    "ETag": {"description": "The cart's version, for `If-Match`.", "schema": {"type": "string"}}
}
_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of the cart as the client has seen it; `*` for any.",
    "schema": {"type": "string", "minLength": 1},
    "example": "*",
}


def _including(kind: str) -> Json:
    return {
        "name": "include",
        "in": "query",
        "description": f"`{kind}` includes the items. Other types are ignored.",
        "schema": {"type": "string"},
        "example": kind,
    }


def _one(kind: str, status: int = 200, **links: Json) -> Answer:
    schema = "CartDocument" if kind == "carts" else "GuestCartDocument"
    return replace(one(schema, partial(samples.cart, kind), status, **links), headers=_ETAG)


_guests = partial(Operation, tag="Guest carts", caller=Caller.GUEST)
_customers = partial(Operation, tag="Carts", caller=Caller.CUSTOMER)

_GUEST_CARTS = (
    _guests(
        "POST /guest-cart-items",
        "addToGuestCart",
        "Put something into the guest's cart",
        _one(
            "guest-carts",
            201,
            read=link("readGuestCart", _CART),
            change=link("changeGuestCartItem", _ITEM),
            remove=link("removeGuestCartItem", _ITEM),
        ),
        "Makes the cart if there is none.",
        "GuestCartItem",
    ),
    _guests(
        "GET /guest-carts",
        "listGuestCarts",
        "List the guest's carts",
        many("GuestCartsDocument", "/guest-carts", partial(samples.cart, "guest-carts")),
        "One, or none.",
    ),
    _guests(
        "GET /guest-carts/{id}",
        "readGuestCart",
        "Read the guest's cart",
        _one("guest-carts"),
        errors=(CartNotFound,),
    ),
    _guests(
        "PATCH /guest-carts/{id}",
        "changeGuestCart",
        "Note something on the guest's cart",
        _one("guest-carts"),
        body="GuestCartChange",
        errors=_DESCRIBED_CART,
        parameters=(_IF_MATCH,),
    ),
    _guests(
        "POST /guest-carts/{id}/guest-cart-items",
        "addToThisGuestCart",
        "Put something into this cart",
        _one("guest-carts", 201),
        body="GuestCartItem",
        errors=_CHANGED_CART,
    ),
    _guests(
        "PATCH /guest-carts/{id}/guest-cart-items/{sku}",
        "changeGuestCartItem",
        "Change a quantity",
        _one("guest-carts"),
        body="GuestCartItemChange",
        errors=_CHANGED_ITEM,
    ),
    _guests(
        "DELETE /guest-carts/{id}/guest-cart-items/{sku}",
        "removeGuestCartItem",
        "Take something out",
        NOTHING,
        errors=_CHANGED_ITEM,
    ),
)

_CARTS = (
    _customers(
        "GET /carts",
        "listCarts",
        "List one's carts",
        many("CartsDocument", "/carts", partial(samples.cart, "carts")),
        "The newest first.",
    ),
    _customers(
        "GET /customers/{reference}/carts",
        "listCustomersCarts",
        "List one's carts",
        many("CartsDocument", _CARTS_OF_CUSTOMER, partial(samples.cart, "carts")),
        "As above; another customer's are refused.",
        errors=(CartsForbidden,),
    ),
    _customers(
        "POST /carts",
        "createCart",
        "Open a cart",
        _one(
            "carts",
            201,
            read=link("readCart", _CART),
            add=link("addToCart", _CART),
            remove=link("removeCart", _CART),
        ),
        body="NewCart",
        errors=(TooManyCarts,),
    ),
    _customers(
        "GET /carts/{id}",
        "readCart",
        "Read a cart",
        _one("carts"),
        errors=(CartNotFound,),
    ),
    _customers(
        "PATCH /carts/{id}",
        "changeCart",
        "Note something on a cart",
        _one("carts"),
        body="CartChange",
        errors=(*_DESCRIBED_CART, IfMatchMissing),
        parameters=(_IF_MATCH | {"required": True},),
    ),
    _customers(
        "DELETE /carts/{id}",
        "removeCart",
        "Remove a cart",
        NOTHING,
        errors=_CHANGED_CART,
    ),
    _customers(
        "POST /carts/{id}/items",
        "addToCart",
        "Put something into a cart",
        _one(
            "carts",
            201,
            change=link("changeCartItem", _ITEM),
            remove=link("removeCartItem", _ITEM),
        ),
        body="CartItem",
        errors=_CHANGED_CART,
    ),
    _customers(
        "PATCH /carts/{id}/items/{sku}",
        "changeCartItem",
        "Change a quantity",
        _one("carts"),
        body="CartItemChange",
        errors=_CHANGED_ITEM,
    ),
    _customers(
        "DELETE /carts/{id}/items/{sku}",
        "removeCartItem",
        "Take something out",
        NOTHING,
        errors=_CHANGED_ITEM,
    ),
)

CART_OPERATIONS = tuple(
    replace(call, parameters=(*call.parameters, _including(kind))) if call.answer.schema else call
    for calls, kind in ((_GUEST_CARTS, "guest-cart-items"), (_CARTS, "items"))
    for call in calls
)
"""Guests' first."""
