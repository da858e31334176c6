"""One field in one file and nothing else: asked in all five ways in, then kept, shown and told."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import LIST, created, staff
from tests.support.cloud import Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.people.accounts import bearer, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, key_document, registration_form
from tests.support.shops import OpenShop


@dataclass(frozen=True)
class Added:
    """A field's table, a value as people type it, as the API gives it, and as pages show it."""

    table: str
    typed: str
    told: Any
    shown: str


FIELDS = {
    "text": Added('type = "text"\nlongest = 20', "Pond 7", "Pond 7", "Pond 7"),
    "choice": Added(
        'type = "choice"\noptions = {rare = "Rarely seen", tame = "Tame"}',
        *("tame", "tame", "Tame"),
    ),
    "date": Added('type = "date"', "2024-02-29", "2024-02-29", "February 29, 2024"),
    "number": Added('type = "number"\nleast = -5', "-2.5", -2.5, "-2.5"),
    "checkbox": Added('type = "checkbox"', "true", True, "Yes"),
    "consent": Added('type = "consent"\nversion = "7"', "true", True, "A heron"),
}

WAYS: dict[str, Callable[[Cloud, Added], None]] = {}


def way(enter: Callable[[Cloud, Added], None]) -> Callable[[Cloud, Added], None]:
    WAYS[enter.__name__] = enter
    return enter


@way
def form(cloud: Cloud, added: Added) -> None:
    answer = cloud.post_form("/register", registration_form(grey_heron=added.typed))
    assert answer.status == 303


@way
def checkout(cloud: Cloud, added: Added) -> None:
    given = {**registration_form(grey_heron=added.typed), "from": "checkout"}
    assert cloud.post_form("/register", given).status == 303


@way
def api(cloud: Cloud, added: Added) -> None:
    answer = cloud.post_json("/customers", customer_document(greyHeron=added.told))
    assert answer.status == 201
    assert answer.json["data"]["attributes"]["greyHeron"] == added.told


@way
def back_office(cloud: Cloud, added: Added) -> None:
    created(cloud, staff(cloud), grey_heron=added.typed)


@way
def csv(cloud: Cloud, added: Added) -> None:
    row = a_row(email="sonia@example.com") | {"grey_heron": added.typed}
    cloud.drop("customer.csv", a_file(row, columns=row))


@pytest.mark.parametrize("enter", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("kind", FIELDS)
def test_a_field_of_one_file_goes_all_the_way(
    make_cloud: MakeCloud,
    open_shop: OpenShop,
    kind: str,
    enter: Callable[[Cloud, Added], None],
) -> None:
    added = FIELDS[kind]
    asked = 'ask = "optional"\nimport = "optional"\nback_office = "optional"'
    open_shop({"fields.toml": f'[own.grey_heron]\n{added.table}\nlabel = "A heron"\n{asked}'})
    cloud = make_cloud()

    enter(cloud, added)
    cloud.drain()
    reference = cloud.customers()[0]["reference"]
    if enter in (form, checkout, api):
        key = key_document(cloud.mails[-1].token)
        assert cloud.post_json("/customer-confirmation", key).status == 204
        session = bearer(sign_in(cloud))
        read = cloud.request("GET", f"/customers/{reference}", headers=session)
        assert read.json["data"]["attributes"]["greyHeron"] == added.told
        shopper = Shopper(cloud)
        shopper.log_in()
        assert "A heron" in shopper.open("/account").body
        file = json.loads(shopper.send("/account/data", password=PASSWORD).body)
        told = file.get("own") or {"greyHeron": file["consents"][0]["name"] == "greyHeron"}
        assert told == {"greyHeron": added.told}

    cookies = staff(cloud, email="grace@shop.example")
    page = cloud.get_page(f"{LIST}/{reference}", cookies=cookies).body
    assert "A heron" in page
    assert added.shown in page
