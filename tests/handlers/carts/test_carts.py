"""Carts of guests and of customers: the contract, the owners, and invalid input."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.people.carts import (
    GUEST_ID,
    OTHER_ID,
    Client,
    contents,
    document,
    guest,
    id_of,
    signed_in,
    token_of,
)

NO_CART = ("101", 404, "Cart with given uuid not found.")
NO_ITEM = ("103", 404, "Item with the given group key not found in the cart.")
NO_GUEST = ("109", 400, "Anonymous customer unique id is empty.")
NOT_YOURS = ("115", 403, "Unauthorized cart action.")
NO_TOKEN = ("002", 403, "Missing access token.")
WRONG_TOKEN = ("001", 401, "Invalid access token.")
NO_ID = (None, 400, "Resource id is not specified.")
MALFORMED = (None, 400, "Post data is invalid.")
TWO_AT_ONCE = (
    "005",
    400,
    "Headers request error. A user can't act as logged and not logged user at the same time.",
)


# A guest


@pytest.mark.parametrize("length", [1, 254, 255, 256, 1000])
def test_guests_whose_ids_differ_at_their_end_share_no_cart(cloud: Cloud, length: int) -> None:
    one, other = (guest(cloud, "g" * length + end) for end in "ab")
    one.fill("apple", 2)

    assert other.carts() == {}
    assert len(one.carts()) == 1


def test_further_items_go_into_the_same_cart_in_the_order_of_their_skus(cloud: Cloud) -> None:
    first = guest(cloud).fill("pear", 1)
    guest(cloud).fill("apple", 2)
    last = guest(cloud).fill("pear", 3)

    assert id_of(first) == id_of(last)
    assert list(contents(last.json).items()) == [("apple", 2), ("pear", 4)]


def test_a_guests_id_is_kept_nowhere(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    guest(cloud).fill("secret article")

    assert GUEST_ID not in json.dumps(cloud.state(), default=str)
    logged = "".join(capsys.readouterr())
    assert GUEST_ID not in logged
    assert "secret article" not in logged


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/guest-cart-items", "guest-cart-items"),
        ("GET", "/guest-carts", ""),
        ("GET", f"/guest-carts/{OTHER_ID}", ""),
        ("PATCH", f"/guest-carts/{OTHER_ID}", "guest-carts"),
        ("POST", f"/guest-carts/{OTHER_ID}/guest-cart-items", "guest-cart-items"),
        ("PATCH", f"/guest-carts/{OTHER_ID}/guest-cart-items/apple", "guest-cart-items"),
        ("DELETE", f"/guest-carts/{OTHER_ID}/guest-cart-items/apple", ""),
    ],
)
def test_a_guest_needs_an_id_and_nothing_else(
    cloud: Cloud, method: str, path: str, kind: str
) -> None:
    body = document(kind, sku="apple", quantity=1) if kind else None
    token = token_of(cloud, "DE--ada")
    before = cloud.state()

    assert Client(cloud).send(method, path, body).errors == [NO_GUEST]
    assert guest(cloud, " ").send(method, path, body).errors == [NO_GUEST]
    both = {**guest(cloud).headers, "authorization": f"Bearer {token}"}
    assert Client(cloud, both).send(method, path, body).errors == [TWO_AT_ONCE]
    assert cloud.state() == before


# A customer


def test_a_customer_opens_carts_the_newest_is_the_default(cloud: Cloud) -> None:
    ada = signed_in(cloud)
    first, second = ada.open(name="Picnic"), ada.open()

    assert first.status == second.status == 201
    listed = ada.send("GET", "/carts").json
    assert [(d["id"], d["attributes"]["isDefault"]) for d in listed["data"]] == [
        (id_of(second), True),
        (id_of(first), False),
    ]
    assert ada.get(id_of(first)).json["data"]["attributes"]["isDefault"] is False
    assert ada.add(id_of(first)).json["data"]["attributes"]["isDefault"] is False
    assert ada.discard(id_of(second)).status == 204
    assert ada.get(id_of(first)).json["data"]["attributes"]["isDefault"] is True


def test_a_cart_that_was_discarded_is_gone(cloud: Cloud) -> None:
    ada = signed_in(cloud)
    cart_id = id_of(ada.open())

    answer = ada.discard(cart_id)

    assert (answer.status, answer.body) == (204, "")
    assert ada.get(cart_id).errors == [NO_CART]
    assert ada.discard(cart_id).errors == [NO_CART]
    assert ada.add(cart_id).errors == [NO_CART]
    assert ada.carts() == {}
    assert "CART" not in str(cloud.items(cloud.customers_table))


CUSTOMER_CALLS = [
    ("GET", "/carts", ""),
    ("POST", "/carts", "carts"),
    ("GET", f"/carts/{OTHER_ID}", ""),
    ("PATCH", f"/carts/{OTHER_ID}", "carts"),
    ("DELETE", f"/carts/{OTHER_ID}", ""),
    ("POST", f"/carts/{OTHER_ID}/items", "items"),
    ("PATCH", f"/carts/{OTHER_ID}/items/apple", "items"),
    ("DELETE", f"/carts/{OTHER_ID}/items/apple", ""),
]


@pytest.mark.parametrize(("method", "path", "kind"), CUSTOMER_CALLS)
def test_a_customer_needs_a_good_token_and_nothing_else(
    cloud: Cloud, method: str, path: str, kind: str
) -> None:
    ada, body = signed_in(cloud), document(kind, sku="apple", quantity=1) if kind else None
    nobody = token_of(cloud, "DE--nobody")
    before = cloud.state()

    def errors(**headers: str) -> Any:
        return Client(cloud, headers).send(method, path, body).errors

    assert errors() == [NO_TOKEN]
    assert errors(authorization="Bearer x.y.z") == [WRONG_TOKEN]
    assert errors(authorization=f"Bearer {nobody}") == [WRONG_TOKEN]
    assert errors(**ada.headers, **guest(cloud).headers) == [TWO_AT_ONCE]
    with later(timedelta(hours=8, seconds=1)):
        assert errors(**ada.headers) == [WRONG_TOKEN]
    assert cloud.state() == before


# Both


def test_a_cart_is_read_as_it_was_written(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    written = client.add(cart_id, "pear", 1)

    assert written.status == 201
    assert client.get(cart_id).json == written.json
    assert client.carts() == {cart_id: {"apple": 2, "pear": 1}}


def test_quantities_add_up_are_set_and_removed(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    assert contents(client.add(cart_id, "apple", 3).json) == {"apple": 5}
    changed = client.set(cart_id, "apple", 9)
    assert (changed.status, contents(changed.json)) == (200, {"apple": 9})
    removed = client.take(cart_id, "apple")
    assert (removed.status, removed.body) == (204, "")
    assert client.carts() == {cart_id: {}}
    assert client.take(cart_id, "apple").errors == [NO_ITEM]
    assert client.set(cart_id, "apple", 1).errors == [NO_ITEM]


@pytest.mark.parametrize(
    "sku", ["A/1", "a/b/c", "100%", "%41", "ü ö", "💡", "#1", 'a"b', "items/x"]
)
def test_any_sku_can_be_addressed(somebody: tuple[Client, str], sku: str) -> None:
    client, cart_id = somebody
    assert client.add(cart_id, sku, 1).status == 201

    changed = client.set(cart_id, quote(sku, safe=""), 5)

    assert contents(changed.json)[sku] == 5
    assert client.take(cart_id, quote(sku, safe="")).status == 204
    assert client.carts() == {cart_id: {"apple": 2}}


@pytest.mark.parametrize(
    ("attributes", "details"),
    [
        ({}, ["sku => This field is missing.", "quantity => This field is missing."]),
        (
            {"sku": "", "quantity": None},
            [
                "sku => This value should not be blank.",
                "quantity => This value should not be blank.",
            ],
        ),
        ({"sku": "a\u0000", "quantity": 1}, ["sku => This value is not valid."]),
        (
            {"sku": "a" * 256, "quantity": 0},
            [
                "sku => This value is too long. It should have 255 characters or less.",
                "quantity => This value should be greater than 0.",
            ],
        ),
        ({"sku": "a", "quantity": 1.5}, ["quantity => This value should be of type integer."]),
        (
            {"sku": "a", "quantity": 1_000_001},
            ["quantity => This value should be 1000000 or less."],
        ),
        (
            {"sku": "apple", "quantity": 999_999},
            ["quantity => This value should be 1000000 or less."],
        ),
    ],
)
def test_flawed_items_are_told_and_change_nothing(
    somebody: tuple[Client, str], attributes: dict[str, Any], details: list[str]
) -> None:
    client, cart_id = somebody
    path = f"{client.path}/{cart_id}/{client.items}"

    answer = client.send("POST", path, document(client.items, **attributes))

    assert answer.status == 422
    assert answer.errors == [("901", 422, detail) for detail in details]
    assert client.carts() == {cart_id: {"apple": 2}}


def test_flawed_details_are_told(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    answer = client.describe(cart_id, name="n" * 101, priceMode="a\nb")

    assert sorted(answer.errors) == [
        ("901", 422, "name => This value is too long. It should have 100 characters or less."),
        ("901", 422, "priceMode => This value is not valid."),
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", MALFORMED),
        ("{", MALFORMED),
        ("[]", MALFORMED),
        ('{"data": {"type": "KIND"}}', MALFORMED),
        ('{"data": {"type": "KIND", "attributes": {"sku": 5, "quantity": 1}}}', MALFORMED),
        ('{"data": {"type": "KIND", "attributes": {"sku": "\\ud800", "quantity": 1}}}', MALFORMED),
        ('{"data": {"type": "KIND", "attributes": {"quantity": ' + "9" * 5000 + "}}}", MALFORMED),
        ('{"data": {"type": "customers", "attributes": {}}}', (None, 400, "Invalid type.")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_invalid_body_is_refused(
    somebody: tuple[Client, str], body: str, error: tuple[Any, ...]
) -> None:
    client, cart_id = somebody
    path = f"{client.path}/{cart_id}/{client.items}"

    assert client.send("POST", path, body.replace("KIND", client.items)).errors == [error]


@pytest.mark.parametrize("cart_id", [OTHER_ID, "x", "..", "a" * 3000, "%00", OTHER_ID.upper()])
def test_an_invalid_cart_id_is_not_found(somebody: tuple[Client, str], cart_id: str) -> None:
    client, _ = somebody

    for answer in every_call_on(client, cart_id):
        assert answer.status == 404
        assert answer.errors in ([NO_CART], [(None, 404, "Not Found")])


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_without_an_id_is_refused(somebody: tuple[Client, str], method: str) -> None:
    client, cart_id = somebody

    targets = [f"{client.path}/{cart_id}/{client.items}"]
    if method == "PATCH" or client.kind == "carts":
        targets.append(client.path)
    for target in targets:
        assert client.send(method, target, document(client.kind)).errors == [NO_ID]


def every_call_on(client: Client, cart_id: str) -> list[Answer]:
    """Read a cart, then change it in every way."""
    answers = [
        client.get(cart_id),
        client.describe(cart_id, name="Mine"),
        client.add(cart_id, "pear", 1),
        client.set(cart_id, "apple", 1),
        client.take(cart_id, "apple"),
    ]
    return answers + ([client.discard(cart_id)] if client.kind == "carts" else [])


def test_anothers_cart_is_not_found_and_not_changed(
    cloud: Cloud, somebody: tuple[Client, str]
) -> None:
    client, cart_id = somebody
    eve, mallory = signed_in(cloud, "eve"), guest(cloud, "mallory")
    mallory.fill("kiwi", 1)
    before = cloud.state()

    for other in (eve, mallory):
        read, *changes = every_call_on(other, cart_id)
        assert read.errors == [NO_CART]
        assert [answer.errors for answer in changes] == [[NOT_YOURS]] * len(changes)
        assert cart_id not in other.carts()
    assert cloud.state() == before
    assert client.carts() == {cart_id: {"apple": 2}}
