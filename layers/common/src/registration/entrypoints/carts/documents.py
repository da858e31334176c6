"""Carts as JSON:API documents, with the attributes of Spryker's ``RestCartsAttributes``.

https://docs.spryker.com/docs/pbc/all/cart-and-checkout/202410.0/base-shop/manage-using-glue-api/glue-api-retrieve-customer-carts.html
"""

from collections.abc import Container, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from registration.application.carts import CartView
from registration.domain.carts import Cart, CartOwner, Guest
from registration.entrypoints.web.json_api import glue_time, resource

Json = dict[str, Any]

TOTALS = ("expenseTotal", "discountTotal", "taxTotal", "subtotal", "grandTotal", "priceToPay")
_PRICES = (
    *("Price", "NetPrice", "GrossPrice", "TaxAmountFullAggregation", "SubtotalAggregation"),
    *("ProductOptionPriceAggregation", "DiscountAmountAggregation"),
    *("DiscountAmountFullAggregation", "PriceToPayAggregation"),
)
CALCULATIONS = ("taxRate", *(f"{of}{price}" for price in _PRICES for of in ("unit", "sum")))


def kind_of(owner: CartOwner) -> str:
    """Return the type of somebody's carts, which is their path, too."""
    return "guest-carts" if isinstance(owner, Guest) else "carts"


def items_of(owner: CartOwner) -> str:
    """Return the type of the items in somebody's carts."""
    return "guest-cart-items" if isinstance(owner, Guest) else "items"


def cart_document(shown: CartView, own_url: str, include: str = "") -> Json:
    """Return the document of a cart; with its items, if they are among the types to include."""
    (data,), included = _resources([shown], own_url, include)
    return {"data": data, **included}


def collection(carts: Sequence[CartView], self_link: str, own_url: str, include: str = "") -> Json:
    """Return the document of several carts; with their items, as above."""
    data, included = _resources(carts, own_url, include)
    return {"data": data, "links": {"self": self_link}, **included}


def _resources(
    carts: Iterable[CartView], own_url: str, include: str
) -> tuple[list[Json], dict[str, list[Json]]]:
    data: list[Json] = []
    items: dict[str, Json] = {}
    for shown in carts:
        cart, kind = shown.cart, items_of(shown.cart.owner)
        link = f"{own_url}/{kind_of(cart.owner)}/{cart.cart_id}"
        told: Any = resource(kind_of(cart.owner), cart.cart_id, _attributes(shown), link)["data"]
        if kind in include.split(","):
            held = _items(cart, f"{link}/{kind}", items)
            related = [{"type": kind, "id": group_key} for group_key in held]
            told |= {"relationships": {kind: {"data": related}}}
            items |= held
        data.append(told)
    return data, {"included": list(items.values())} if items else {}


def _attributes(shown: CartView) -> Json:
    cart = shown.cart
    return {
        "priceMode": cart.details.price_mode,
        "currency": cart.details.currency,
        "store": cart.details.store,
        "name": cart.details.name,
        "isDefault": shown.is_default,
        # Other systems know the prices. That of nothing is known here, too.
        "totals": dict.fromkeys(TOTALS, None if cart.items else 0),
        "discounts": [],
        "thresholds": [],
        "createdAt": glue_time(cart.created_at),
        "updatedAt": glue_time(cart.updated_at),
    }


def _items(cart: Cart, link: str, taken: Container[str]) -> dict[str, Json]:
    """Return the items of a cart by their group keys, in the order of the SKUs.

    A document includes a type and an id once. So an item of a SKU that another cart has already
    taken has the id of its own cart in its group key.
    """
    held = {}
    for sku in sorted(cart.items):
        key = f"{sku}_{cart.cart_id}" if sku in taken else sku
        attributes = {
            "sku": sku,
            "quantity": cart.items[sku],
            "groupKey": key,
            "abstractSku": None,
            "amount": None,
            "calculations": dict.fromkeys(CALCULATIONS),
            "salesUnit": None,
            "selectedProductOptions": [],
        }
        told: Any = resource(link.rpartition("/")[2], key, attributes, f"{link}/{quote(key, '')}")
        held[key] = told["data"]
    return held


def sku_of(group_key: str, cart_id: str) -> str:
    """Return the SKU of an item in a cart, by its group key."""
    return group_key.removesuffix(f"_{cart_id}")
