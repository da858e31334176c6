"""A fake of the port ``Carts``. It passes the same contract tests as the adapter."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from registration.application.carts import CartRequest, Handover, OwnedCarts
from registration.application.ports import Conflict
from registration.domain.carts import Cart, CartOwner, Change, Guest, GuestCart, SignedIn
from registration.domain.errors import CartNotFound


@dataclass
class FakeCarts:
    """Carts, the notes of guests, and those of customers in the order of their creation."""

    carts: dict[str, Cart] = field(default_factory=dict)
    of_guests: dict[Guest, tuple[str, datetime | None]] = field(default_factory=dict)
    of_customers: dict[SignedIn, list[str]] = field(default_factory=dict)

    def held_by(self, owner: CartOwner) -> OwnedCarts:
        """Return the carts of an owner."""
        if isinstance(owner, SignedIn):
            return OwnedCarts(tuple(reversed(self.of_customers.get(owner, []))))
        if owner not in self.of_guests:
            return OwnedCarts()
        cart_id, until = self.of_guests[owner]
        return OwnedCarts((cart_id,), until)

    def get(self, cart_ids: Sequence[str]) -> list[Cart]:
        """Return the carts that exist, in the order of the ids."""
        return [self.carts[cart_id] for cart_id in cart_ids if cart_id in self.carts]

    def create(self, cart: Cart, over: str | None = None, until: datetime | None = None) -> None:
        """Write a new cart and its note."""
        if cart.cart_id in self.carts:
            raise Conflict
        if isinstance(cart.owner, Guest):
            noted = self.of_guests.get(cart.owner)
            if noted and noted[0] != over:
                raise Conflict
            self.of_guests[cart.owner] = cart.cart_id, until
        else:
            self.of_customers.setdefault(cart.owner, []).append(cart.cart_id)
        self.carts[cart.cart_id] = cart

    def change(self, cart_id: str, owner: CartOwner, change: Change, turn: CartRequest) -> Cart:
        """Change a cart."""
        cart = self.carts.get(cart_id)
        if cart is None:
            raise CartNotFound
        if cart.attempt_id == turn.attempt_id:
            return cart
        cart.check_owner(owner, turn.now)
        changed = replace(
            cart.changed_by(change),
            updated_at=turn.now,
            expires_at=turn.expires_at or cart.expires_at,
            attempt_id=turn.attempt_id,
            version=cart.version + 1,
        )
        self.carts[cart_id] = replace(changed, items=dict(sorted(changed.items.items())))
        return self.carts[cart_id]

    def remove(self, cart_id: str, owner: SignedIn, now: datetime) -> None:
        """Remove a customer's cart."""
        cart = self.carts.get(cart_id)
        if cart is None:
            raise CartNotFound
        cart.check_owner(owner, now)
        del self.carts[cart_id]
        self.of_customers[owner].remove(cart_id)

    def hand_over(self, handover: Handover, now: datetime) -> None:
        """Hand over a guest's cart to a customer."""
        seen, rest = handover.seen, handover.rest
        if not isinstance(seen.owner, Guest) or self._version(seen) != seen.version:
            raise Conflict
        if rest and self._version(rest) != rest.version:
            raise Conflict
        self.hand_over_tied(GuestCart(seen.cart_id, seen.owner), handover.to, now)
        moved = self.carts[seen.cart_id]
        self.carts[seen.cart_id] = replace(moved, items=handover.merged.items)
        if rest:
            self.carts[rest.cart_id] = replace(rest, updated_at=now, version=rest.version + 1)

    def hand_over_tied(self, tie: GuestCart, to: SignedIn, now: datetime) -> None:
        """Hand over the cart that is tied to a registration to the customer."""
        cart = self.carts.get(tie.cart_id)
        if cart is None or not cart.is_of(tie.guest, now) or not cart.items:
            raise Conflict
        if self.held_by(tie.guest).cart_ids != (tie.cart_id,):
            raise Conflict
        del self.of_guests[tie.guest]
        self.of_customers.setdefault(to, []).append(tie.cart_id)
        self.carts[tie.cart_id] = replace(
            cart, owner=to, updated_at=now, expires_at=None, version=cart.version + 1
        )

    def remove_all_of(self, reference: str) -> None:
        """Remove every cart of a customer."""
        for cart_id in self.of_customers.pop(SignedIn(reference), []):
            del self.carts[cart_id]

    def _version(self, seen: Cart) -> int | None:
        found = self.carts.get(seen.cart_id)
        return found.version if found and found.owner == seen.owner else None
