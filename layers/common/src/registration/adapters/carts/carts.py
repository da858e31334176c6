"""Carts in DynamoDB: an item for each cart, and a note of its owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from registration.adapters import clients
from registration.adapters.carts import items as cart_items
from registration.adapters.carts.items import Update
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import NEW, Write, delete, put
from registration.adapters.dynamodb.reading import query, read_batch, read_one
from registration.adapters.dynamodb.transactions import Cancelled, write_all
from registration.application.carts import CartRequest, Handover, OwnedCarts
from registration.application.ports import Conflict
from registration.domain.carts import Cart, CartOwner, Change, GuestCart, SignedIn
from registration.domain.errors import CartNotFound
from registration.frozen import dataclass

_CART = 0


@dataclass(frozen=True)
class DynamoDBCarts:
    """The port ``Carts`` on the table ``customers``."""

    table: str

    def held_by(self, owner: CartOwner) -> OwnedCarts:
        """Return the carts of an owner."""
        if isinstance(owner, SignedIn):
            notes = self._notes_of(owner.reference)
            notes.sort(key=lambda note: (note["since"]["S"], note["cart_id"]["S"]), reverse=True)
            return OwnedCarts(tuple(note["cart_id"]["S"] for note in notes))
        found = read_one(self.table, keys.cart_of_guest(owner.digest))
        if found is None:
            return OwnedCarts()
        return OwnedCarts((found["cart_id"]["S"],), items.moment(found, "expires_at"))

    def get(self, cart_ids: Sequence[str]) -> list[Cart]:
        """Return the carts that exist, in the order of the ids."""
        carts = map(cart_items.cart_of, read_batch(self.table, list(map(keys.cart, cart_ids))))
        found = {cart.cart_id: cart for cart in carts}
        return [found[cart_id] for cart_id in cart_ids if cart_id in found]

    def create(self, cart: Cart, over: str | None = None, until: datetime | None = None) -> None:
        """Write a new cart and its note."""
        note = cart_items.note_item(cart.owner, cart.cart_id, cart.created_at, until)
        self._write(
            # Our own earlier try, whose answer was lost: read it again.
            put(self.table, cart_items.cart_item(cart), NEW),
            # Two requests with a guest's first items: the second one finds the
            # cart of the first and adds to it. A note of a cart that expired or
            # became a customer's was read before, and may be replaced.
            put(
                self.table,
                note,
                f"{NEW} OR cart_id = :over",
                {":over": {"S": over or cart.cart_id}},
            ),
        )

    def change(self, cart_id: str, owner: CartOwner, change: Change, turn: CartRequest) -> Cart:
        """Change a cart in one write that loses no concurrent change."""
        client = clients.dynamodb()
        update = Update()
        # It became a customer's, expired, or this same request has changed it and the answer
        # was lost.
        update.only_if(*_is_of(owner, turn.now))
        update.only_if("#attempt_id <> :attempt_id")
        cart_items.add_change(update, change)
        update.set("updated_at", {"S": turn.now.isoformat()})
        update.set("attempt_id", {"S": turn.attempt_id})
        if turn.expires_at:
            update.set("expires_at", {"N": items.epoch(turn.expires_at)})
        try:
            answer = client.update_item(
                TableName=self.table,
                Key=keys.cart(cart_id),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **update.expressions(),
            )
        except client.exceptions.ConditionalCheckFailedException as error:
            found = cast("items.ReadItem | None", error.response.get("Item"))
            return _explained(found, owner, change, turn)
        return cart_items.cart_of(answer["Attributes"])

    def remove(self, cart_id: str, owner: SignedIn, now: datetime) -> None:
        """Remove a customer's cart."""
        try:
            self._write(
                # It belongs to another customer, or does not exist.
                delete(self.table, keys.cart(cart_id), *_is_of(owner, now), found=True),
                delete(self.table, keys.cart_of_customer(owner.reference, cart_id)),
            )
        except Conflict as conflict:
            cancelled = conflict.__cause__
            if not isinstance(cancelled, Cancelled) or not cancelled.failed(_CART):
                raise
            found = cancelled.found(_CART)
            if found:
                cart_items.cart_of(found).check_owner(owner, now)
            raise CartNotFound from conflict

    def hand_over(self, handover: Handover, now: datetime) -> None:
        """Hand over a guest's cart to a customer."""
        seen = handover.seen
        cart = Update()
        if handover.merged.items != seen.items:
            cart.set("items", cart_items.quantities(handover.merged.items))
        # An item was added since the carts were read, so the common SKUs are unknown.
        cart.only_if("#version = :seen", {":seen": {"N": str(seen.version)}})
        assert not isinstance(seen.owner, SignedIn), "a guest's cart"  # noqa: S101
        tie = GuestCart(seen.cart_id, seen.owner)
        writes = hand_over_writes(self.table, tie, handover.to, now, cart)
        if handover.rest:
            rest = Update()
            rest.set("items", cart_items.quantities(handover.rest.items))
            rest.set("updated_at", {"S": now.isoformat()})
            rest.only_if("#version = :seen", {":seen": {"N": str(handover.rest.version)}})
            rest.only_if(*_is_of(handover.to, now))
            key = keys.cart(handover.rest.cart_id)
            writes.append(_in_transaction(self.table, key, rest))
        self._write(*writes)

    def remove_all_of(self, reference: str) -> None:
        """Remove every cart of a customer."""
        client = clients.dynamodb()
        for note in self._notes_of(reference):
            cart_id = note["cart_id"]["S"]
            # The note last: if this dies, the next try finds the cart by it.
            for key in (keys.cart(cart_id), keys.cart_of_customer(reference, cart_id)):
                client.delete_item(TableName=self.table, Key=key)

    def _notes_of(self, reference: str) -> list[items.ReadItem]:
        first = keys.cart_of_customer(reference, "")
        values = {":pk": first["PK"], ":sk": first["SK"]}
        condition = "PK = :pk AND begins_with(SK, :sk)"
        return list(query(self.table, condition, values, ConsistentRead=True))

    def _write(self, *writes: Write) -> None:
        try:
            write_all(writes)
        except Cancelled as cancelled:
            raise Conflict from cancelled


def hand_over_writes(
    table: str, tie: GuestCart, to: SignedIn, now: datetime, cart: Update | None = None
) -> list[Write]:
    """Return the three writes that hand over a guest's cart to a customer.

    ``cart`` has further changes of the cart, with their conditions.
    """
    cart = cart or Update()
    # It expired, is empty, or belongs to a customer who signed in with it.
    cart.only_if(*_is_of(tie.guest, now))
    cart.only_if("size(#items) > :zero", {":zero": {"N": "0"}})
    cart.values[":customer"] = cart_items.owner_value(to)
    cart.sets.append("#owner = :customer")
    cart.set("updated_at", {"S": now.isoformat()})
    cart.remove("expires_at")
    note = cart_items.note_item(to, tie.cart_id, now, None)
    return [
        _in_transaction(table, keys.cart(tie.cart_id), cart),
        # The guest has a newer cart, which stays the guest's.
        delete(
            table,
            keys.cart_of_guest(tie.guest.digest),
            "cart_id = :cart",
            {":cart": {"S": tie.cart_id}},
        ),
        put(table, note),
    ]


def _in_transaction(table: str, key: keys.Key, update: Update) -> Write:
    changed: Any = {"TableName": table, "Key": key, **update.expressions()}
    return {"Update": changed}


def _is_of(owner: CartOwner, now: datetime) -> tuple[str, items.Item]:
    """Return the condition that a cart belongs to an owner and has not expired, and its values."""
    values: items.Item = {":owner": cart_items.owner_value(owner)}
    if isinstance(owner, SignedIn):
        return "#owner = :owner", values
    # TTL deletes late, so compare the time.
    values[":now"] = {"N": items.epoch(now)}
    return "#owner = :owner AND #expires_at > :now", values


def _explained(
    found: items.ReadItem | None, owner: CartOwner, change: Change, turn: CartRequest
) -> Cart:
    if not found:
        raise CartNotFound
    cart = cart_items.cart_of(found)
    if cart.attempt_id == turn.attempt_id:
        return cart
    cart.check_owner(owner, turn.now)
    cart.changed_by(change)
    raise Conflict
