"""What a client sends about carts: quantities as numbers or text, details, and price modes."""

from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.people.carts import (
    OPENED,
    Client,
    contents,
    document,
    guest,
    id_of,
    signed_in,
)

MISSING = "This field is missing."
BLANK = "This value should not be blank."
NO_NUMBER = "This value should be of type numeric."
NOT_POSITIVE = "This value should be greater than 0."
NOT_WHOLE = "This value should be of type integer."
TOO_LARGE = "This value should be 1000000 or less."
FIXED = (
    "111",
    422,
    "Can\N{RIGHT SINGLE QUOTATION MARK}t switch price mode when there are items in the cart.",
)


def flaws(field: str, *told: str) -> list[tuple[str, int, str]]:
    """Return the errors that tell what is wrong with a field."""
    return [("901", 422, f"{field} => {each}") for each in told]


# Quantities


def test_a_number_may_come_as_text(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    for quantity in ("3", "03", " 3 ", "+3", "3.0", "3.", "0.3e1", "30e-1", 3, 3.0):
        assert contents(client.set(cart_id, "apple", quantity).json) == {"apple": 3}, quantity
        assert contents(client.add(cart_id, "apple", quantity).json) == {"apple": 6}, quantity
        assert '"quantity": 6,' in client.get(cart_id).body


FLAWED_QUANTITIES: list[tuple[Any, list[str]]] = [
    ("", [BLANK, NO_NUMBER, NOT_POSITIVE]),
    (None, [BLANK]),
    (False, [BLANK, NO_NUMBER, NOT_POSITIVE]),
    (True, [NO_NUMBER]),
    ("two", [NO_NUMBER]),
    ("2 apples", [NO_NUMBER]),
    ("0x2", [NO_NUMBER]),
    ("1_000", [NO_NUMBER]),
    ("\N{FULLWIDTH DIGIT TWO}", [NO_NUMBER]),
    ("nan", [NO_NUMBER]),
    ("Infinity", [NO_NUMBER]),
    ([1], [NO_NUMBER]),
    ({"a": 1}, [NO_NUMBER]),
    (0, [NOT_POSITIVE]),
    ("0", [NOT_POSITIVE]),
    (-0.0, [NOT_POSITIVE]),
    ("-1", [NOT_POSITIVE]),
    (-1.5, [NOT_POSITIVE]),
    (1.5, [NOT_WHOLE]),
    ("1e-9", [NOT_WHOLE]),
    (1_000_001, [TOO_LARGE]),
    ("1e7", [TOO_LARGE]),
    ("1e400", [TOO_LARGE]),
    ("9" * 5000, [TOO_LARGE]),
]


def test_every_flaw_of_a_quantity_is_told(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    for quantity, told in FLAWED_QUANTITIES:
        expected = flaws("quantity", *told)
        assert client.set(cart_id, "apple", quantity).errors == expected, quantity
        assert client.add(cart_id, "apple", quantity).errors == expected, quantity
    assert client.carts() == {cart_id: {"apple": 2}}


def test_a_quantity_has_to_be_there(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    target = f"{client.path}/{cart_id}/{client.items}/apple"

    assert client.send("PATCH", target, document(client.items)).errors == flaws("quantity", MISSING)


# Details


@pytest.mark.parametrize("left_out", [["priceMode"], ["currency"], ["store"], list(OPENED)])
def test_a_new_cart_says_what_it_is_counted_in(cloud: Cloud, left_out: list[str]) -> None:
    ada = signed_in(cloud)
    kept = {name: value for name, value in OPENED.items() if name not in left_out}

    for given, told in (
        (kept, MISSING),
        (kept | dict.fromkeys(left_out), BLANK),
        (kept | dict.fromkeys(left_out, ""), BLANK),
    ):
        answer = ada.send("POST", "/carts", document("carts", **given))
        assert answer.errors == [("901", 422, f"{name} => {told}") for name in left_out]
    assert ada.carts() == {}


def test_a_name_that_is_given_is_not_empty(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    for name in ("", None):
        assert client.describe(cart_id, name=name).errors == flaws("name", BLANK)
        if client.kind == "carts":
            assert client.open(name=name).errors == flaws("name", BLANK)


def test_details_are_changed_one_by_one(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    client.describe(cart_id, name="Picnic", currency="CHF")

    answer = client.describe(cart_id, store="AT", items=[], isDefault=False, totals={})

    assert answer.status == 200
    attributes = answer.json["data"]["attributes"]
    told = [attributes[name] for name in ("name", "currency", "store", "priceMode", "isDefault")]
    assert told == ["Picnic", "CHF", "AT", "GROSS_MODE", True]
    assert contents(answer.json) == {"apple": 2}


def test_an_empty_detail_leaves_the_one_that_is_there(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    client.describe(cart_id, currency="CHF")

    for nothing in ("", None):
        answer = client.describe(cart_id, **dict.fromkeys(OPENED, nothing))
        assert answer.status == 200
        attributes = answer.json["data"]["attributes"]
        assert [attributes[name] for name in OPENED] == ["GROSS_MODE", "CHF", "DE"]


# The price mode


def test_the_price_mode_of_a_filled_cart_stays(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    before = client.get(cart_id).json

    answer = client.describe(cart_id, priceMode="NET_MODE", name="Other", currency="CHF")

    assert answer.errors == [FIXED]
    assert client.get(cart_id).json == before
    assert client.describe(cart_id, priceMode="GROSS_MODE", name="Same").status == 200


def test_the_price_mode_of_an_empty_cart_changes(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    client.take(cart_id, "apple")

    answer = client.describe(cart_id, priceMode="NET_MODE")

    assert answer.json["data"]["attributes"]["priceMode"] == "NET_MODE"


def test_a_guests_first_item_fixes_the_price_mode(cloud: Cloud) -> None:
    someone = guest(cloud)

    assert someone.describe(id_of(someone.fill()), priceMode="NET_MODE").errors == [FIXED]
