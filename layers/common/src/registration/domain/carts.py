"""A cart: what somebody wants to buy, as a guest or as a customer.

What a cart holds is opaque here: SKUs, quantities, and the names that the shop's other
systems have for a store, a currency and a price mode. Prices, stock and whether there
is such an article are theirs to know.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from registration.domain.errors import (
    CartForbidden,
    CartItemNotFound,
    CartNotFound,
    FieldFlaw,
    FlawKind,
    InvalidFields,
    Malformed,
)
from registration.domain.profile import Field, flaws_in

MOST_SKUS = 100
"""Different SKUs in a cart at the most."""
MOST_CARTS = 50
"""Carts of a customer at the most, apart from those that were a guest's before."""
LARGEST_QUANTITY = 1_000_000
LONGEST_SKU = 255
LONGEST_DETAIL = 100

_CART_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class Guest:
    """Somebody who has not signed in. The id that a client chose is kept as a digest only."""

    digest: str

    @classmethod
    def of(cls, anonymous_id: str) -> "Guest":
        """Return the guest that a client knows by an id."""
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
    """What a client may note on a cart, in its own words."""

    name: str | None = None
    currency: str | None = None
    store: str | None = None
    price_mode: str | None = None


@dataclass(frozen=True)
class AddItem:
    """Puts more of something into a cart."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class SetQuantity:
    """Says how much of something that a cart holds it shall hold."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class RemoveItem:
    """Takes something out of a cart."""

    sku: str


@dataclass(frozen=True)
class Describe:
    """Changes some of a cart's details; None clears one."""

    given: Mapping[str, str | None]


Change = AddItem | SetQuantity | RemoveItem | Describe


@dataclass(frozen=True)
class Cart:
    """Quantities by SKU, and whose they are.

    A guest's cart runs out at ``expires_at``; a customer's has none. ``version`` grows
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
        """Whether nobody used it for too long. TTL deletes late: the time decides."""
        return self.expires_at is not None and self.expires_at <= now

    def is_of(self, owner: CartOwner, now: datetime) -> bool:
        """Whether it is somebody's, and still counts."""
        return self.owner == owner and not self.has_expired(now)

    def check_owner(self, owner: CartOwner, now: datetime) -> None:
        """Make sure that somebody may change it.

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
            There is no such item to change or to remove.
        InvalidFields
            There would be too much of one SKU, or too many of them.
        """
        if isinstance(change, Describe):
            return replace(self, details=replace(self.details, **change.given))
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

    def merged_with(self, other: "Cart | None") -> tuple["Cart", "Cart | None"]:
        """Return the cart with what another has of the same SKUs, and the other without it.

        The other is None where both have nothing in common.
        """
        common = self.items.keys() & other.items.keys() if other else set()
        if not other or not common:
            return self, None
        sums = {sku: min(self.items[sku] + other.items[sku], LARGEST_QUANTITY) for sku in common}
        rest = {sku: quantity for sku, quantity in other.items.items() if sku not in common}
        return replace(self, items={**self.items, **sums}), replace(other, items=rest)


def is_cart_id(text: str) -> bool:
    """Whether text has the form of a cart's id: a UUID in lower case."""
    return _CART_ID.fullmatch(text) is not None


def read_item(raw: Mapping[str, object]) -> AddItem:
    """Check what somebody wants to put into a cart.

    Raises
    ------
    Malformed, InvalidFields
    """
    _check(raw, (_SKU, _QUANTITY))
    return AddItem(str(raw["sku"]), _whole(raw["quantity"]))


def read_quantity(sku: str, raw: Mapping[str, object]) -> SetQuantity:
    """Check how much of something a cart shall hold.

    Raises
    ------
    Malformed, InvalidFields
    """
    _check(raw, (_QUANTITY,))
    return SetQuantity(read_sku(sku), _whole(raw["quantity"]))


def read_sku(text: str) -> str:
    """Return the SKU that a path names.

    Raises
    ------
    CartItemNotFound
        It is none that a cart could hold.
    """
    if _sku_flaw(text, date.min) is not None:
        raise CartItemNotFound
    return text


def read_details(raw: Mapping[str, object]) -> Describe:
    """Check what somebody notes on a cart; a null or an empty text clears a detail.

    Raises
    ------
    Malformed, InvalidFields
    """
    _check(raw, _DETAILS)
    known = {each.name for each in _DETAILS}
    return Describe({name: str(raw[name] or "") or None for name in known & raw.keys()})


def _check(raw: Mapping[str, object], fields: tuple[Field, ...]) -> None:
    if flaws := flaws_in(raw, fields, date.min):
        raise InvalidFields(tuple(flaws))


def _sku_flaw(value: object, _today: date) -> FieldFlaw | None:
    if flaw := _text_flaw("sku", value, LONGEST_SKU):
        return flaw
    text = str(value)
    if not text.strip():
        return FieldFlaw("sku", FlawKind.BLANK)
    # An item is addressed by its SKU in a path. Clients and gateways take these for
    # something else, and the item could not be removed again.
    lost = "?" in text or not {"", ".", ".."}.isdisjoint(text.split("/"))
    return FieldFlaw("sku", FlawKind.NOT_VALID) if lost else None


def _detail(name: str) -> Field:
    return Field(name, lambda value, _today: _text_flaw(name, value, LONGEST_DETAIL))


def _text_flaw(name: str, value: object, longest: int) -> FieldFlaw | None:
    if not isinstance(value, str):
        raise Malformed
    if len(value) > longest:
        return FieldFlaw(name, FlawKind.TOO_LONG, longest)
    if any(unicodedata.category(character) in _CONTROLS for character in value):
        return FieldFlaw(name, FlawKind.NOT_VALID)
    return None


def _quantity_flaw(value: object, _today: date) -> FieldFlaw | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return FieldFlaw("quantity", FlawKind.NOT_AN_INTEGER)
    if value < 1:
        return FieldFlaw("quantity", FlawKind.TOO_SMALL, 1)
    if value > LARGEST_QUANTITY:
        return FieldFlaw("quantity", FlawKind.TOO_LARGE, LARGEST_QUANTITY)
    return None


def _whole(value: object) -> int:
    assert isinstance(value, int), "checked before"  # noqa: S101
    return value


_SKU = Field("sku", _sku_flaw, required=True)
_QUANTITY = Field("quantity", _quantity_flaw, required=True)
_DETAILS = tuple(_detail(name) for name in ("name", "currency", "store", "price_mode"))
