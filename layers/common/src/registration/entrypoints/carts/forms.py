"""What the forms of carts say. Numbers come as text, and a SKU may hold any character."""

from collections.abc import Mapping

from registration.domain.carts import (
    AddItem,
    RemoveItem,
    SetQuantity,
    read_item,
    read_quantity,
    read_sku,
)

_MOST_DIGITS = 9


def item_in(form: Mapping[str, str]) -> AddItem:
    """Return what a form puts into a cart.

    Raises
    ------
    InvalidFields
    """
    return read_item({**form, "quantity": _number(form.get("quantity", "1"))})


def change_in(form: Mapping[str, str]) -> SetQuantity | RemoveItem:
    """Return what a form changes in a cart; a quantity of 0 takes the item out.

    Raises
    ------
    CartItemNotFound
        No cart can hold such a SKU.
    InvalidFields
    """
    quantity = _number(form.get("quantity", ""))
    if quantity == 0 or "remove" in form:
        return RemoveItem(read_sku(form.get("sku", "")))
    return read_quantity(form.get("sku", ""), {"quantity": quantity})


def _number(text: str) -> int | str:
    """Return the number that a text is, or the text, which the domain then refuses."""
    digits = text.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_number else text
