"""``fields[type]`` keeps some attributes of the resources of a type, and changes nothing else."""

from typing import Any

import pytest

from registration.entrypoints.web.json_api import with_fields

ITEM: dict[str, Any] = {
    "type": "items",
    "id": "a",
    "attributes": {"sku": "a", "quantity": 2},
    "links": {"self": "https://shop.example/carts/1/items/a"},
}
CART: dict[str, Any] = {
    "type": "carts",
    "id": "1",
    "attributes": {"name": "Picnic", "store": "DE", "totals": {"subtotal": 0}},
    "relationships": {"items": {"data": [{"type": "items", "id": "a"}]}},
    "links": {"self": "https://shop.example/carts/1"},
}
DOCUMENT: dict[str, Any] = {"data": CART, "included": [ITEM]}


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("name", {"name": "Picnic"}),
        ("store, name", {"name": "Picnic", "store": "DE"}),
        ("totals,nothing-of-ours", {"totals": {"subtotal": 0}}),
        ("nam", {}),
        ("id", {}),
        ("", {}),
    ],
)
def test_the_attributes_that_are_named_are_kept(named: str, kept: dict[str, Any]) -> None:
    shown = with_fields(DOCUMENT, {"fields[carts]": named})

    assert shown == {"data": {**CART, "attributes": kept}, "included": [ITEM]}


def test_resources_in_lists_and_included_ones_are_filtered_by_their_own_type() -> None:
    document = {"data": [CART, CART], "links": {"self": "x"}, "included": [ITEM]}

    shown = with_fields(document, {"fields[items]": "quantity", "fields[carts]": "store"})

    assert shown == {
        "data": [{**CART, "attributes": {"store": "DE"}}] * 2,
        "links": {"self": "x"},
        "included": [{**ITEM, "attributes": {"quantity": 2}}],
    }


@pytest.mark.parametrize("query", [{}, {"fields": "name"}, {"fields[customers]": "name"}])
def test_another_question_leaves_everything(query: dict[str, str]) -> None:
    assert with_fields(DOCUMENT, query) == DOCUMENT
