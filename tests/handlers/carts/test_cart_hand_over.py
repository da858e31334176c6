"""A guest's cart becomes the customer's: by confirming, and by signing in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.adapters.carts.carts import DynamoDBCarts
from registration.application.carts import TakenOver, TakeOverCart
from registration.domain.carts import Guest
from tests.support.clock import later
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.carts import GUEST_ID, Client, customer, guest, id_of, signed_in, token_of
from tests.support.people.shoppers import Shopper, cart_id_in
from tests.support.requests import PASSWORD, customer_document, key_document, review_form

NO_CART = ("101", 404, "Cart with given uuid not found.")
NOT_YOURS = ("115", 403, "Unauthorized cart action.")


def sign_up(cloud: Cloud, client: Client | None, **overrides: Any) -> str:
    """Sign up with the API, with or without a guest's header; return the reference."""
    headers = client.headers if client else {}
    answer = cloud.post_json("/customers", customer_document(**overrides), headers=headers)
    assert answer.status == 201
    cloud.drain()
    return str(answer.json["data"]["id"])


def confirm(cloud: Cloud) -> Answer:
    """Confirm the newest link by the sign-up's password, on any device."""
    fields = {"token": cloud.mails[-1].token, "way": "password", "password": PASSWORD}
    return cloud.post_form("/confirm", fields)


def confirm_by_key(cloud: Cloud) -> Answer:
    """Confirm the newest link with the API, without cookie, header or password."""
    return cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))


def confirm_by_new_password(cloud: Cloud) -> Answer:
    """Confirm the newest link by a password that the sign-up does not know."""
    fields = {"token": cloud.mails[-1].token, **review_form("gentle harbour lantern")}
    return cloud.post_form("/confirm", fields)


def as_customer(cloud: Cloud, reference: str) -> Client:
    return customer(cloud, token_of(cloud, reference))


# Confirming


def test_confirming_on_another_device_makes_the_cart_the_customers(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill("apple", 2))
    reference = sign_up(cloud, shopper)
    shopper.fill("pear", 1)

    assert confirm(cloud).status == 303

    ada = as_customer(cloud, reference)
    assert ada.carts() == {cart_id: {"apple": 2, "pear": 1}}
    assert ada.add(cart_id, "plum", 1).status == 201
    shown = ada.get(cart_id).json["data"]
    assert shown["type"] == "carts"
    assert shown["attributes"]["isDefault"] is True
    assert "guest_cart" not in cloud.customers()[0]


@pytest.mark.parametrize(
    "confirm_elsewhere", [confirm_by_key, confirm_by_new_password], ids=["key", "new password"]
)
def test_without_the_sign_ups_password_or_browser_the_cart_stays_where_it_is(
    cloud: Cloud, confirm_elsewhere: Callable[[Cloud], Answer]
) -> None:
    """A stranger signs up with Sonia's address, and with a cart that she never saw."""
    mallory = guest(cloud)
    cart_id = id_of(mallory.fill("bait", 1))
    reference = sign_up(cloud, mallory)

    assert confirm_elsewhere(cloud).status in {204, 303}

    assert cloud.customers()[0]["status"] == "verified"
    assert mallory.carts() == {cart_id: {"bait": 1}}
    assert cloud.customers()[0]["reference"] == reference
    assert "guest_cart" not in cloud.customers()[0]


def test_the_guest_no_longer_has_that_cart_and_may_begin_another(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)
    confirm(cloud)

    assert shopper.carts() == {}
    assert shopper.get(cart_id).errors == [NO_CART]
    assert shopper.add(cart_id).errors == [NOT_YOURS]
    new = shopper.fill("kiwi", 1)

    assert id_of(new) != cart_id
    assert shopper.carts() == {id_of(new): {"kiwi": 1}}
    assert as_customer(cloud, reference).carts() == {cart_id: {"apple": 2}}


def test_the_form_ties_the_cart_of_its_browser(cloud: Cloud) -> None:
    shopper = Shopper(cloud)
    shopper.add("apple", 2)
    cart_id = cart_id_in(shopper.open("/cart"))
    shopper.sign_up()
    cloud.drain()

    shopper.open(cloud.mails[-1].link)

    (signed_up,) = cloud.customers()
    assert as_customer(cloud, signed_up["reference"]).carts() == {cart_id: {"apple": 2}}


def test_a_cart_that_is_not_confirmed_stays_the_guests(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())

    sign_up(cloud, shopper)

    assert shopper.carts() == {cart_id: {"apple": 2}}
    assert GUEST_ID not in str(cloud.state())


def test_the_newest_sign_up_says_which_cart_it_is(cloud: Cloud) -> None:
    """An earlier sign-up with somebody else's address leaves nothing behind."""
    mallory, shopper = guest(cloud, "mallory"), guest(cloud)
    theirs, cart_id = id_of(mallory.fill("bait", 1)), id_of(shopper.fill())
    sign_up(cloud, mallory)
    reference = sign_up(cloud, shopper)

    confirm(cloud)

    assert as_customer(cloud, reference).carts() == {cart_id: {"apple": 2}}
    assert mallory.carts() == {theirs: {"bait": 1}}


def test_a_sign_up_without_a_cart_replaces_one_with_a_cart(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    sign_up(cloud, shopper)
    reference = sign_up(cloud, None)

    confirm(cloud)

    assert as_customer(cloud, reference).carts() == {}
    assert shopper.carts() == {cart_id: {"apple": 2}}


def test_a_new_link_keeps_the_cart(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)
    cloud.post_form("/confirm/new-link", {"email": "sonia@example.com"})
    cloud.drain()

    assert confirm(cloud).status == 303

    assert as_customer(cloud, reference).carts() == {cart_id: {"apple": 2}}


def empty_it(client: Client, cart_id: str) -> None:
    client.take(cart_id, "apple")


def sign_in_elsewhere(client: Client, cart_id: str) -> None:
    signed_in(client.cloud, "eve")
    assert take_over(client, "DE--eve") is TakenOver.MOVED


def nothing(client: Client, cart_id: str) -> None:
    """Let only time pass."""


@pytest.mark.parametrize(
    ("meanwhile", "days"), [(empty_it, 0), (sign_in_elsewhere, 0), (nothing, 3)]
)
def test_confirming_never_fails_because_of_a_cart(
    make_cloud: Any, meanwhile: Callable[[Client, str], None], days: int
) -> None:
    cloud = make_cloud(GuestCartDays="1", ConfirmLinkHours="720")
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)
    meanwhile(shopper, cart_id)

    with later(timedelta(days=days)):
        assert confirm(cloud).status == 303
        assert as_customer(cloud, reference).carts() == {}

    verified = [each for each in cloud.customers() if each["reference"] == reference]
    assert [each["status"] for each in verified] == ["verified"]


def test_a_guest_without_a_cart_signs_up_as_everybody(cloud: Cloud) -> None:
    reference = sign_up(cloud, guest(cloud))

    assert confirm(cloud).status == 303
    assert as_customer(cloud, reference).carts() == {}


def test_an_item_that_comes_at_the_moment_of_confirming_is_not_lost(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)

    def add(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            cloud.on_call = None
            shopper.fill("pear", 1)

    cloud.on_call = add
    assert confirm(cloud).status == 303

    assert as_customer(cloud, reference).carts() == {cart_id: {"apple": 2, "pear": 1}}


def test_an_item_that_comes_a_moment_after_goes_into_a_new_cart(cloud: Cloud) -> None:
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)

    def come_first(call: Call) -> None:
        if call.operation == "UpdateItem" and "#sku" in str(call.parameters):
            cloud.on_call = None
            assert confirm(cloud).status == 303

    cloud.on_call = come_first
    answer = shopper.fill("pear", 1)

    assert answer.status == 201
    assert shopper.carts() == {id_of(answer): {"pear": 1}}
    assert as_customer(cloud, reference).carts() == {cart_id: {"apple": 2}}


# The costs of signing up and confirming


def calls(cloud: Cloud, email: str, client: Client) -> list[tuple[str, int]]:
    cloud.calls.clear()
    document = customer_document(email=email)
    assert cloud.post_json("/customers", document, headers=client.headers).status == 201
    return [(call.operation, len(call.parameters.get("TransactItems", []))) for call in cloud.calls]


def test_signing_up_with_a_cart_costs_the_same_for_every_address(cloud: Cloud) -> None:
    sign_up(cloud, None)
    confirm(cloud)
    with_cart, without = guest(cloud), guest(cloud, "without a cart")
    with_cart.fill()

    new = calls(cloud, "new@example.com", with_cart)
    unconfirmed = calls(cloud, "new@example.com", with_cart)
    known = calls(cloud, "sonia@example.com", with_cart)
    no_cart = calls(cloud, "other@example.com", without)

    assert new == unconfirmed == known == no_cart
    assert [name for name, _ in new if name != "UpdateItem"] == [
        "BatchGetItem",
        "TransactWriteItems",
    ]


def test_confirming_with_a_cart_costs_one_read_and_one_write(cloud: Cloud) -> None:
    shopper = guest(cloud)
    shopper.fill()
    sign_up(cloud, shopper)
    cloud.get_page("/confirm?token=x")  # fetches the keys, once a process
    cloud.calls.clear()

    confirm(cloud)

    assert [call.operation for call in cloud.calls] == ["GetItem", "TransactWriteItems"]


# Signing in


def take_over(client: Client, reference: str) -> TakenOver:
    """Take over the cart, like signing in with a guest's header."""
    carts = DynamoDBCarts(client.cloud.customers_table)
    anonymous_id = client.headers["x-anonymous-customer-unique-id"]
    return TakeOverCart(carts, lambda: datetime.now(UTC))(reference, Guest.of(anonymous_id))


def test_signing_in_moves_the_cart_and_merges_it_with_the_default_one(cloud: Cloud) -> None:
    ada, shopper = signed_in(cloud), guest(cloud)
    old, default = id_of(ada.open()), id_of(ada.open())
    ada.add(old, "apple", 1)
    ada.add(default, "apple", 3)
    ada.add(default, "plum", 4)
    cart_id = id_of(shopper.fill("apple", 2))
    cloud.calls.clear()

    assert take_over(shopper, "DE--ada") is TakenOver.MOVED

    assert len(cloud.calls) == 4
    assert list(ada.carts().items()) == [
        (cart_id, {"apple": 5}),
        (default, {"plum": 4}),
        (old, {"apple": 1}),
    ]
    assert shopper.carts() == {}


def test_signing_in_without_a_cart_costs_one_read(cloud: Cloud) -> None:
    signed_in(cloud)
    cloud.calls.clear()

    assert take_over(guest(cloud), "DE--ada") is TakenOver.NONE

    assert [call.operation for call in cloud.calls] == ["GetItem"]


@pytest.mark.parametrize("who", ["guest", "customer"])
def test_an_item_that_comes_while_carts_merge_is_in_one_of_them(cloud: Cloud, who: str) -> None:
    ada, shopper = signed_in(cloud), guest(cloud)
    default = id_of(ada.open())
    ada.add(default, "apple", 3)
    cart_id = id_of(shopper.fill("apple", 2))

    def add(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            cloud.on_call = None
            _ = shopper.fill("apple", 1) if who == "guest" else ada.add(default, "apple", 1)

    cloud.on_call = add
    assert take_over(shopper, "DE--ada") is TakenOver.MOVED

    assert ada.carts() == {cart_id: {"apple": 6}, default: {}}


def test_a_cart_moves_at_sign_in_and_its_registration_is_confirmed_later(cloud: Cloud) -> None:
    signed_in(cloud)
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)

    take_over(shopper, "DE--ada")
    assert confirm(cloud).status == 303

    assert as_customer(cloud, "DE--ada").carts() == {cart_id: {"apple": 2}}
    assert as_customer(cloud, reference).carts() == {}


# Leaving


def test_a_customers_carts_are_removed_with_the_customer(cloud: Cloud) -> None:
    ada, eve, shopper = signed_in(cloud), signed_in(cloud, "eve"), guest(cloud)
    for _ in range(3):
        ada.add(id_of(ada.open()))
    others = (eve.open(), shopper.fill())

    DynamoDBCarts(cloud.customers_table).remove_all_of("DE--ada")

    assert ada.carts() == {}
    carts = cloud.items(cloud.customers_table, "cart")
    assert {each["PK"] for each in carts} == {f"CART#{id_of(each)}" for each in others}


def test_the_password_of_the_sign_up_is_not_needed_for_the_cart(cloud: Cloud) -> None:
    """A link on another device asks for a password; the cart is handed over all the same."""
    shopper = guest(cloud)
    cart_id = id_of(shopper.fill())
    reference = sign_up(cloud, shopper)

    token = cloud.mails[-1].token
    answer = cloud.post_form("/confirm", {"token": token, "way": "password", "password": PASSWORD})

    assert answer.status == 303
    assert as_customer(cloud, reference).carts() == {cart_id: {"apple": 2}}
