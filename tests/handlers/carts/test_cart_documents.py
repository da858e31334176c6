"""Carts and their items as Spryker's schema has them: attributes, included items, links, fields."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import PUBLIC_URL, Cloud
from tests.support.people.carts import (
    OTHER_ID,
    Client,
    contents,
    contents_of_all,
    document,
    guest,
    id_of,
    signed_in,
)

TOTALS = ["expenseTotal", "discountTotal", "taxTotal", "subtotal", "grandTotal", "priceToPay"]
# The properties of Spryker's RestCartItemCalculations.
PRICES = [
    "unitPrice",
    "sumPrice",
    "taxRate",
    "unitNetPrice",
    "sumNetPrice",
    "unitGrossPrice",
    "sumGrossPrice",
    "unitTaxAmountFullAggregation",
    "sumTaxAmountFullAggregation",
    "sumSubtotalAggregation",
    "unitSubtotalAggregation",
    "unitProductOptionPriceAggregation",
    "sumProductOptionPriceAggregation",
    "unitDiscountAmountAggregation",
    "sumDiscountAmountAggregation",
    "unitDiscountAmountFullAggregation",
    "sumDiscountAmountFullAggregation",
    "unitPriceToPayAggregation",
    "sumPriceToPayAggregation",
]
NOT_YOURS = ("802", 403, "Unauthorized request.")
AT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def plain(client: Client, method: str, target: str, **given: Any) -> Any:
    """Return the document that a client gets without asking for anything to be included."""
    body = document(client.items, **given) if given else None
    return client.send(method, target, body).json


# Attributes


@pytest.mark.clock(AT)
def test_the_first_item_makes_a_guests_cart(cloud: Cloud) -> None:
    someone = guest(cloud)
    body = document("guest-cart-items", sku="apple", quantity=2)

    answer = someone.send("POST", "/guest-cart-items", body)

    assert answer.status == 201
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json == {
        "data": {
            "type": "guest-carts",
            "id": id_of(answer),
            "attributes": {
                "priceMode": "GROSS_MODE",
                "currency": "EUR",
                "store": "DE",
                "name": None,
                "isDefault": True,
                "totals": dict.fromkeys(TOTALS),
                "discounts": [],
                "thresholds": [],
                "createdAt": "2026-11-22 12:00:00.123456",
                "updatedAt": "2026-11-22 12:00:00.123456",
            },
            "links": {"self": f"{PUBLIC_URL}/guest-carts/{id_of(answer)}"},
        }
    }


@pytest.mark.clock(AT)
def test_a_customers_new_cart_is_told_as_it_was_opened(cloud: Cloud) -> None:
    ada = signed_in(cloud)

    answer = ada.open(name="Picnic", currency="CHF", store="AT", priceMode="NET_MODE")

    assert answer.status == 201
    assert answer.json == {
        "data": {
            "type": "carts",
            "id": id_of(answer),
            "attributes": {
                "priceMode": "NET_MODE",
                "currency": "CHF",
                "store": "AT",
                "name": "Picnic",
                "isDefault": True,
                "totals": dict.fromkeys(TOTALS, 0),
                "discounts": [],
                "thresholds": [],
                "createdAt": "2026-11-22 12:00:00.123456",
                "updatedAt": "2026-11-22 12:00:00.123456",
            },
            "links": {"self": f"{PUBLIC_URL}/carts/{id_of(answer)}"},
        }
    }


def test_the_shop_says_what_a_guests_cart_is_counted_in(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(Store="US", CartCurrency="USD", CartPriceMode="NET_MODE")

    attributes = guest(cloud).fill().json["data"]["attributes"]

    told = (attributes["store"], attributes["currency"], attributes["priceMode"])
    assert told == ("US", "USD", "NET_MODE")


def test_an_empty_cart_costs_nothing_and_others_what_nobody_here_knows(
    somebody: tuple[Client, str],
) -> None:
    client, cart_id = somebody

    def totals() -> Any:
        return client.get(cart_id).json["data"]["attributes"]["totals"]

    assert totals() == dict.fromkeys(TOTALS)
    client.take(cart_id, "apple")
    assert totals() == dict.fromkeys(TOTALS, 0)


# Included items


def test_items_are_included_where_they_are_asked_for(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    client.add(cart_id, "pear & plum", 1)
    here = f"{client.path}/{cart_id}"

    shown = client.send("GET", f"{here}?include=vouchers,{client.items},concrete-products").json

    assert shown["data"] == {
        **plain(client, "GET", here)["data"],
        "relationships": {
            client.items: {
                "data": [
                    {"type": client.items, "id": "apple"},
                    {"type": client.items, "id": "pear & plum"},
                ]
            }
        },
    }
    assert shown["included"] == [
        {
            "type": client.items,
            "id": sku,
            "attributes": {
                "sku": sku,
                "quantity": quantity,
                "groupKey": sku,
                "abstractSku": None,
                "amount": None,
                "calculations": dict.fromkeys(PRICES),
                "salesUnit": None,
                "selectedProductOptions": [],
            },
            "links": {"self": f"{PUBLIC_URL}{here}/{client.items}/{quote(sku)}"},
        }
        for sku, quantity in (("apple", 2), ("pear & plum", 1))
    ]


def test_what_cannot_be_included_is_ignored(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    here = f"{client.path}/{cart_id}"
    (others,) = {"items", "guest-cart-items"} - {client.items}
    nothing = plain(client, "GET", here)

    assert nothing.keys() == {"data"}
    assert "relationships" not in nothing["data"]
    for included in ("", ",", "vouchers", "item", client.items.upper(), client.kind, others):
        assert plain(client, "GET", f"{here}?include={included}") == nothing, included


def test_every_answer_with_a_cart_can_include_its_items(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    assert contents(client.add(cart_id, "pear", 1).json) == {"apple": 2, "pear": 1}
    assert contents(client.set(cart_id, "pear", 4).json) == {"apple": 2, "pear": 4}
    assert contents(client.describe(cart_id, name="Mine").json) == {"apple": 2, "pear": 4}
    assert contents(client.get(cart_id).json) == {"apple": 2, "pear": 4}


def test_an_empty_cart_includes_none(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    client.take(cart_id, "apple")

    assert contents(client.get(cart_id).json) == {}


def test_carts_with_the_same_sku_keep_their_own_quantities(cloud: Cloud) -> None:
    ada = signed_in(cloud)
    carts = [id_of(ada.open()) for _ in range(3)]
    for quantity, cart_id in enumerate(carts, start=1):
        ada.add(cart_id, "a/b", quantity)

    shown = ada.send("GET", "/carts?include=items").json

    assert contents_of_all(shown) == {
        cart_id: {"a/b": quantity} for quantity, cart_id in enumerate(carts, start=1)
    }
    for item in shown["included"]:
        assert item["attributes"]["groupKey"] == item["id"]
        target = item["links"]["self"].removeprefix(PUBLIC_URL)
        assert ada.send("PATCH", target, document("items", quantity=9)).status == 200
    assert set(map(str, ada.carts().values())) == {str({"a/b": 9})}


@pytest.mark.parametrize("sku", ["items", "a/items", "guest-cart-items", "items/a", "tea_{id}"])
def test_a_sku_that_looks_like_a_path_or_a_group_key_names_its_item(cloud: Cloud, sku: str) -> None:
    for client in (signed_in(cloud), guest(cloud)):
        cart_id = id_of(client.open() if client.path == "/carts" else client.fill("tea", 1))
        named = sku.format(id=cart_id)
        client.add(cart_id, "tea", 1)
        shown = client.add(cart_id, named, 2).json
        (link,) = (
            each["links"]["self"].removeprefix(PUBLIC_URL)
            for each in shown["included"]
            if each["attributes"]["sku"] == named
        )

        changed = client.send("PATCH", link, document(client.items, quantity=5))
        assert (changed.status, client.carts()[cart_id][named]) == (200, 5)
        assert client.send("DELETE", link).status == 204
        assert set(client.carts()[cart_id]) == {"tea"}


# Lists


def test_a_guest_without_a_cart_has_an_empty_list(cloud: Cloud) -> None:
    answer = guest(cloud).send("GET", "/guest-carts")

    assert answer.status == 200
    assert answer.json == {"data": [], "links": {"self": f"{PUBLIC_URL}/guest-carts"}}


@pytest.mark.parametrize("query", ["", "?include=items", "?fields[carts]=name&x=%22"])
def test_the_carts_of_a_customer_are_at_two_addresses(cloud: Cloud, query: str) -> None:
    ada = signed_in(cloud)
    for name in ("Picnic", "Party"):
        ada.add(id_of(ada.open(name=name)))

    below = ada.send("GET", f"/customers/DE--ada/carts{query}")
    shown = ada.send("GET", f"/carts{query}").json

    assert below.status == 200
    assert shown["links"] == {"self": f"{PUBLIC_URL}/carts{query}"}
    assert below.json == {
        **shown,
        "links": {"self": f"{PUBLIC_URL}/customers/DE--ada/carts{query}"},
    }
    assert len(shown["data"]) == 2


def test_the_carts_of_another_customer_are_refused(cloud: Cloud) -> None:
    ada, eve = signed_in(cloud), signed_in(cloud, "eve")
    eve.add(id_of(eve.open()))

    for reference in ("DE--eve", "DE--nobody", "x", "ada", "de--ada", "%20"):
        assert ada.send("GET", f"/customers/{reference}/carts").errors == [NOT_YOURS], reference


def test_the_carts_of_a_customer_need_a_token(cloud: Cloud) -> None:
    signed_in(cloud)

    def errors(**headers: str) -> Any:
        return Client(cloud, headers).send("GET", "/customers/DE--ada/carts").errors

    assert errors() == [("002", 403, "Missing access token.")]
    assert errors(authorization="Bearer x") == [("001", 401, "Invalid access token.")]


# Fields


def test_fields_are_chosen_by_type(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    query = f"include={client.items}&fields[{client.kind}]=store,name&fields[{client.items}]=sku"

    for target in (f"{client.path}/{cart_id}?{query}", f"{client.path}?{query}"):
        shown = client.send("GET", target).json
        cart = shown["data"][0] if isinstance(shown["data"], list) else shown["data"]
        assert cart["attributes"].keys() == {"store", "name"}
        assert [item["attributes"] for item in shown["included"]] == [{"sku": "apple"}]


def test_an_answer_to_a_change_has_the_fields_that_were_asked_for(
    somebody: tuple[Client, str],
) -> None:
    client, cart_id = somebody
    target = f"{client.path}/{cart_id}/{client.items}?fields[{client.kind}]=isDefault"

    shown = plain(client, "POST", target, sku="pear", quantity=1)

    assert shown["data"]["attributes"] == {"isDefault": True}


def test_a_cart_that_is_not_there_is_told_in_sprykers_words(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    assert client.get(OTHER_ID).errors == [("101", 404, "Cart with given uuid not found.")]
    assert client.set(cart_id, "none", 1).errors == [
        ("103", 404, "Item with the given group key not found in the cart.")
    ]
