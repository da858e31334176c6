"""Carts: expiry, concurrent requests, and costs."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.conftest import MakeCloud
from tests.support.calls.exchanges import Exchange, Told, watched
from tests.support.clock import standing
from tests.support.cloud import Answer, Call, Cloud
from tests.support.factories import NOW
from tests.support.people.carts import Client, contents, customer, guest, id_of, signed_in, token_of
from tests.support.stack import Json

NO_CART = ("101", 404, "Cart with given uuid not found.")


@pytest.fixture(params=["guest", "customer"])
def somebody(request: pytest.FixtureRequest, cloud: Cloud) -> tuple[Client, str]:
    """A guest and a customer, each with a cart with two apples."""
    if request.param == "guest":
        client = guest(cloud)
        return client, id_of(client.fill())
    client = signed_in(cloud)
    cart_id = id_of(client.open())
    assert client.add(cart_id).status == 201
    return client, cart_id


# Time


@pytest.mark.clock(NOW)
def test_a_guests_cart_is_kept_after_its_latest_change(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(GuestCartDays="7")
    client = guest(cloud)
    cart_id = id_of(client.fill())
    with standing(timedelta(days=6)):
        client.set(cart_id, "apple", 3)
    with standing(timedelta(days=12)):
        assert client.carts() == {cart_id: {"apple": 3}}
    with standing(timedelta(days=13)):
        assert client.carts() == {}
        assert client.get(cart_id).errors == client.add(cart_id).errors == [NO_CART]
        again = client.fill("pear", 1)

        assert id_of(again) != cart_id
        assert client.carts() == {id_of(again): {"pear": 1}}


def test_a_customers_cart_does_not_expire(cloud: Cloud) -> None:
    ada = signed_in(cloud)
    ada.add(id_of(ada.open()))

    carts = cloud.items(cloud.customers_table, "cart")
    assert ["expires_at" in cart for cart in carts] == [False]


# Two requests at once


def race(cloud: Cloud, operation: str, other: Any) -> list[Answer]:
    """Run another request before the next call of an operation."""
    answers: list[Answer] = []

    def before(call: Call) -> None:
        if call.operation == operation:
            cloud.on_call = None
            answers.append(other())

    cloud.on_call = before
    return answers


def test_two_first_items_at_once_are_in_one_cart(cloud: Cloud) -> None:
    client = guest(cloud)
    others = race(cloud, "TransactWriteItems", lambda: client.fill("pear", 1))

    answer = client.fill("apple", 2)

    assert [each.status for each in (answer, *others)] == [201, 201]
    assert client.carts() == {id_of(others[0]): {"apple": 2, "pear": 1}}
    assert len(cloud.items(cloud.customers_table, "cart")) == 1


@pytest.mark.parametrize(
    ("sku", "expected"), [("pear", {"apple": 5, "pear": 1}), ("apple", {"apple": 6})]
)
def test_two_items_at_once_are_both_kept(
    cloud: Cloud, somebody: tuple[Client, str], sku: str, expected: dict[str, int]
) -> None:
    client, cart_id = somebody
    others = race(cloud, "UpdateItem", lambda: client.add(cart_id, sku, 1))

    answer = client.add(cart_id, "apple", 3)

    assert [each.status for each in (answer, *others)] == [201, 201]
    assert client.carts() == {cart_id: expected}


def test_an_answer_lost_on_its_way_counts_once(
    cloud: Cloud, somebody: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, cart_id = somebody
    lost = list[Told]()

    def lose(_service: str, operation: str, parameters: Json, ask: Exchange) -> Told:
        result = ask(operation, parameters)
        if operation == "UpdateItem" and not lost:
            lost.append(result)
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return result

    with watched(lose, "dynamodb"):
        answer = client.add(cart_id, "apple", 3)

    assert lost
    assert (answer.status, contents(answer.json)) == (201, {"apple": 5})
    assert client.carts() == {cart_id: {"apple": 5}}


# Cost, and limits


@pytest.mark.parametrize("action", ["fill", "set", "take", "get", "all"])
def test_a_guests_request_costs_two_calls(cloud: Cloud, action: str) -> None:
    client = guest(cloud)
    cart_id = id_of(client.fill())
    cloud.calls.clear()

    {
        "fill": lambda: client.fill("pear", 1),
        "set": lambda: client.set(cart_id, "apple", 5),
        "take": lambda: client.take(cart_id, "apple"),
        "get": lambda: client.get(cart_id),
        "all": client.carts,
    }[action]()

    last = "BatchGetItem" if action in {"get", "all"} else "UpdateItem"
    assert [call.operation for call in cloud.calls] == ["GetItem", last]


def test_a_client_makes_only_so_many_guest_carts(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(GuestCartsPerClient="2")
    for name in ("one", "two", "one", "two"):
        assert guest(cloud, name).fill().status == 201

    refused = guest(cloud, "three").fill()

    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    assert customer(cloud, token_of(cloud, "DE--nobody")).send("GET", "/carts").status == 401
