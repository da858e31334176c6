"""The calls of the API about carts, of guests and of customers."""

from functools import partial

from registration.domain.errors import (
    CartForbidden,
    CartItemNotFound,
    CartNotFound,
    ResourceIdMissing,
    TooManyCarts,
)
from registration.entrypoints.openapi import samples
from registration.entrypoints.openapi.operations import (
    NOTHING,
    Caller,
    Operation,
    link,
    many,
    one,
)

# An empty id or SKU is none: API Gateway routes the path as the one without it.
_CHANGED_CART = (CartForbidden, CartNotFound, ResourceIdMissing)
_CHANGED_ITEM = (*_CHANGED_CART, CartItemNotFound)
_CART = {"id": "$response.body#/data/id"}
_ITEM = {**_CART, "sku": "$request.body#/data/attributes/sku"}

_guests = partial(Operation, tag="Guest carts", caller=Caller.GUEST)
_customers = partial(Operation, tag="Carts", caller=Caller.CUSTOMER)

_GUEST_CARTS = (
    _guests(
        "POST /guest-cart-items",
        "addToGuestCart",
        "Put something into the guest's cart",
        one(
            "GuestCartDocument",
            samples.cart("guest-carts"),
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
        many("GuestCartsDocument", "/guest-carts", samples.cart("guest-carts")),
        "One, or none.",
    ),
    _guests(
        "GET /guest-carts/{id}",
        "readGuestCart",
        "Read the guest's cart",
        one("GuestCartDocument", samples.cart("guest-carts")),
        errors=(CartNotFound,),
    ),
    _guests(
        "PATCH /guest-carts/{id}",
        "changeGuestCart",
        "Note something on the guest's cart",
        one("GuestCartDocument", samples.cart("guest-carts")),
        body="GuestCartChange",
        errors=_CHANGED_CART,
    ),
    _guests(
        "POST /guest-carts/{id}/guest-cart-items",
        "addToThisGuestCart",
        "Put something into this cart",
        one("GuestCartDocument", samples.cart("guest-carts"), 201),
        body="GuestCartItem",
        errors=_CHANGED_CART,
    ),
    _guests(
        "PATCH /guest-carts/{id}/guest-cart-items/{sku}",
        "changeGuestCartItem",
        "Change a quantity",
        one("GuestCartDocument", samples.cart("guest-carts")),
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
        many("CartsDocument", "/carts", samples.cart("carts")),
        "The newest first.",
    ),
    _customers(
        "POST /carts",
        "createCart",
        "Open a cart",
        one(
            "CartDocument",
            samples.cart("carts"),
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
        one("CartDocument", samples.cart("carts")),
        errors=(CartNotFound,),
    ),
    _customers(
        "PATCH /carts/{id}",
        "changeCart",
        "Note something on a cart",
        one("CartDocument", samples.cart("carts")),
        body="CartChange",
        errors=_CHANGED_CART,
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
        one(
            "CartDocument",
            samples.cart("carts"),
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
        one("CartDocument", samples.cart("carts")),
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

CART_OPERATIONS = (*_GUEST_CARTS, *_CARTS)
"""Guests' first."""
