"""The contents of carts, merging two carts, and taking one over at sign-in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from registration.application.carts import Handover, Shopping, TakenOver, TakeOverCart
from registration.application.ports import Conflict
from registration.application.rate_limits import RateLimit, RateLimiter
from registration.domain.carts import (
    LARGEST_QUANTITY,
    MOST_CARTS,
    MOST_SKUS,
    AddItem,
    Cart,
    Change,
    Describe,
    Details,
    Guest,
    SignedIn,
    is_cart_id,
    read_details,
    read_item,
    read_quantity,
    read_sku,
)
from registration.domain.errors import (
    Busy,
    CartItemNotFound,
    FieldFlaw,
    FlawKind,
    InvalidFields,
    Malformed,
    TooManyAttempts,
    TooManyCarts,
)
from registration.domain.rate_limits import Limit, LimitedAction
from tests.fakes.carts import FakeCarts
from tests.fakes.customers import FakeLimits
from tests.support.factories import NOW
from tests.support.people.carts import CART_ID, GUEST_ID, KEPT, OTHER_ID, a_cart

GUEST = Guest.of(GUEST_ID)
CUSTOMER = SignedIn("DE--1")
NO_LIMIT = Limit(0, timedelta(hours=1))


# Contents


@pytest.mark.parametrize("sku", ["a", " a ", "A/1", "100%", "ü", "💡", "#", "'; --", "a" * 255])
@pytest.mark.parametrize("quantity", [1, LARGEST_QUANTITY])
def test_an_item_is_any_sku_and_a_quantity(sku: str, quantity: int) -> None:
    assert read_item({"sku": sku, "quantity": quantity}) == AddItem(sku, quantity)


@pytest.mark.parametrize(
    ("given", "flaws"),
    [
        ({}, [("sku", FlawKind.MISSING, None), ("quantity", FlawKind.MISSING, None)]),
        (
            {"sku": None, "quantity": None},
            [("sku", FlawKind.BLANK, None), ("quantity", FlawKind.BLANK, None)],
        ),
        ({"sku": "  ", "quantity": 1}, [("sku", FlawKind.BLANK, None)]),
        ({"sku": "a" * 256, "quantity": 1}, [("sku", FlawKind.TOO_LONG, 255)]),
        *(
            ({"sku": sku, "quantity": 1}, [("sku", FlawKind.NOT_VALID, None)])
            for sku in ("a\x00", "a\n", "\x85", "a\u2028", "a?", ".", "..", "a/../b", "/a", "a/")
        ),
        *(
            ({"sku": "a", "quantity": quantity}, [("quantity", FlawKind.NOT_AN_INTEGER, None)])
            for quantity in ("1.5", 0.1)
        ),
        *(
            ({"sku": "a", "quantity": quantity}, [("quantity", FlawKind.NOT_NUMERIC, None)])
            for quantity in ("one", True, [1], {"a": 1})
        ),
        *(
            ({"sku": "a", "quantity": quantity}, [("quantity", FlawKind.NOT_POSITIVE, None)])
            for quantity in (0, -1, "0")
        ),
        (
            {"sku": "a", "quantity": LARGEST_QUANTITY + 1},
            [("quantity", FlawKind.TOO_LARGE, LARGEST_QUANTITY)],
        ),
    ],
)
def test_every_flaw_of_an_item_is_told(
    given: Mapping[str, object], flaws: list[tuple[Any, ...]]
) -> None:
    with pytest.raises(InvalidFields) as caught:
        read_item(given)

    assert caught.value.flaws == tuple(FieldFlaw(*flaw) for flaw in flaws)


@pytest.mark.parametrize("sku", [5, ["a"], True])
def test_a_sku_is_text(sku: object) -> None:
    with pytest.raises(Malformed):
        read_item({"sku": sku, "quantity": 1})


@pytest.mark.parametrize("sku", ["", " ", "a" * 256, "a\x00", "a/"])
def test_an_impossible_sku_is_not_found(sku: str) -> None:
    with pytest.raises(CartItemNotFound):
        read_sku(sku)
    with pytest.raises(CartItemNotFound):
        read_quantity(sku, {"quantity": 1})


def test_details_are_texts_of_100_characters() -> None:
    given = {"name": "n" * 100, "store": None, "currency": ""}

    assert read_details(given) == Describe({"name": "n" * 100})
    assert read_details({}) == Describe({})
    for flawed in ("n" * 101, "a\nb"):
        with pytest.raises(InvalidFields):
            read_details({"price_mode": flawed})
    with pytest.raises(Malformed):
        read_details({"price_mode": 5})


@pytest.mark.parametrize("text", ["", "x", CART_ID.upper(), CART_ID + "\n", "{" + CART_ID + "}"])
def test_a_cart_id_is_a_uuid(text: str) -> None:
    assert is_cart_id(CART_ID)
    assert not is_cart_id(text)


def test_a_guests_id_is_kept_as_a_digest() -> None:
    assert GUEST_ID not in str(GUEST)
    assert Guest.of(GUEST_ID) == GUEST != Guest.of(GUEST_ID + " ")
    assert len(Guest.of("\ud800").digest) == 64


# Merging


def test_quantities_of_the_same_skus_add_up() -> None:
    cart = a_cart(items={"apple": 2, "pear": 1})
    other = a_cart(cart_id=OTHER_ID, items={"apple": 3, "plum": 4})

    merged, rest = cart.merged_with(other)

    assert merged == replace(cart, items={"apple": 5, "pear": 1})
    assert rest == replace(other, items={"plum": 4})


def test_no_sum_is_more_than_a_cart_may_hold() -> None:
    full = {"apple": LARGEST_QUANTITY}

    merged, rest = a_cart(items=full).merged_with(a_cart(items=full))

    assert merged.items == full
    assert rest
    assert rest.items == {}


@pytest.mark.parametrize("other", [None, a_cart(items={"plum": 1}), a_cart(items={})])
def test_carts_with_nothing_in_common_stay_as_they_are(other: Cart | None) -> None:
    cart = a_cart()

    assert cart.merged_with(other) == (cart, None)


# Taking one over


@dataclass
class BusyCarts(FakeCarts):
    """Carts in which other writes come first, a given number of times."""

    meanwhile: list[Callable[[FakeCarts], None]] = field(default_factory=list)

    def hand_over(self, handover: Handover, now: datetime) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)(self)
        super().hand_over(handover, now)


def take_over(carts: FakeCarts, at: datetime = NOW) -> TakenOver:
    return TakeOverCart(carts, lambda: at)(CUSTOMER.reference, GUEST)


def with_carts(*carts: Cart, fake: FakeCarts | None = None) -> FakeCarts:
    fake = fake or FakeCarts()
    for cart in carts:
        fake.create(cart, None, NOW + timedelta(days=400))
    return fake


def of_customer(**overrides: Any) -> Cart:
    return a_cart(**{"owner": CUSTOMER, "expires_at": None, "cart_id": OTHER_ID, **overrides})


def test_a_guests_cart_moves_with_its_id() -> None:
    carts = with_carts(of_customer(items={"apple": 1, "plum": 4}), a_cart())

    assert take_over(carts) is TakenOver.MOVED
    assert carts.held_by(CUSTOMER).cart_ids == (CART_ID, OTHER_ID)
    assert [cart.items for cart in carts.get([CART_ID, OTHER_ID])] == [{"apple": 3}, {"plum": 4}]


def test_only_the_default_cart_is_merged() -> None:
    third = CART_ID.replace("6", "7")
    carts = with_carts(of_customer(), of_customer(cart_id=third, items={"kiwi": 1}), a_cart())

    assert take_over(carts) is TakenOver.MOVED
    assert [cart.items for cart in carts.get([CART_ID, OTHER_ID, third])] == [
        {"apple": 2},
        {"apple": 2},
        {"kiwi": 1},
    ]


@pytest.mark.parametrize(
    ("carts", "at", "expected"),
    [
        (with_carts(), NOW, TakenOver.NONE),
        (with_carts(a_cart()), NOW + KEPT, TakenOver.NONE),
        (with_carts(a_cart(items={})), NOW, TakenOver.EMPTY),
    ],
)
def test_a_cart_that_cannot_be_taken_over_is_reported(
    carts: FakeCarts, at: datetime, expected: TakenOver
) -> None:
    assert take_over(carts, at) is expected
    assert carts.held_by(CUSTOMER).cart_ids == ()


def test_an_item_that_comes_in_between_moves_too() -> None:
    def add(carts: FakeCarts) -> None:
        cart = carts.carts[CART_ID]
        items = {**cart.items, "plum": 1}
        carts.carts[CART_ID] = replace(cart, items=items, version=cart.version + 1)

    carts = with_carts(of_customer(items={"plum": 4}), a_cart(), fake=BusyCarts(meanwhile=[add]))

    assert take_over(carts) is TakenOver.MOVED
    assert [c.items for c in carts.get([CART_ID, OTHER_ID])] == [{"apple": 2, "plum": 5}, {}]


def test_two_sign_ins_at_once_move_it_once() -> None:
    def sign_in(carts: FakeCarts) -> None:
        assert take_over(carts) is TakenOver.MOVED

    carts = with_carts(a_cart(), fake=BusyCarts(meanwhile=[sign_in]))

    assert take_over(carts) is TakenOver.NONE
    assert carts.held_by(CUSTOMER).cart_ids == (CART_ID,)


def test_signing_in_never_fails_because_of_a_cart() -> None:
    def hinder(_: FakeCarts) -> None:
        raise Conflict

    carts = with_carts(a_cart(), fake=BusyCarts(meanwhile=[hinder] * 99))

    assert take_over(carts) is TakenOver.CONTESTED
    assert carts.held_by(GUEST).cart_ids == (CART_ID,)


# Keeping carts


@dataclass
class HinderedCarts(FakeCarts):
    """Carts that are always busy."""

    def change(self, *_: Any) -> Cart:
        raise Conflict

    def create(self, *_: Any) -> None:
        raise Conflict

    def remove(self, *_: Any) -> None:
        raise Conflict


def shopping(carts: FakeCarts, most: int = 0, limits: FakeLimits | None = None) -> Shopping:
    rate_limit = RateLimit(LimitedAction.GUEST_CART, Limit(most, timedelta(hours=1)), NO_LIMIT)
    rate_limiter = RateLimiter(limits or FakeLimits(), rate_limit)
    new_id = map("attempt-{}".format, count()).__next__
    return Shopping(carts, lambda: NOW, new_id, KEPT, rate_limiter, Details())


def test_repeated_conflicts_answer_busy() -> None:
    use = shopping(HinderedCarts())
    change: Change = AddItem("apple", 1)

    with pytest.raises(Busy):
        use.fill(GUEST, AddItem("apple", 1), None)
    with pytest.raises(Busy):
        use.change(GUEST, CART_ID, change)
    with pytest.raises(Busy):
        use.discard(CUSTOMER, CART_ID)


def test_a_client_makes_only_so_many_guest_carts() -> None:
    use = shopping(FakeCarts(), most=2)
    guests = [Guest.of(str(number)) for number in range(3)]
    fill: Sequence[Guest] = [*guests[:2], *guests[:2]]
    for guest in fill:
        use.fill(guest, AddItem("apple", 1), "203.0.113.7")

    with pytest.raises(TooManyAttempts):
        use.fill(guests[2], AddItem("apple", 1), "203.0.113.7")


def test_guests_shop_on_while_nothing_can_be_counted() -> None:
    use = shopping(FakeCarts(), most=1, limits=FakeLimits(away=True))

    assert use.fill(GUEST, AddItem("apple", 1), "203.0.113.7").cart.items == {"apple": 1}


def test_a_guests_cart_never_outlasts_the_note_of_it() -> None:
    carts = FakeCarts()
    until = NOW + timedelta(days=3)
    carts.create(a_cart(), None, until)

    assert shopping(carts).fill(GUEST, AddItem("apple", 1), None).cart.expires_at == until


def test_a_customer_opens_only_so_many_carts() -> None:
    use = shopping(FakeCarts())
    for _ in range(MOST_CARTS):
        use.open(CUSTOMER, Describe({}))

    with pytest.raises(TooManyCarts):
        use.open(CUSTOMER, Describe({}))


def test_a_cart_holds_only_so_many_skus() -> None:
    cart = a_cart(items={f"sku-{number}": 1 for number in range(MOST_SKUS)})

    with pytest.raises(InvalidFields) as caught:
        cart.changed_by(AddItem("apple", 1))

    assert caught.value.flaws == (FieldFlaw("items", FlawKind.TOO_MANY, MOST_SKUS),)
