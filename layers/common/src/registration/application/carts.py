"""Carts of guests and of customers, and the way from the one to the other."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
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

LONGEST_USE = timedelta(days=400)
"""For how long a guest is remembered at the most: as browsers keep a cookie."""

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnedCarts:
    """The carts that are noted for an owner, the newest first: that one is the default.

    A guest has one at the most, and the note of it lasts ``until`` some time. The cart
    itself may have run out before.
    """

    cart_ids: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class CartRequest:
    """One request: its time, its id, and until when it keeps a guest's cart."""

    now: datetime
    attempt_id: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Handover:
    """A guest's cart that becomes a customer's: as it was seen, and as it shall be.

    ``rest`` is the customer's other cart less what went into the first, if anything.
    """

    seen: Cart
    merged: Cart
    rest: Cart | None
    to: SignedIn


class Carts(Protocol):
    """Carts, and the notes of whose they are. A cart and its note change together.

    A write that finds itself already done (the answer to the first try was lost)
    succeeds. One that others overtook raises :class:`Conflict`.
    """

    def held_by(self, owner: CartOwner) -> OwnedCarts:
        """Return which carts somebody has. One read."""
        ...

    def get(self, cart_ids: Sequence[str]) -> list[Cart]:
        """Return carts in the order of their ids, less those that are gone. One read."""
        ...

    def create(self, cart: Cart, over: str | None = None, until: datetime | None = None) -> None:
        """Write a new cart and its note; a guest's only if there is none but that of ``over``.

        ``until`` is for how long a guest's note is kept.
        """
        ...

    def change(self, cart_id: str, owner: CartOwner, change: Change, turn: CartRequest) -> Cart:
        """Change a cart in one write, in which no other one is lost; return it as it is then.

        Raises
        ------
        CartNotFound, CartForbidden, CartItemNotFound, InvalidFields
            As the cart judges.
        """
        ...

    def remove(self, cart_id: str, owner: SignedIn, now: datetime) -> None:
        """Remove a customer's cart.

        Raises
        ------
        CartNotFound, CartForbidden
        """
        ...

    def hand_over(self, handover: Handover, now: datetime) -> None:
        """Make a guest's cart a customer's."""
        ...

    def remove_all_of(self, reference: str) -> None:
        """Remove every cart of a customer. What a try that died has left, the next one removes."""
        ...


@dataclass(frozen=True)
class CartView:
    """A cart as its owner sees it."""

    cart: Cart
    is_default: bool


@dataclass(frozen=True)
class Shopping:
    """What guests and customers do with their carts: two calls each, but for races.

    Reading another's cart raises ``CartNotFound``, changing it ``CartForbidden``.
    """

    carts: Carts
    clock: Clock
    new_id: NewId
    guest_lifetime: timedelta
    rate_limiter: RateLimiter

    def all_of(self, owner: CartOwner) -> list[CartView]:
        """Return somebody's carts, the newest first."""
        ids = self.carts.held_by(owner).cart_ids
        found = self.carts.get(ids) if ids else []
        now = self.clock()
        return [CartView(c, c.cart_id == ids[0]) for c in found if c.is_of(owner, now)]

    def default_of(self, owner: CartOwner) -> CartView | None:
        """Return the cart that somebody is filling: the newest, if there is one."""
        ids = self.carts.held_by(owner).cart_ids[:1]
        found = self.carts.get(ids) if ids else []
        now = self.clock()
        return next((CartView(c, is_default=True) for c in found if c.is_of(owner, now)), None)

    def one_of(self, owner: CartOwner, cart_id: str) -> CartView:
        """Return one of somebody's carts.

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
        cart = _new_cart(owner, turn).changed_by(described)
        self.carts.create(cart)
        return CartView(cart, is_default=True)

    def fill(self, guest: Guest, item: AddItem, client: str | None) -> CartView:
        """Put something into a guest's cart, which is made if there is none.

        New carts are counted by the address of the client.

        Raises
        ------
        InvalidFields
            There would be too much in it.
        TooManyAttempts
            The client made too many carts.
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
                cart = _new_cart(guest, turn).changed_by(item)
                self.carts.create(cart, noted, turn.now + LONGEST_USE)
                return CartView(cart, is_default=True)
            except Conflict:
                logger.info("another request with the same cart came first")
        raise Busy

    def fill_own(self, owner: SignedIn, item: AddItem) -> CartView:
        """Put something into a customer's default cart, which is made if there is none.

        Raises
        ------
        InvalidFields
            There would be too much in it.
        Busy
        """
        for cart_id in self.carts.held_by(owner).cart_ids[:1]:
            try:
                return self.change(owner, cart_id, item)
            except (CartNotFound, CartForbidden):
                logger.info("the cart was removed at this very moment")
        cart = _new_cart(owner, self._turn(owner, OwnedCarts(), self.new_id())).changed_by(item)
        self.carts.create(cart)
        return CartView(cart, is_default=True)

    def change(self, owner: CartOwner, cart_id: str, change: Change) -> CartView:
        """Change one of somebody's carts.

        Raises
        ------
        CartNotFound, CartForbidden, CartItemNotFound, InvalidFields
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
            # It ran out, or became a customer's.
            return None

    def _turn(self, owner: CartOwner, held: OwnedCarts, attempt_id: str) -> CartRequest:
        now = self.clock()
        if isinstance(owner, SignedIn):
            return CartRequest(now, attempt_id, None)
        # The note of a guest's cart is written once. The cart never outlasts it: nobody
        # would find it.
        expires_at = now + self.guest_lifetime
        return CartRequest(now, attempt_id, min(expires_at, held.until or expires_at))


def _new_cart(owner: CartOwner, turn: CartRequest) -> Cart:
    return Cart(
        cart_id=str(uuid4()),
        owner=owner,
        items={},
        details=Details(),
        created_at=turn.now,
        updated_at=turn.now,
        expires_at=turn.expires_at,
        attempt_id=turn.attempt_id,
    )


class TakenOver(StrEnum):
    """What became of a guest's cart at sign-in."""

    MOVED = "moved"
    NONE = "none"
    EMPTY = "empty"
    CONTESTED = "contested"


@dataclass(frozen=True)
class TakeOverCart:
    """Makes a guest's cart the customer's who has just signed in; it keeps its id.

    One read where the guest has none; else three and a transaction. What the customer's
    default cart has of the same SKUs goes into the cart that moves, so that no item
    stands in both.
    """

    carts: Carts
    clock: Clock

    def __call__(self, reference: str, guest: Guest) -> TakenOver:
        """Move the cart. Nothing about it is a reason not to sign in: no error is raised."""
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
