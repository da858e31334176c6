"""``ETag`` and ``If-Match``: a client changes the details of the cart that it has seen."""

from typing import Any

from tests.support.cloud import Answer, Cloud
from tests.support.people.carts import (
    OPENED,
    OTHER_ID,
    Client,
    document,
    guest,
    id_of,
    signed_in,
)

MISSING = ("005", 428, "If-Match header is missing.")
WRONG = ("006", 412, "If-Match header value is invalid.")
NO_CART = ("101", 404, "Cart with given uuid not found.")


def tag_of(answer: Answer) -> str:
    return answer.headers["etag"]


def test_every_answer_with_one_cart_has_its_tag(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    answers = [
        client.get(cart_id),
        client.add(cart_id, "pear", 1),
        client.set(cart_id, "pear", 2),
        client.describe(cart_id, name="Mine"),
    ]

    tags = [tag_of(answer) for answer in answers]
    assert len(set(tags)) == len(tags)
    for tag in tags:
        assert tag.startswith('"')
        assert tag.endswith('"')
    assert tag_of(client.get(cart_id)) == tags[-1]
    assert "etag" not in client.send("GET", client.path).headers


def test_a_new_cart_has_its_tag(cloud: Cloud) -> None:
    ada, someone = signed_in(cloud), guest(cloud)

    opened, filled = ada.open(), someone.fill()

    assert tag_of(opened) == tag_of(ada.get(id_of(opened)))
    assert tag_of(filled) == tag_of(someone.get(id_of(filled)))


def test_a_cart_that_was_seen_as_it_is_can_be_changed(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody

    for form in ('"{}"', "{}", 'W/"{}"', ' "{}" ', "*"):
        seen = form.format(tag_of(client.get(cart_id)).strip('"'))
        answer = client.describe(cart_id, seen, name=form)
        assert answer.status == 200, form
        assert answer.json["data"]["attributes"]["name"] == form


WRONG_TAGS = ['"0"', '"999"', "x", '"', '""', "**", '"*"', "-1", "1.0", '"²"', "9" * 4000]


def test_another_tag_changes_nothing(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    before = client.get(cart_id).json

    for wrong in WRONG_TAGS:
        assert client.describe(cart_id, wrong, name="Mine").errors == [WRONG], wrong
    assert client.get(cart_id).json == before


def test_of_two_that_have_seen_the_same_cart_the_first_changes_it(
    somebody: tuple[Client, str],
) -> None:
    client, cart_id = somebody
    seen = tag_of(client.get(cart_id))

    first = client.describe(cart_id, seen, name="First")

    assert client.describe(cart_id, seen, name="Second").errors == [WRONG]
    assert client.describe(cart_id, tag_of(first), name="Third").status == 200


def test_an_item_that_came_in_makes_a_tag_old(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    seen = tag_of(client.get(cart_id))
    client.add(cart_id, "pear", 1)

    assert client.describe(cart_id, seen, name="Mine").errors == [WRONG]


def test_a_customer_says_what_was_seen(cloud: Cloud) -> None:
    ada = signed_in(cloud)
    body = document("carts", name="Mine")
    targets = [f"/carts/{id_of(ada.open())}", f"/carts/{OTHER_ID}"]
    before = cloud.state()

    for target in targets:
        assert ada.send("PATCH", target, body).errors == [MISSING]
        assert ada.send("PATCH", target, body, if_match=" ").errors == [MISSING]
    assert cloud.state() == before


def test_a_guest_need_not_say_what_was_seen(cloud: Cloud) -> None:
    someone = guest(cloud)
    target = f"/guest-carts/{id_of(someone.fill())}"

    assert someone.send("PATCH", target, document("guest-carts", name="Mine")).status == 200


def test_items_are_changed_whatever_was_seen(somebody: tuple[Client, str]) -> None:
    client, cart_id = somebody
    target = f"{client.path}/{cart_id}/{client.items}/apple"

    answer = client.send("PATCH", target, document(client.items, quantity=5), if_match='"0"')

    assert answer.status == 200


def test_a_cart_that_is_not_there_was_never_seen(somebody: tuple[Client, str]) -> None:
    client, own = somebody
    seen = tag_of(client.get(own))

    for cart_id in (OTHER_ID, "8567km"):
        assert client.describe(cart_id, seen, name="Mine").errors == [WRONG]
        assert client.describe(cart_id, "*", name="Mine").errors == [NO_CART]


def test_what_was_seen_comes_after_who_asks_and_what_for(cloud: Cloud) -> None:
    ada, eve = signed_in(cloud), signed_in(cloud, "eve")
    target = f"/carts/{id_of(ada.open())}"

    def errors(client: Client, body: Any, **headers: str) -> Any:
        return client.send("PATCH", target, body, **headers).errors

    anybody = Client(cloud, {}, "/carts", "items")
    assert errors(anybody, document("carts"))[0][0] == "002"
    assert errors(ada, document("car")) == [(None, 400, "Invalid type.")]
    assert errors(ada, document("carts", **OPENED | {"store": "\n"}))[0][0] == "901"
    assert errors(eve, document("carts"), if_match='"0"')[0][0] == "115"
