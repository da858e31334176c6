"""Staff download for a customer what is kept about them: editors alone, and on record."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from registration.domain.staff.members import Role
from tests.handlers.staff.test_back_office import LIST, NEW, actions, created, staff, text_of
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import confirmed
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document


def asked(cloud: Cloud, reference: str, cookies: dict[str, str]) -> Answer:
    return cloud.post_form(f"{LIST}/{reference}/data", {}, cookies=cookies)


def read(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def test_an_editor_gets_the_same_file_and_it_is_on_record(cloud: Cloud) -> None:
    reference = confirmed(cloud)
    sonia = Shopper(cloud)
    sonia.log_in()
    sonia.add("mug-stoneware")
    own = json.loads(sonia.send("/account/data", password=PASSWORD).body)
    cookies = staff(cloud)

    answer = asked(cloud, reference, cookies)

    told = read(answer)
    assert answer.headers["content-disposition"] == f'attachment; filename="{reference}.json"'
    assert answer.headers["cache-control"] == "no-store"
    (action,) = told.pop("staffActions")
    assert (action["action"], action["outcome"]) == ("downloaded_data", "begun")
    assert actions(cloud)[-1] == ("downloaded_data", "done")
    del own["staffActions"], own["exportedAt"], told["exportedAt"]
    assert told == own
    page = cloud.get_page(f"{LIST}/{reference}", cookies=cookies)
    assert "Downloaded the customer's data" in text_of(page)


def test_the_file_names_no_member_of_staff(cloud: Cloud) -> None:
    cookies = staff(cloud, email="ada.lovelace@shop.example")
    reference = created(cloud, cookies)
    cloud.get_page(f"{LIST}/{reference}", cookies=cookies)
    # An error's name would tell that somebody has the address.
    confirmed(cloud, "used@example.net")
    cloud.post_form(
        f"{LIST}/{reference}/edit", {**NEW, "email": "used@example.net"}, cookies=cookies
    )

    told = read(asked(cloud, reference, cookies))

    made = [(each["action"], each["outcome"]) for each in told["staffActions"]]
    assert ("edited_customer", "failed") in made
    assert ("created_customer", "done") in made
    assert all(set(each) == {"action", "at", "outcome"} for each in told["staffActions"])
    (member,) = cloud.items(cloud.customers_table, "staff")
    foreign = ("lovelace", "shop.example", member["staff_id"], "EmailInUse", "used@example.net")
    assert [each for each in foreign if each.lower() in json.dumps(told).lower()] == []


def test_a_sign_up_stands_beside_what_staff_entered(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    signed_up = customer_document(email="grace@example.com", firstName="Gracie", company="Cobol")
    assert cloud.post_json("/customers", signed_up).status == 201

    told = read(asked(cloud, reference, cookies))

    assert (told["status"], told["firstName"], told["company"]) == ("unverified", "Grace", "Navy")
    assert (told["signUp"]["firstName"], told["signUp"]["company"]) == ("Gracie", "Cobol")
    assert told["signUp"]["consent"]["origin"] == "api"
    assert told["signUp"]["consent"]["termsVersion"]
    assert told["consent"]["termsVersion"] is None
    assert told["expiresAt"]


def test_a_viewer_gets_nothing_and_sees_no_button(cloud: Cloud) -> None:
    reference = confirmed(cloud)
    viewer, editor = staff(cloud, Role.VIEWER), staff(cloud, email="grace@shop.example")

    answer = asked(cloud, reference, viewer)

    assert answer.status == 403
    assert "sonia" not in answer.body.lower()
    assert f"{reference}/data" not in cloud.get_page(f"{LIST}/{reference}", cookies=viewer).body
    assert f"{reference}/data" in cloud.get_page(f"{LIST}/{reference}", cookies=editor).body
    assert "downloaded_data" not in dict(actions(cloud))


def test_a_form_from_elsewhere_gets_nothing(cloud: Cloud) -> None:
    reference, cookies = confirmed(cloud), staff(cloud)
    form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}

    answer = cloud.request(
        "POST", f"{LIST}/{reference}/data", body="a=b", headers=form, cookies=cookies
    )

    assert answer.status == 403
    assert "sonia" not in answer.body.lower()


def test_nothing_is_handed_out_that_cannot_be_recorded(cloud: Cloud) -> None:
    reference, cookies = confirmed(cloud), staff(cloud)

    def away(call: Call) -> None:
        if call.operation == "TransactWriteItems" and "downloaded_data" in str(call.parameters):
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    cloud.on_call = away
    answer = asked(cloud, reference, cookies)
    cloud.on_call = None

    assert answer.status == 503
    assert "sonia" not in answer.body.lower()


@pytest.mark.parametrize("reference", ["DE--nobody", "gone"])
def test_who_is_gone_has_no_file(cloud: Cloud, reference: str) -> None:
    cookies = staff(cloud)
    if reference == "gone":
        reference = confirmed(cloud)
        cloud.post_form(f"{LIST}/{reference}/anonymise", {}, cookies=cookies)

    assert asked(cloud, reference, cookies).status == 404
