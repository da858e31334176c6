"""Staff find customers by a shop's own fields, if ``staff_search`` says so."""

from datetime import UTC, datetime
from typing import Any

import pytest

from registration.adapters.directory.directory import DynamoDBDirectory
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.directory import ListCustomers
from registration.entrypoints.shop.fields import customer_fields
from tests.handlers.staff.test_back_office import staff
from tests.support.cloud import Cloud
from tests.support.factories import a_line
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import customer_document
from tests.support.shops import FIELDS, OpenShop

SEARCHED = f"""\
{FIELDS}
[own.nick]
type = "text"
staff_search = true
label = "Nickname"
"""


@pytest.fixture(autouse=True)
def _shop(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop({"fields.toml": SEARCHED})
    cloud.follow_customers()


def sign_up(cloud: Cloud, email: str, **own: Any) -> str:
    answer = cloud.post_json("/customers", customer_document(email=email, adult=True, **own))
    assert answer.status == 201, answer.body
    cloud.index()
    return str(answer.json["data"]["id"])


def found(cloud: Cloud, text: str) -> list[str]:
    outbox = DynamoDBOutbox(cloud.outbox_table)
    directory = DynamoDBDirectory(cloud.customers_table, outbox, customer_fields().searchable)
    rows = ListCustomers(directory, outbox, lambda: datetime.now(UTC)).search(text).rows
    return [row.customer.reference for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "FR40303265045",
        "fr40303",
        "  FR4030 ",
        "wiese",
        "WIES",
        "müll",
        "muller wiese",
        "torres fr4",
    ],
)
def test_a_customer_is_found_by_the_beginning_of_a_word(cloud: Cloud, text: str) -> None:
    reference = sign_up(cloud, "one@example.com", vatNumber="FR40303265045", nick="Müller-Wiese")
    sign_up(cloud, "two@example.com", vatNumber="FR50303265045", nick="Anna")

    assert found(cloud, text) == [reference]


@pytest.mark.parametrize("text", ["303265045", "FR4030326504599", "2019-05-06"])
def test_nobody_is_found_by_what_is_within_or_not_searched(cloud: Cloud, text: str) -> None:
    sign_up(cloud, "one@example.com", vatNumber="FR40303265045", wedding="2019-05-06")

    assert found(cloud, text) == []


def test_a_change_and_leaving_reach_the_index(cloud: Cloud) -> None:
    reference = confirmed(cloud, adult=True, vatNumber="FR40303265045")
    path, session = f"/customers/{reference}", bearer(sign_in(cloud))
    cloud.index()

    change = '{"data": {"type": "customers", "attributes": {"vatNumber": "FR50303265045"}}}'
    cloud.request("PATCH", path, body=change, headers=session)
    cloud.index()

    assert (found(cloud, "fr40"), found(cloud, "fr50")) == ([], [reference])
    cloud.request("DELETE", path, headers=session)
    cloud.index()
    assert cloud.items(cloud.customers_table, "directory_term") == []


def test_a_change_of_what_is_not_searched_writes_no_entry(cloud: Cloud) -> None:
    reference = confirmed(cloud, adult=True, vatNumber="FR40303265045")
    path, session = f"/customers/{reference}", bearer(sign_in(cloud))
    cloud.index()
    cloud.calls.clear()

    change = '{"data": {"type": "customers", "attributes": {"children": 3, "newsletter": true}}}'
    assert cloud.request("PATCH", path, body=change, headers=session).status == 200
    cloud.index()

    assert [call for call in cloud.calls if call.operation == "BatchWriteItem"] == []


def test_own_words_take_no_term_from_the_names_and_have_an_end() -> None:
    many = " ".join(f"word{number}" for number in range(30))
    names = a_line(first_name=many).terms

    terms = a_line(first_name=many, own={"nick": f"Torres {many.replace('word', 'own')}"}).terms

    assert terms[: len(names)] == names
    assert terms[len(names) :] == ("torres", *(f"own{number}" for number in range(7)))


def test_a_field_that_is_no_longer_searched_finds_nobody(cloud: Cloud, open_shop: OpenShop) -> None:
    sign_up(cloud, "one@example.com", nick="Wiese", vatNumber="FR40303265045")
    assert found(cloud, "wiese fr4")

    open_shop()

    assert found(cloud, "fr4")
    assert found(cloud, "wiese") == []


def test_staff_search_in_the_back_office(cloud: Cloud) -> None:
    sign_up(cloud, "one@example.com", vatNumber="FR40303265045")
    sign_up(cloud, "two@example.com", vatNumber="FR50303265045")

    page = cloud.get_page("/back-office/customers?q=FR403", cookies=staff(cloud)).body

    assert "one@example.com" in page
    assert "two@example.com" not in page
