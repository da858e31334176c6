"""Carts of guests and of customers, and the handover from guest to customer."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import uuid4

from registration.application.ports import Clock, Conflict, NewId
from registration.application.rate_limits import RateLimiter
from registration.domain.carts import (
    MOST_CARTS,
    AddItem,
    Cart,
    CartOwner,
    Change,
    Describe,
    Details,
    Guest,
    SignedIn,
    is_cart_id,
)
from registration.domain.errors import Busy, CartForbidden, CartNotFound, TooManyCarts
from registration.frozen import dataclass

LONGEST_USE = timedelta(days=400)
"""How long a guest is remembered at most: as long as browsers keep a cookie."""

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnedCarts:
    """An owner's carts, the newest first; the newest is the default cart.

    A guest has one at most, and the note of it lasts ``until`` some time. The cart itself may
    have expired before.
    """

    cart_ids: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class CartRequest:
    """One request: its time, its id, and the new expiry of a guest's cart."""

    now: datetime
    attempt_id: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Handover:
    """A guest's cart that becomes a customer's: as it was read, and as it will be.

    ``rest`` is the customer's other cart without the items that moved, if any did.
    """

    seen: Cart
    merged: Cart
    rest: Cart | None
    to: SignedIn


class Carts(Protocol):
    """Carts, and the notes of their owners. A cart and its note change together.

    Writes are idempotent: if the answer to the first try was lost, the second succeeds. A
    write raises :class:`Conflict` if another one came first.
    """

    def held_by(self, owner: CartOwner) -> OwnedCarts:
        """Return the carts of an owner. One read."""

    def get(self, cart_ids: Sequence[str]) -> list[Cart]:
        """Return the carts that exist, in the order of the ids. One read."""

    def create(self, cart: Cart, over: str | None = None, until: datetime | None = None) -> None:
        """Write a new cart and its note; a guest's only if the guest has none but ``over``.

        ``until`` is the expiry of a guest's note.
        """

    def change(self, cart_id: str, owner: CartOwner, change: Change, turn: CartRequest) -> Cart:
        """Change a cart in one write that loses no concurrent change; return the result.

        Raises
        ------
        CartNotFound, CartForbidden, CartItemNotFound, InvalidFields, IfMatchWrong, PriceModeFixed
            As the cart decides.
        """

    def remove(self, cart_id: str, owner: SignedIn, now: datetime) -> None:
        """Remove a customer's cart.

        Raises
        ------
        CartNotFound, CartForbidden
        """

    def hand_over(self, handover: Handover, now: datetime) -> None:
        """Hand over a guest's cart to a customer."""

    def remove_all_of(self, reference: str) -> None:
        """Remove every cart of a customer. If a try dies, the next one removes the rest."""


@dataclass(frozen=True)
class CartView:
    """A cart as its owner sees it."""

    cart: Cart
    is_default: bool


@dataclass(frozen=True)
class Shopping:
    """The use cases of carts: two calls each, except in races.

    ``details`` are those of a cart that its owner has not described.

    Reading the cart of another owner raises ``CartNotFound``, changing it ``CartForbidden``.
    """

    carts: Carts
    clock: Clock
    new_id: NewId
    guest_lifetime: timedelta
    rate_limiter: RateLimiter
    details: Details

    def all_of(self, owner: CartOwner) -> list[CartView]:
        """Return the carts of an owner, the newest first."""
        ids = self.carts.held_by(owner).cart_ids
        found = self.carts.get(ids) if ids else []
        now = self.clock()
        return [CartView(c, c.cart_id == ids[0]) for c in found if c.is_of(owner, now)]

    def default_of(self, owner: CartOwner) -> CartView | None:
        """Return the default cart of an owner: the newest, if there is one."""
        ids = self.carts.held_by(owner).cart_ids[:1]
        found = self.carts.get(ids) if ids else []
        now = self.clock()
        return next((CartView(c, is_default=True) for c in found if c.is_of(owner, now)), None)

    def one_of(self, owner: CartOwner, cart_id: str) -> CartView:
        """Return one cart of an owner.

        Raises
        ------
        CartNotFound
        """
        ids = self.carts.held_by(owner).cart_ids
        for cart in self.carts.get([cart_id]) if cart_id in ids else []:
            if cart.is_of(owner, self.clock()):
                return CartView(cart, cart_id == ids[0])
        raise CartNotFound

    def open(self, owner: SignedIn, described: Describe) -> CartView:
        """Open a new cart, which is the default from now on.

        Raises
        ------
        TooManyCarts
        """
        if len(self.carts.held_by(owner).cart_ids) >= MOST_CARTS:
            raise TooManyCarts
        turn = self._turn(owner, OwnedCarts(), self.new_id())
        cart = self._new_cart(owner, turn).changed_by(described)
        self.carts.create(cart)
        return CartView(cart, is_default=True)

    def fill(self, guest: Guest, item: AddItem, client: str | None) -> CartView:
        """Add an item to a guest's cart, which is created if there is none.

        The rate limit counts new carts by the client's address.

        Raises
        ------
        InvalidFields
            The cart would hold too much.
        TooManyAttempts
            The client created too many carts.
        Busy
        """
        attempt_id, counted = self.new_id(), False
        for _ in range(_MOST_TRIES):
            held = self.carts.held_by(guest)
            noted = held.cart_ids[0] if held.cart_ids else None
            try:
                if noted and (cart := self._add(guest, noted, item, held, attempt_id)):
                    return CartView(cart, is_default=True)
                if not counted:
                    self.rate_limiter.hit(client, self.clock())
                    counted = True
                turn = self._turn(guest, OwnedCarts(), attempt_id)
                cart = self._new_cart(guest, turn).changed_by(item)
                self.carts.create(cart, noted, turn.now + LONGEST_USE)
                return CartView(cart, is_default=True)
            except Conflict:
                logger.info("another request changed the same cart first")
        raise Busy

    def fill_own(self, owner: SignedIn, item: AddItem) -> CartView:
        """Add an item to a customer's default cart, which is created if there is none.

        Raises
        ------
        InvalidFields
            The cart would hold too much.
        Busy
        """
        for cart_id in self.carts.held_by(owner).cart_ids[:1]:
            try:
                return self.change(owner, cart_id, item)
            except (CartNotFound, CartForbidden):
                logger.info("the cart was removed at the same moment")
        turn = self._turn(owner, OwnedCarts(), self.new_id())
        cart = self._new_cart(owner, turn).changed_by(item)
        self.carts.create(cart)
        return CartView(cart, is_default=True)

    def change(self, owner: CartOwner, cart_id: str, change: Change) -> CartView:
        """Change one cart of an owner.

        Raises
        ------
        CartNotFound, CartForbidden, CartItemNotFound, InvalidFields, IfMatchWrong, PriceModeFixed
        Busy
        """
        if not is_cart_id(cart_id):
            raise CartNotFound
        held = self.carts.held_by(owner)
        turn = self._turn(owner, held, self.new_id())
        for _ in range(_MOST_TRIES):
            try:
                cart = self.carts.change(cart_id, owner, change, turn)
            except Conflict:
                logger.info("the cart was in another transaction")
            else:
                return CartView(cart, cart_id in held.cart_ids[:1])
        raise Busy

    def discard(self, owner: SignedIn, cart_id: str) -> None:
        """Remove one of a customer's carts.

        Raises
        ------
        CartNotFound, CartForbidden
        Busy
        """
        if not is_cart_id(cart_id):
            raise CartNotFound
        for _ in range(_MOST_TRIES):
            try:
                return self.carts.remove(cart_id, owner, self.clock())
            except Conflict:
                logger.info("the cart was in another transaction")
        raise Busy

    def _add(
        self, guest: Guest, noted: str, item: AddItem, held: OwnedCarts, attempt_id: str
    ) -> Cart | None:
        try:
            return self.carts.change(noted, guest, item, self._turn(guest, held, attempt_id))
        except (CartNotFound, CartForbidden):
            # It expired, or became a customer's.
            return None

    def _turn(self, owner: CartOwner, held: OwnedCarts, attempt_id: str) -> CartRequest:
        now = self.clock()
        if isinstance(owner, SignedIn):
            return CartRequest(now, attempt_id, None)
        # The note of a guest's cart is written once. The cart never outlives its note, because
        # nobody would find it.
        expires_at = now + self.guest_lifetime
        return CartRequest(now, attempt_id, min(expires_at, held.until or expires_at))

    def _new_cart(self, owner: CartOwner, turn: CartRequest) -> Cart:
        return Cart(
            cart_id=str(uuid4()),
            owner=owner,
            items={},
            details=self.details,
            created_at=turn.now,
            updated_at=turn.now,
            expires_at=turn.expires_at,
            attempt_id=turn.attempt_id,
        )


class TakenOver(StrEnum):
    """The result of taking over a guest's cart at sign-in."""

    MOVED = "moved"
    NONE = "none"
    EMPTY = "empty"
    CONTESTED = "contested"


@dataclass(frozen=True)
class TakeOverCart:
    """Hands over a guest's cart to the customer who has just signed in; it keeps its id.

    One read if the guest has none; otherwise three reads and a transaction. Items of the
    customer's default cart with the same SKUs move into this cart, so that no SKU is in
    both.
    """

    carts: Carts
    clock: Clock

    def __call__(self, reference: str, guest: Guest) -> TakenOver:
        """Move the cart. It never prevents the sign-in: no error is raised."""
        customer = SignedIn(reference)
        for _ in range(_MOST_TRIES):
            noted, now = self.carts.held_by(guest).cart_ids, self.clock()
            if not noted:
                return TakenOver.NONE
            default = self.carts.held_by(customer).cart_ids[:1]
            found = {cart.cart_id: cart for cart in self.carts.get([*noted, *default])}
            cart = found.get(noted[0])
            if cart is None or not cart.is_of(guest, now):
                return TakenOver.NONE
            if not cart.items:
                return TakenOver.EMPTY
            merged, rest = cart.merged_with(found.get(default[0]) if default else None)
            try:
                self.carts.hand_over(Handover(cart, merged, rest, customer), now)
            except Conflict:
                logger.info("a cart changed while it moved")
            else:
                return TakenOver.MOVED
        return TakenOver.CONTESTED
