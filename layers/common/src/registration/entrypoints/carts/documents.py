"""Carts as JSON:API documents."""

from collections.abc import Sequence

from registration.application.carts import CartView
from registration.domain.carts import CartOwner, Guest
from registration.entrypoints.web.json_api import glue_time, resource


def kind_of(owner: CartOwner) -> str:
    """Return the type of somebody's carts, which is their path, too."""
    return "guest-carts" if isinstance(owner, Guest) else "carts"


def cart_document(shown: CartView, own_url: str) -> dict[str, object]:
    """Return the document of a cart, its items in the order of their SKUs."""
    cart = shown.cart
    kind = kind_of(cart.owner)
    attributes = {
        "name": cart.details.name,
        "store": cart.details.store,
        "currency": cart.details.currency,
        "priceMode": cart.details.price_mode,
        "isDefault": shown.is_default,
        "items": [{"sku": sku, "quantity": cart.items[sku]} for sku in sorted(cart.items)],
        "createdAt": glue_time(cart.created_at),
        "updatedAt": glue_time(cart.updated_at),
    }
    return resource(kind, cart.cart_id, attributes, f"{own_url}/{kind}/{cart.cart_id}")


def collection(carts: Sequence[CartView], owner: CartOwner, own_url: str) -> dict[str, object]:
    """Return the document of all carts of somebody."""
    link = f"{own_url}/{kind_of(owner)}"
    return {
        "data": [cart_document(each, own_url)["data"] for each in carts],
        "links": {"self": link},
    }
