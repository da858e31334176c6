"""What the forms of carts say. A SKU may hold any character."""

from collections.abc import Mapping

from registration.domain.carts import (
    AddItem,
    RemoveItem,
    SetQuantity,
    number_in,
    read_item,
    read_quantity,
    read_sku,
)


def item_in(form: Mapping[str, str]) -> AddItem:
    """Return what a form puts into a cart.

    Raises
    ------
    InvalidFields
    """
    return read_item({"quantity": "1", **form})


def change_in(form: Mapping[str, str]) -> SetQuantity | RemoveItem:
    """Return what a form changes in a cart; a quantity of 0 takes the item out.

    Raises
    ------
    CartItemNotFound
        No cart can hold such a SKU.
    InvalidFields
    """
    quantity = form.get("quantity", "")
    if number_in(quantity) == 0 or "remove" in form:
        return RemoveItem(read_sku(form.get("sku", "")))
    return read_quantity(form.get("sku", ""), {"quantity": quantity})
