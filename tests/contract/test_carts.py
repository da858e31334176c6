"""The port ``Carts``: the fake and DynamoDB obey the same rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.application.carts import CartRequest, Carts, Handover, OwnedCarts
from registration.application.ports import CartElsewhere, Conflict, Customers
from registration.domain.carts import (
    LARGEST_QUANTITY,
    MOST_SKUS,
    AddItem,
    Cart,
    Change,
    Describe,
    Details,
    Guest,
    GuestCart,
    RemoveItem,
    SetQuantity,
    SignedIn,
)
from registration.domain.customers import Customer, Evidence
from registration.domain.errors import (
    CartForbidden,
    CartItemNotFound,
    CartNotFound,
    InvalidFields,
)
from registration.domain.mail.mails import confirmation_mail
from tests.fakes.customers import FakeCustomers
from tests.support.cloud import Cloud
from tests.support.factories import NOW, a_customer
from tests.support.people.carts import CART_ID, GUEST_ID, KEPT, OTHER_ID, a_cart

GUEST = Guest.of(GUEST_ID)
CUSTOMER = SignedIn("DE--Aa1Bb2Cc3Dd4Ee5F")
ANOTHER = SignedIn("DE--another")
LATER = NOW + timedelta(minutes=5)
UNTIL = NOW + timedelta(days=400)
TIE = GuestCart(CART_ID, GUEST)
TURN = CartRequest(LATER, "attempt-2", LATER + KEPT)


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[Customers, Carts]:
    if request.param == "fake":
        fake = FakeCustomers()
        return fake, fake.carts
    cloud: Cloud = request.getfixturevalue("cloud")
    table = cloud.customers_table
    return DynamoDBCustomers(table, cloud.outbox_table), DynamoDBCarts(table)


@pytest.fixture
def customers(ports: tuple[Customers, Carts]) -> Customers:
    return ports[0]


@pytest.fixture
def carts(ports: tuple[Customers, Carts]) -> Carts:
    return ports[1]


def kept(carts: Carts, over: str | None = None, **overrides: Any) -> Cart:
    cart = a_cart(**overrides)
    carts.create(cart, over, UNTIL if isinstance(cart.owner, Guest) else None)
    return cart


def kept_of_customer(carts: Carts, **overrides: Any) -> Cart:
    return kept(carts, **{"owner": CUSTOMER, "expires_at": None, **overrides})


def now(carts: Carts, cart_id: str = CART_ID) -> Cart:
    (found,) = carts.get([cart_id])
    return found


def test_a_guests_cart_is_found_by_its_guest(carts: Carts) -> None:
    details = Details("Picnic", "EUR", "DE", "GROSS_MODE")
    cart = kept(carts, details=details)

    assert carts.held_by(GUEST) == OwnedCarts((CART_ID,), UNTIL)
    assert carts.get([CART_ID]) == [cart]
    assert carts.held_by(Guest.of("somebody")) == OwnedCarts()


def test_a_customers_carts_are_found_the_newest_first(carts: Carts) -> None:
    ids = [str(number) * 8 + CART_ID[8:] for number in range(3)]
    for number, cart_id in enumerate(ids):
        at = NOW + timedelta(seconds=number)
        kept_of_customer(carts, cart_id=cart_id, created_at=at)

    assert carts.held_by(CUSTOMER) == OwnedCarts(tuple(reversed(ids)))
    assert [cart.cart_id for cart in carts.get([ids[1], OTHER_ID, ids[0]])] == [ids[1], ids[0]]
    assert carts.held_by(ANOTHER) == OwnedCarts()


def test_a_guest_has_one_cart(carts: Carts) -> None:
    kept(carts)

    with pytest.raises(Conflict):
        kept(carts, cart_id=OTHER_ID)

    assert carts.held_by(GUEST).cart_ids == (CART_ID,)
    assert carts.get([OTHER_ID]) == []


def test_a_new_cart_takes_the_place_of_the_one_that_was_seen(carts: Carts) -> None:
    kept(carts)

    kept(carts, cart_id=OTHER_ID, over=CART_ID)

    assert carts.held_by(GUEST).cart_ids == (OTHER_ID,)


def test_a_cart_is_created_once(carts: Carts) -> None:
    kept_of_customer(carts)

    with pytest.raises(Conflict):
        kept_of_customer(carts, items={})

    assert now(carts).items == {"apple": 2}


@pytest.mark.parametrize(
    ("change", "items"),
    [
        (AddItem("apple", 3), {"apple": 5}),
        (AddItem("apple", LARGEST_QUANTITY - 2), {"apple": LARGEST_QUANTITY}),
        (AddItem("pear", 1), {"apple": 2, "pear": 1}),
        (AddItem("a.b#c:d[0]", 1), {"a.b#c:d[0]": 1, "apple": 2}),
        (AddItem("ü" * 255, 1), {"apple": 2, "ü" * 255: 1}),
        (SetQuantity("apple", 9), {"apple": 9}),
        (RemoveItem("apple"), {}),
    ],
)
def test_contents_change(carts: Carts, change: Change, items: dict[str, int]) -> None:
    cart = kept(carts)

    changed = carts.change(CART_ID, GUEST, change, TURN)

    expected = replace(
        cart,
        items=items,
        updated_at=LATER,
        expires_at=LATER + KEPT,
        attempt_id="attempt-2",
        version=2,
    )
    assert changed == now(carts) == expected


FULL = {f"sku-{number:03}": 1 for number in range(MOST_SKUS)}


@pytest.mark.parametrize(
    ("items", "change", "error"),
    [
        ({"apple": 2}, SetQuantity("pear", 1), CartItemNotFound),
        ({"apple": 2}, RemoveItem("pear"), CartItemNotFound),
        ({"apple": 2}, AddItem("apple", LARGEST_QUANTITY - 1), InvalidFields),
        (FULL, AddItem("apple", 1), InvalidFields),
    ],
)
def test_a_forbidden_change_changes_nothing(
    carts: Carts, items: dict[str, int], change: Change, error: type[Exception]
) -> None:
    cart = kept(carts, items=items)

    with pytest.raises(error):
        carts.change(CART_ID, GUEST, change, TURN)

    assert now(carts) == cart


def test_a_full_cart_takes_more_of_its_items(carts: Carts) -> None:
    kept(carts, items=FULL)

    assert carts.change(CART_ID, GUEST, AddItem("sku-000", 1), TURN).items["sku-000"] == 2


def test_the_same_request_changes_a_cart_once(carts: Carts) -> None:
    kept(carts)
    first = carts.change(CART_ID, GUEST, AddItem("apple", 3), TURN)

    assert carts.change(CART_ID, GUEST, AddItem("apple", 3), TURN) == first
    assert now(carts).items == {"apple": 5}


@pytest.mark.parametrize("owner", [Guest.of("another"), CUSTOMER])
def test_anothers_cart_is_not_changed(carts: Carts, owner: Guest | SignedIn) -> None:
    cart = kept(carts)

    with pytest.raises(CartForbidden):
        carts.change(CART_ID, owner, AddItem("apple", 1), TURN)

    assert now(carts) == cart


@pytest.mark.parametrize(("seconds", "error"), [(0, CartNotFound), (-1, None)])
def test_an_expired_cart_is_not_changed(
    carts: Carts, seconds: int, error: type[Exception] | None
) -> None:
    kept(carts)
    turn = replace(TURN, now=NOW + KEPT + timedelta(seconds=seconds))

    if error is None:
        carts.change(CART_ID, GUEST, RemoveItem("apple"), turn)
    else:
        with pytest.raises(error):
            carts.change(CART_ID, GUEST, RemoveItem("apple"), turn)


def test_no_cart_is_changed_where_there_is_none(carts: Carts) -> None:
    with pytest.raises(CartNotFound):
        carts.change(OTHER_ID, GUEST, AddItem("apple", 1), TURN)

    assert carts.get([OTHER_ID]) == []


def test_a_customers_cart_is_removed_with_its_note(carts: Carts) -> None:
    kept_of_customer(carts)

    carts.remove(CART_ID, CUSTOMER, LATER)

    assert carts.get([CART_ID]) == []
    assert carts.held_by(CUSTOMER) == OwnedCarts()
    with pytest.raises(CartNotFound):
        carts.remove(CART_ID, CUSTOMER, LATER)


def test_anothers_cart_is_not_removed(carts: Carts) -> None:
    cart = kept_of_customer(carts)

    with pytest.raises(CartForbidden):
        carts.remove(CART_ID, ANOTHER, LATER)

    assert now(carts) == cart
    assert carts.held_by(CUSTOMER).cart_ids == (CART_ID,)


def test_all_carts_of_a_customer_are_removed_and_nobody_elses(carts: Carts) -> None:
    kept_of_customer(carts)
    kept_of_customer(carts, cart_id=OTHER_ID)
    mine = kept(carts, cart_id=CART_ID.replace("6", "7"))
    theirs = kept_of_customer(carts, cart_id=CART_ID.replace("6", "8"), owner=ANOTHER)

    carts.remove_all_of(CUSTOMER.reference)
    carts.remove_all_of(CUSTOMER.reference)

    assert carts.held_by(CUSTOMER) == OwnedCarts()
    assert carts.get([CART_ID, OTHER_ID]) == []
    assert carts.get([mine.cart_id, theirs.cart_id]) == [mine, theirs]


# The handover to a customer


def test_a_guests_cart_becomes_a_customers(carts: Carts) -> None:
    cart = kept(carts)

    carts.hand_over(Handover(cart, cart, None, CUSTOMER), LATER)

    handed = replace(cart, owner=CUSTOMER, updated_at=LATER, expires_at=None, version=2)
    assert now(carts) == handed
    assert carts.held_by(CUSTOMER).cart_ids == (CART_ID,)
    assert carts.held_by(GUEST) == OwnedCarts()


def test_the_cart_that_was_handed_over_is_the_newest(carts: Carts) -> None:
    kept_of_customer(carts, cart_id=OTHER_ID)
    cart = kept(carts)

    carts.hand_over(Handover(cart, cart, None, CUSTOMER), LATER)

    assert carts.held_by(CUSTOMER).cart_ids == (CART_ID, OTHER_ID)


def test_common_items_end_up_in_one_cart(carts: Carts) -> None:
    other = kept_of_customer(carts, cart_id=OTHER_ID, items={"apple": 1, "plum": 4})
    cart = kept(carts)
    merged, rest = cart.merged_with(other)

    carts.hand_over(Handover(cart, merged, rest, CUSTOMER), LATER)

    assert now(carts).items == {"apple": 3}
    assert now(carts, OTHER_ID).items == {"plum": 4}


def add_to_guests(carts: Carts) -> None:
    carts.change(CART_ID, GUEST, AddItem("plum", 1), TURN)


def add_to_customers(carts: Carts) -> None:
    carts.change(OTHER_ID, CUSTOMER, AddItem("pear", 1), replace(TURN, expires_at=None))


def sign_in_elsewhere(carts: Carts) -> None:
    cart = now(carts)
    carts.hand_over(Handover(cart, cart, None, ANOTHER), LATER)


def remove_customers(carts: Carts) -> None:
    carts.remove(OTHER_ID, CUSTOMER, LATER)


@pytest.mark.parametrize(
    "meanwhile", [add_to_guests, add_to_customers, sign_in_elsewhere, remove_customers]
)
def test_carts_that_changed_since_they_were_seen_do_not_merge(
    carts: Carts, meanwhile: Callable[[Carts], None]
) -> None:
    other = kept_of_customer(carts, cart_id=OTHER_ID, items={"apple": 1, "plum": 4})
    cart = kept(carts)
    merged, rest = cart.merged_with(other)
    meanwhile(carts)
    before = carts.get([CART_ID, OTHER_ID])

    with pytest.raises(Conflict):
        carts.hand_over(Handover(cart, merged, rest, CUSTOMER), LATER)

    assert carts.get([CART_ID, OTHER_ID]) == before


# With the customer's confirmation


def signed_up(customers: Customers, **overrides: Any) -> Customer:
    customer = a_customer(guest_cart=TIE, **overrides)
    customers.register(customer, confirmation_mail(customer, NOW), NOW)
    return customer


def confirmed(customer: Customer) -> Customer:
    return customer.confirm(Evidence(LATER, "192.0.2.9"))


def test_a_customer_remembers_the_cart_until_it_is_confirmed(
    customers: Customers, carts: Carts
) -> None:
    kept(carts)
    customer = signed_up(customers)

    assert customers.get(customer.reference) == customer
    customers.confirm(confirmed(customer), LATER, cart=TIE)

    assert customers.get(customer.reference) == confirmed(customer)
    assert now(carts).owner == CUSTOMER
    assert now(carts).expires_at is None
    assert carts.held_by(GUEST) == OwnedCarts()


def test_a_guests_cart_is_found_with_the_claim(customers: Customers, carts: Carts) -> None:
    email = a_customer().email

    assert customers.claim_and_cart(email, GUEST) == (None, None)
    kept(carts)
    assert customers.claim_and_cart(email, GUEST) == (None, TIE)
    signed_up(customers)
    claim, tie = customers.claim_and_cart(email, GUEST)
    assert (claim, tie) == (customers.claim_on(email), TIE)
    assert claim
    assert customers.claim_and_cart(email, Guest.of("somebody")) == (claim, None)


def empty(carts: Carts) -> None:
    carts.change(CART_ID, GUEST, RemoveItem("apple"), TURN)


def run_out(carts: Carts) -> None:
    carts.change(CART_ID, GUEST, Describe({}), CartRequest(NOW, "attempt-9", LATER))


def begin_anew(carts: Carts) -> None:
    kept(carts, cart_id=OTHER_ID, over=CART_ID)


@pytest.mark.parametrize("meanwhile", [empty, run_out, sign_in_elsewhere, begin_anew])
def test_a_cart_that_cannot_be_handed_over_is_told_apart(
    customers: Customers, carts: Carts, meanwhile: Callable[[Carts], None]
) -> None:
    kept(carts)
    customer = signed_up(customers)
    meanwhile(carts)
    before = carts.get([CART_ID, OTHER_ID])

    with pytest.raises(CartElsewhere):
        customers.confirm(confirmed(customer), LATER, cart=TIE)

    assert customers.get(customer.reference) == customer
    assert carts.get([CART_ID, OTHER_ID]) == before
    customers.confirm(confirmed(customer), LATER)
    assert customers.get(customer.reference) == confirmed(customer)


def test_a_cart_that_is_gone_is_told_apart(customers: Customers) -> None:
    customer = signed_up(customers)

    with pytest.raises(CartElsewhere):
        customers.confirm(confirmed(customer), LATER, cart=TIE)


def test_a_second_confirmation_is_not_blamed_on_the_cart(
    customers: Customers, carts: Carts
) -> None:
    kept(carts)
    customer = signed_up(customers)
    customers.confirm(confirmed(customer), LATER, cart=TIE)

    with pytest.raises(Conflict) as caught:
        customers.confirm(confirmed(customer), LATER, cart=TIE)

    assert not isinstance(caught.value, CartElsewhere)
