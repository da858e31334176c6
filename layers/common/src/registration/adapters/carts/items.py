"""Carts as DynamoDB items and updates, and back.

The quantities are a map in the cart's item, so that two concurrent requests each write
their own SKU and neither is lost.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.expressions import names_in
from registration.adapters.dynamodb.items import Item, ReadItem, epoch, text
from registration.domain.carts import (
    LARGEST_QUANTITY,
    MOST_SKUS,
    AddItem,
    Cart,
    CartOwner,
    Change,
    Describe,
    Details,
    Guest,
    RemoveItem,
    SignedIn,
)
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_DETAILS = ("name", "currency", "store", "price_mode")


class Expressions(TypedDict):
    """The parameters that ``UpdateItem`` and an update in a transaction share."""

    UpdateExpression: str
    ConditionExpression: str
    ExpressionAttributeNames: dict[str, str]
    ExpressionAttributeValues: Item


@dataclass
class Update:
    """Builds an update of a cart's item. Each update increments the version.

    ``names`` are those that stand for something else than themselves.
    """

    sets: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    values: Item = field(default_factory=dict)

    def set(self, name: str, value: "AttributeValueTypeDef") -> None:
        """Set an attribute."""
        self.sets.append(f"#{name} = :{name}")
        self.values[f":{name}"] = value

    def remove(self, name: str) -> None:
        """Remove an attribute."""
        self.removes.append(f"#{name}")

    def only_if(self, condition: str, values: Item | None = None) -> None:
        """Add a condition, and the values in it."""
        self.conditions.append(condition)
        self.values |= values or {}

    def expressions(self) -> Expressions:
        """Return the update as parameters for DynamoDB."""
        sets = [*self.sets, "#version = #version + :one"]
        removes = f" REMOVE {', '.join(self.removes)}" if self.removes else ""
        expression = f"SET {', '.join(sets)}{removes}"
        condition = " AND ".join(f"({each})" for each in self.conditions)
        return {
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names_in(expression, condition) | self.names,
            "ExpressionAttributeValues": {**self.values, ":one": {"N": "1"}},
        }


def add_change(update: Update, change: Change) -> None:
    """Add a change to an update, with the condition that the cart allows it."""
    if isinstance(change, Describe):
        if change.seen is not None:
            # The cart was changed since the client has seen it.
            update.only_if("#version = :seen", {":seen": {"N": str(change.seen)}})
        if "price_mode" in change.given:
            # An item came in that the price mode counts.
            update.only_if(
                "size(#items) = :zero OR attribute_not_exists(#price_mode)"
                " OR #price_mode = :price_mode",
                {":zero": {"N": "0"}},
            )
        for name, value in change.given.items():
            update.set(name, {"S": value})
        return
    update.names["#sku"] = change.sku
    if isinstance(change, AddItem):
        # Concurrent requests filled the cart: no room for this quantity, or another SKU.
        update.only_if(
            "#items.#sku <= :room OR (attribute_not_exists(#items.#sku) AND size(#items) < :most)",
            {
                ":room": {"N": str(LARGEST_QUANTITY - change.quantity)},
                ":most": {"N": str(MOST_SKUS)},
            },
        )
        update.sets.append("#items.#sku = if_not_exists(#items.#sku, :zero) + :quantity")
        update.values |= {":zero": {"N": "0"}, ":quantity": {"N": str(change.quantity)}}
        return
    # The item was removed meanwhile, or never existed.
    update.only_if("attribute_exists(#items.#sku)")
    if isinstance(change, RemoveItem):
        update.removes.append("#items.#sku")
    else:
        update.sets.append("#items.#sku = :quantity")
        update.values[":quantity"] = {"N": str(change.quantity)}


def cart_item(cart: Cart) -> Item:
    """Return the item of a cart."""
    item: Item = {
        **keys.cart(cart.cart_id),
        "entity": {"S": "cart"},
        "owner": owner_value(cart.owner),
        "items": quantities(cart.items),
        "created_at": {"S": cart.created_at.isoformat()},
        "updated_at": {"S": cart.updated_at.isoformat()},
        "attempt_id": {"S": cart.attempt_id},
        "version": {"N": str(cart.version)},
    }
    for name in _DETAILS:
        if value := getattr(cart.details, name):
            item[name] = {"S": value}
    if cart.expires_at:
        item["expires_at"] = {"N": epoch(cart.expires_at)}
    return item


def cart_of(item: ReadItem) -> Cart:
    """Return the cart in an item."""
    contents = item["items"]["M"]
    expires_at = item.get("expires_at")
    return Cart(
        cart_id=item["PK"]["S"].partition("#")[2],
        owner=_owner_of(item["owner"]["S"]),
        # A DynamoDB map has no order.
        items={sku: int(contents[sku]["N"]) for sku in sorted(contents)},
        details=Details(**{name: text(item, name) for name in _DETAILS}),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        updated_at=datetime.fromisoformat(item["updated_at"]["S"]),
        expires_at=datetime.fromtimestamp(int(expires_at["N"]), UTC) if expires_at else None,
        attempt_id=item["attempt_id"]["S"],
        version=int(item["version"]["N"]),
    )


def note_item(owner: CartOwner, cart_id: str, since: datetime, until: datetime | None) -> Item:
    """Return the note of a cart's owner, with its start and, for a guest, its expiry."""
    if isinstance(owner, SignedIn):
        note: Item = {
            **keys.cart_of_customer(owner.reference, cart_id),
            "entity": {"S": "cart_of_customer"},
        }
    else:
        note = {**keys.cart_of_guest(owner.digest), "entity": {"S": "cart_of_guest"}}
    note |= {"cart_id": {"S": cart_id}, "since": {"S": since.isoformat()}}
    if until:
        note["expires_at"] = {"N": epoch(until)}
    return note


def owner_value(owner: CartOwner) -> "AttributeValueTypeDef":
    """Return an owner as stored in a cart's item: the partition of the cart's note."""
    if isinstance(owner, SignedIn):
        return keys.cart_of_customer(owner.reference, "")["PK"]
    return keys.cart_of_guest(owner.digest)["PK"]


def quantities(contents: Mapping[str, int]) -> "AttributeValueTypeDef":
    """Return quantities by SKU as a map."""
    return {"M": {sku: {"N": str(quantity)} for sku, quantity in contents.items()}}


def _owner_of(value: str) -> CartOwner:
    kind, _, name = value.partition("#")
    return SignedIn(name) if kind == "CUSTOMER" else Guest(name)
