"""The port ``Carts``: who changes the details of a cart has seen it as it is, and what stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from registration.adapters.carts.carts import DynamoDBCarts
from registration.application.carts import CartRequest, Carts
from registration.domain.carts import AddItem, Cart, Describe, Details, Guest, RemoveItem
from registration.domain.errors import CartForbidden, IfMatchWrong, PriceModeFixed
from tests.fakes.carts import FakeCarts
from tests.support.cloud import Cloud
from tests.support.factories import NOW
from tests.support.people.carts import CART_ID, GUEST_ID, KEPT, a_cart

GUEST = Guest.of(GUEST_ID)
DETAILS = Details("Picnic", "EUR", "DE", "GROSS_MODE")
UNTIL = NOW + timedelta(days=400)


def turn(number: int = 2) -> CartRequest:
    later = NOW + timedelta(minutes=number)
    return CartRequest(later, f"attempt-{number}", later + KEPT)


@pytest.fixture(params=["fake", "dynamodb"])
def carts(request: pytest.FixtureRequest) -> Carts:
    if request.param == "fake":
        return FakeCarts()
    cloud: Cloud = request.getfixturevalue("cloud")
    return DynamoDBCarts(cloud.customers_table)


def kept(carts: Carts, details: Details = DETAILS) -> Cart:
    cart = a_cart(details=details)
    carts.create(cart, None, UNTIL)
    return cart


def now(carts: Carts) -> Cart:
    (found,) = carts.get([CART_ID])
    return found


def test_details_change_one_by_one(carts: Carts) -> None:
    kept(carts)

    changed = carts.change(CART_ID, GUEST, Describe({"name": "Feast", "store": "AT"}), turn())

    assert changed == now(carts)
    assert changed.details == Details("Feast", "EUR", "AT", "GROSS_MODE")
    assert changed.items == {"apple": 2}


def test_a_version_that_was_seen_is_changed_once(carts: Carts) -> None:
    cart = kept(carts)
    change = Describe({"name": "Feast"}, cart.version)

    changed = carts.change(CART_ID, GUEST, change, turn())

    # The answer was lost, and the same request comes again.
    assert carts.change(CART_ID, GUEST, change, turn()) == changed == now(carts)
    with pytest.raises(IfMatchWrong):
        carts.change(CART_ID, GUEST, change, turn(3))
    assert now(carts) == changed


def test_whatever_changes_a_cart_makes_another_version(carts: Carts) -> None:
    cart = kept(carts)
    changed = carts.change(CART_ID, GUEST, AddItem("apple", 1), turn())

    with pytest.raises(IfMatchWrong):
        carts.change(CART_ID, GUEST, Describe({"name": "Feast"}, cart.version), turn(3))

    assert now(carts) == changed
    carts.change(CART_ID, GUEST, Describe({"name": "Feast"}, changed.version), turn(4))


def test_a_version_of_anothers_cart_is_not_told(carts: Carts) -> None:
    cart = kept(carts)

    for seen in (cart.version, 99):
        with pytest.raises(CartForbidden):
            carts.change(CART_ID, Guest.of("eve"), Describe({"name": "Eve's"}, seen), turn())

    assert now(carts) == cart


def test_items_fix_the_price_mode(carts: Carts) -> None:
    cart = kept(carts)

    with pytest.raises(PriceModeFixed):
        carts.change(CART_ID, GUEST, Describe({"price_mode": "NET_MODE", "name": "Feast"}), turn())

    assert now(carts) == cart
    same = Describe({"price_mode": "GROSS_MODE", "name": "Feast"})
    assert carts.change(CART_ID, GUEST, same, turn()).details == replace(DETAILS, name="Feast")


@pytest.mark.parametrize("described", [DETAILS, Details()])
def test_a_cart_without_items_or_without_a_price_mode_gets_one(
    carts: Carts, described: Details
) -> None:
    kept(carts, described)
    if described.price_mode:
        carts.change(CART_ID, GUEST, RemoveItem("apple"), turn())

    changed = carts.change(CART_ID, GUEST, Describe({"price_mode": "NET_MODE"}), turn(3))

    assert changed == now(carts)
    assert changed.details == replace(described, price_mode="NET_MODE")
