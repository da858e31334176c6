"""What is kept of a shop's own fields and consents: told to the customer, and gone with them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from registration.adapters import clients
from tests.handlers.staff.test_back_office import staff
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, key_document
from tests.support.shops import OpenShop

VALUES: dict[str, Any] = {
    "vatNumber": "FR40303265045",
    "size": "l",
    "children": 17,
    "wedding": "2019-05-06",
}
OWN: dict[str, Any] = {**VALUES, "adult": True, "newsletter": True}
TRACES = ("FR40303265045", "fr40303265045", "2019-05-06", "newsletter", "vat_number", "2026-01")


@pytest.fixture(autouse=True)
def _shop(cloud: Cloud, open_shop: OpenShop) -> None:
    open_shop()
    cloud.follow_customers()


def sign_up(cloud: Cloud, key: str | None = None, **given: Any) -> Answer:
    headers = {"idempotency-key": key} if key else {}
    answer = cloud.post_json("/customers", customer_document(adult=True, **given), headers=headers)
    assert answer.status == 201, answer.body
    return answer


def traces(cloud: Cloud, *entities: str) -> set[str]:
    """Return what is kept somewhere of a sign-up with all of them."""
    items = [*cloud.items(cloud.customers_table), *cloud.items(cloud.outbox_table)]
    kept = str([item for item in items if not entities or item["entity"] in entities])
    return {trace for trace in TRACES if trace in kept}


def change(cloud: Cloud, reference: str, **given: Any) -> None:
    document = json.dumps({"data": {"type": "customers", "attributes": given}})
    path, session = f"/customers/{reference}", bearer(sign_in(cloud))
    assert cloud.request("PATCH", path, body=document, headers=session).status == 200


def test_the_file_has_own_fields_and_the_history_of_consents(cloud: Cloud) -> None:
    reference = confirmed(cloud, **OWN)
    change(cloud, reference, newsletter=False)
    shopper = Shopper(cloud)
    assert shopper.log_in().status == 303

    file = json.loads(shopper.send("/account/data", password=PASSWORD).body)

    assert file["own"] == {**VALUES, "adult": True}
    (consent,) = file["consents"]
    assert consent["name"] == "newsletter"
    assert (consent["version"], consent["text"]) == ("2026-01", "Yes, send me the newsletter")
    assert consent["given"]["networkAddress"] == "203.0.113.7"
    assert consent["given"]["at"] < consent["withdrawn"]["at"]


def test_what_the_shop_asks_no_longer_is_in_the_file(cloud: Cloud, open_shop: OpenShop) -> None:
    confirmed(cloud, **OWN)
    open_shop({"fields.toml": ""})
    cloud.forget_processes()
    shopper = Shopper(cloud)
    assert shopper.log_in().status == 303

    file = json.loads(shopper.send("/account/data", password=PASSWORD).body)

    assert file["own"]["vatNumber"] == "FR40303265045"
    assert file["consents"][0]["name"] == "newsletter"


@pytest.mark.parametrize("who", ["customer", "staff"])
def test_leaving_leaves_none(cloud: Cloud, who: str) -> None:
    reference = confirmed(cloud, **OWN)
    change(cloud, reference, newsletter=False)
    cloud.index()
    assert traces(cloud) == set(TRACES)

    if who == "customer":
        path, session = f"/customers/{reference}", bearer(sign_in(cloud))
        assert cloud.request("DELETE", path, headers=session).status == 204
    else:
        page = f"/back-office/customers/{reference}"
        answer = cloud.post_form(f"{page}/anonymise", {}, cookies=staff(cloud))
        assert answer.status == 303, answer.body
    cloud.index()

    assert traces(cloud) == set()


def test_a_later_sign_up_replaces_them_all(cloud: Cloud) -> None:
    sign_up(cloud, **VALUES, newsletter=True)
    cloud.index()

    sign_up(cloud)
    cloud.index()

    assert traces(cloud) == set()
    (customer,) = cloud.customers()
    assert customer["own"] == {"adult": True}


def test_what_nobody_confirms_expires_wherever_it_is(cloud: Cloud) -> None:
    sign_up(cloud, **VALUES, newsletter=True)
    cloud.index()

    items = [*cloud.items(cloud.customers_table), *cloud.items(cloud.outbox_table)]
    holding = [item for item in items if any(trace in str(item) for trace in TRACES)]

    assert {item["entity"] for item in holding} == {"customer", "directory_term"}
    (customer,) = (item for item in holding if item["entity"] == "customer")
    assert customer["expires_at"]
    key = {name: {"S": customer[name]} for name in ("PK", "SK")}
    clients.dynamodb().delete_item(TableName=cloud.customers_table, Key=key)
    cloud.index()
    assert cloud.items(cloud.customers_table, "directory_term") == []


def test_a_key_keeps_none_of_them(cloud: Cloud) -> None:
    sign_up(cloud, "a-key", **VALUES, newsletter=True)

    assert traces(cloud, "receipt") == set()


def test_consents_of_a_stranger_end_with_the_strangers_sign_up(cloud: Cloud) -> None:
    sign_up(cloud, **VALUES, newsletter=True)
    with later(timedelta(minutes=5)):
        sign_up(
            cloud, password="another teapot in orbit", confirmPassword="another teapot in orbit"
        )
        cloud.drain()
        cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    (customer,) = cloud.customers()
    assert customer["status"] == "verified"
    assert "consents" not in customer


def test_nothing_of_them_is_logged(cloud: Cloud, capfd: pytest.CaptureFixture[str]) -> None:
    confirmed(cloud, **OWN)
    refused = customer_document(
        **OWN | {"children": "Canary-x", "vatNumber": "Canary-y", "size": "Canary-z"}
    )
    assert cloud.post_json("/customers", refused).status == 422
    cloud.index()

    out, err = capfd.readouterr()

    assert "CustomerRegistration" in out
    for told in ("FR40303265045", "2019-05-06", "Canary"):
        assert told not in out + err
