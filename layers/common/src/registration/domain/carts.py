"""Carts of guests and of customers.

The contents of a cart are opaque here: SKUs, quantities, and the shop's names for a
store, a currency and a price mode. Other systems know the prices, the stock, and whether
an article exists.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import date, datetime

from registration.domain.errors import (
    CartForbidden,
    CartItemNotFound,
    CartNotFound,
    FieldFlaw,
    FlawKind,
    IfMatchWrong,
    InvalidFields,
    Malformed,
    PriceModeFixed,
)
from registration.domain.fields.rules import Field, flaws_in
from registration.frozen import dataclass

MOST_SKUS = 100
"""The maximum number of different SKUs in a cart."""
MOST_CARTS = 50
"""The maximum number of carts per customer, not counting those taken over from a guest."""
LARGEST_QUANTITY = 1_000_000
LONGEST_SKU = 255
LONGEST_DETAIL = 100

_CART_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
# A number in a text, as PHP's is_numeric has it, which Glue's validator asks.
_NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Guest:
    """Somebody who is not signed in. Only the digest of the client's anonymous id is stored."""

    digest: str

    @classmethod
    def of(cls, anonymous_id: str) -> "Guest":
        """Return the guest with an anonymous id."""
        return cls(hashlib.sha256(anonymous_id.encode("utf-8", "surrogatepass")).hexdigest())


@dataclass(frozen=True)
class SignedIn:
    """A customer."""

    reference: str


CartOwner = Guest | SignedIn


@dataclass(frozen=True)
class GuestCart:
    """Ties a guest's cart to a registration, until it is confirmed."""

    cart_id: str
    guest: Guest


@dataclass(frozen=True)
class Details:
    """The details that a client may set on a cart, as free text."""

    name: str | None = None
    currency: str | None = None
    store: str | None = None
    price_mode: str | None = None


@dataclass(frozen=True)
class AddItem:
    """Adds a quantity of a SKU to a cart."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class SetQuantity:
    """Sets the quantity of a SKU that is in the cart."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class RemoveItem:
    """Removes a SKU from a cart."""

    sku: str


@dataclass(frozen=True)
class Describe:
    """Changes some details of a cart, if it still is the version that was ``seen``."""

    given: Mapping[str, str]
    seen: int | None = None


Change = AddItem | SetQuantity | RemoveItem | Describe


@dataclass(frozen=True)
class Cart:
    """Quantities by SKU, and their owner.

    A guest's cart expires at ``expires_at``; a customer's has none. ``version`` grows
    with each change, and ``attempt_id`` names the request that made the latest.
    """

    cart_id: str
    owner: CartOwner
    items: Mapping[str, int]
    details: Details
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    attempt_id: str
    version: int = field(default=1)

    def has_expired(self, now: datetime) -> bool:
        """Whether the cart was unused for too long. TTL deletes late, so compare the time."""
        return self.expires_at is not None and self.expires_at <= now

    def is_of(self, owner: CartOwner, now: datetime) -> bool:
        """Whether the cart belongs to an owner and has not expired."""
        return self.owner == owner and not self.has_expired(now)

    def check_owner(self, owner: CartOwner, now: datetime) -> None:
        """Check that an owner may change the cart.

        Raises
        ------
        CartNotFound, CartForbidden
        """
        if self.has_expired(now):
            raise CartNotFound
        if self.owner != owner:
            raise CartForbidden

    def changed_by(self, change: Change) -> "Cart":
        """Return the cart with other contents or details.

        Raises
        ------
        CartItemNotFound
            The cart has no such item to change or to remove.
        InvalidFields
            The quantity would be too large, or there would be too many SKUs.
        IfMatchWrong, PriceModeFixed
            The cart is of another version, or has items that another price mode counts.
        """
        if isinstance(change, Describe):
            return replace(self, details=self._described(change))
        items = dict(self.items)
        if isinstance(change, AddItem):
            items[change.sku] = items.get(change.sku, 0) + change.quantity
        elif change.sku not in items:
            raise CartItemNotFound
        elif isinstance(change, SetQuantity):
            items[change.sku] = change.quantity
        else:
            del items[change.sku]
        if len(items) > MOST_SKUS:
            raise InvalidFields((FieldFlaw("items", FlawKind.TOO_MANY, MOST_SKUS),))
        if items.get(change.sku, 0) > LARGEST_QUANTITY:
            raise InvalidFields((FieldFlaw("quantity", FlawKind.TOO_LARGE, LARGEST_QUANTITY),))
        return replace(self, items=items)

    def _described(self, change: Describe) -> Details:
        if change.seen not in (None, self.version):
            raise IfMatchWrong
        mode = self.details.price_mode
        if self.items and mode and change.given.get("price_mode", mode) != mode:
            raise PriceModeFixed
        return replace(self.details, **change.given)

    def merged_with(self, other: "Cart | None") -> tuple["Cart", "Cart | None"]:
        """Move the items that both carts have into this one; return both.

        The other cart is None if the two have no SKU in common.
        """
        common = self.items.keys() & other.items.keys() if other else set()
        if not other or not common:
            return self, None
        sums = {sku: min(self.items[sku] + other.items[sku], LARGEST_QUANTITY) for sku in common}
        rest = {sku: quantity for sku, quantity in other.items.items() if sku not in common}
        return replace(self, items={**self.items, **sums}), replace(other, items=rest)


def is_cart_id(text: str) -> bool:
    """Whether a text has the form of a cart id: a UUID in lower case."""
    return _CART_ID.fullmatch(text) is not None


def read_item(raw: Mapping[str, object]) -> AddItem:
    """Validate an item to be added to a cart.

    Raises
    ------
    Malformed, InvalidFields
    """
    _check([*flaws_in(raw, (_SKU,), date.min), *_quantity_flaws(raw)])
    return AddItem(str(raw["sku"]), _whole(raw["quantity"]))


def read_quantity(sku: str, raw: Mapping[str, object]) -> SetQuantity:
    """Validate a new quantity for an item.

    Raises
    ------
    Malformed, InvalidFields
    """
    _check(_quantity_flaws(raw))
    return SetQuantity(read_sku(sku), _whole(raw["quantity"]))


def read_sku(text: str) -> str:
    """Return the SKU in a path.

    Raises
    ------
    CartItemNotFound
        No cart could hold this SKU.
    """
    if _sku_flaw(text, date.min) is not None:
        raise CartItemNotFound
    return text


def read_details(raw: Mapping[str, object], *, opens: bool = False) -> Describe:
    """Validate the details of a cart, all of them if a client ``opens`` it.

    Else an empty one leaves what is there. A name that is given is not to be empty.

    Raises
    ------
    Malformed, InvalidFields
    """
    fields = [_detail(name, required=opens) for name in ("price_mode", "currency", "store")]
    fields.append(_detail("name", required="name" in raw))
    _check(flaws_in(raw, fields, date.min))
    given = {field.name: raw.get(field.name) for field in fields}
    return Describe({name: str(value) for name, value in given.items() if value})


def number_in(value: object) -> float | None:
    """Return the number that a value is or tells as text, if it does."""
    if isinstance(value, str):
        return float(value) if _NUMERIC.fullmatch(value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _check(flaws: Iterable[FieldFlaw]) -> None:
    if told := tuple(flaws):
        raise InvalidFields(told)


def _sku_flaw(value: object, _today: date) -> FieldFlaw | None:
    if flaw := _text_flaw("sku", value, LONGEST_SKU):
        return flaw
    text = str(value)
    if not text.strip():
        return FieldFlaw("sku", FlawKind.BLANK)
    # The path of an item contains its SKU. Clients and gateways give these a meaning of
    # their own, and the item could not be removed again.
    lost = "?" in text or not {"", ".", ".."}.isdisjoint(text.split("/"))
    return FieldFlaw("sku", FlawKind.NOT_VALID) if lost else None


def _detail(name: str, *, required: bool) -> Field:
    return Field(name, lambda value, _today: _text_flaw(name, value, LONGEST_DETAIL), required)


def _text_flaw(name: str, value: object, longest: int) -> FieldFlaw | None:
    if not isinstance(value, str):
        raise Malformed
    if len(value) > longest:
        return FieldFlaw(name, FlawKind.TOO_LONG, longest)
    if any(unicodedata.category(character) in _CONTROLS for character in value):
        return FieldFlaw(name, FlawKind.NOT_VALID)
    return None


def _quantity_flaws(raw: Mapping[str, object]) -> list[FieldFlaw]:
    """Return all that is wrong with a quantity, as Glue's validator tells it."""
    value = raw.get("quantity")
    number = number_in(value)
    if value is None:
        kinds = [FlawKind.BLANK if "quantity" in raw else FlawKind.MISSING]
    elif value == "" or value is False:
        kinds = [FlawKind.BLANK, FlawKind.NOT_NUMERIC, FlawKind.NOT_POSITIVE]
    elif number is None:
        kinds = [FlawKind.NOT_NUMERIC]
    elif number <= 0:
        kinds = [FlawKind.NOT_POSITIVE]
    elif number > LARGEST_QUANTITY:
        return [FieldFlaw("quantity", FlawKind.TOO_LARGE, LARGEST_QUANTITY)]
    else:
        kinds = [] if number == int(number) else [FlawKind.NOT_AN_INTEGER]
    return [FieldFlaw("quantity", kind) for kind in kinds]


def _whole(value: object) -> int:
    number = number_in(value)
    assert number is not None, "checked before"  # noqa: S101
    return int(number)


_SKU = Field("sku", _sku_flaw, required=True)
