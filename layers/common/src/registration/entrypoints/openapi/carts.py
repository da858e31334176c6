"""The calls of the API about carts, of guests and of customers."""

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

_GUEST_CARTS = (
    Operation(
        "POST /guest-cart-items",
        "addToGuestCart",
        "Guest carts",
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
        Caller.GUEST,
    ),
    Operation(
        "GET /guest-carts",
        "listGuestCarts",
        "Guest carts",
        "List the guest's carts",
        many("GuestCartsDocument", "/guest-carts", samples.cart("guest-carts")),
        "One, or none.",
        caller=Caller.GUEST,
    ),
    Operation(
        "GET /guest-carts/{id}",
        "readGuestCart",
        "Guest carts",
        "Read the guest's cart",
        one("GuestCartDocument", samples.cart("guest-carts")),
        caller=Caller.GUEST,
        errors=(CartNotFound,),
    ),
    Operation(
        "PATCH /guest-carts/{id}",
        "changeGuestCart",
        "Guest carts",
        "Note something on the guest's cart",
        one("GuestCartDocument", samples.cart("guest-carts")),
        body="GuestCartChange",
        caller=Caller.GUEST,
        errors=_CHANGED_CART,
    ),
    Operation(
        "POST /guest-carts/{id}/guest-cart-items",
        "addToThisGuestCart",
        "Guest carts",
        "Put something into this cart",
        one("GuestCartDocument", samples.cart("guest-carts"), 201),
        body="GuestCartItem",
        caller=Caller.GUEST,
        errors=_CHANGED_CART,
    ),
    Operation(
        "PATCH /guest-carts/{id}/guest-cart-items/{sku}",
        "changeGuestCartItem",
        "Guest carts",
        "Change a quantity",
        one("GuestCartDocument", samples.cart("guest-carts")),
        body="GuestCartItemChange",
        caller=Caller.GUEST,
        errors=_CHANGED_ITEM,
    ),
    Operation(
        "DELETE /guest-carts/{id}/guest-cart-items/{sku}",
        "removeGuestCartItem",
        "Guest carts",
        "Take something out",
        NOTHING,
        caller=Caller.GUEST,
        errors=_CHANGED_ITEM,
    ),
)

_CARTS = (
    Operation(
        "GET /carts",
        "listCarts",
        "Carts",
        "List one's carts",
        many("CartsDocument", "/carts", samples.cart("carts")),
        "The newest first.",
        caller=Caller.CUSTOMER,
    ),
    Operation(
        "POST /carts",
        "createCart",
        "Carts",
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
        caller=Caller.CUSTOMER,
        errors=(TooManyCarts,),
    ),
    Operation(
        "GET /carts/{id}",
        "readCart",
        "Carts",
        "Read a cart",
        one("CartDocument", samples.cart("carts")),
        caller=Caller.CUSTOMER,
        errors=(CartNotFound,),
    ),
    Operation(
        "PATCH /carts/{id}",
        "changeCart",
        "Carts",
        "Note something on a cart",
        one("CartDocument", samples.cart("carts")),
        body="CartChange",
        caller=Caller.CUSTOMER,
        errors=_CHANGED_CART,
    ),
    Operation(
        "DELETE /carts/{id}",
        "removeCart",
        "Carts",
        "Remove a cart",
        NOTHING,
        caller=Caller.CUSTOMER,
        errors=_CHANGED_CART,
    ),
    Operation(
        "POST /carts/{id}/items",
        "addToCart",
        "Carts",
        "Put something into a cart",
        one(
            "CartDocument",
            samples.cart("carts"),
            201,
            change=link("changeCartItem", _ITEM),
            remove=link("removeCartItem", _ITEM),
        ),
        body="CartItem",
        caller=Caller.CUSTOMER,
        errors=_CHANGED_CART,
    ),
    Operation(
        "PATCH /carts/{id}/items/{sku}",
        "changeCartItem",
        "Carts",
        "Change a quantity",
        one("CartDocument", samples.cart("carts")),
        body="CartItemChange",
        caller=Caller.CUSTOMER,
        errors=_CHANGED_ITEM,
    ),
    Operation(
        "DELETE /carts/{id}/items/{sku}",
        "removeCartItem",
        "Carts",
        "Take something out",
        NOTHING,
        caller=Caller.CUSTOMER,
        errors=_CHANGED_ITEM,
    ),
)

CART_OPERATIONS = (*_GUEST_CARTS, *_CARTS)
"""Guests' first."""
