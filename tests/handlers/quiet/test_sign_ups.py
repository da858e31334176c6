"""Sign-ups with a quiet address: the same answers and calls as ever, no mail, nothing stored."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import patch
from tests.support.people.quiet import (
    EMAIL,
    before_the_write,
    is_quiet,
    lose_an_answer,
    mails_to,
    quieted,
    sign_up,
)
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, registration_form

TYPED = ("Mallory", "Maliciously", "+49 30 666", "Evil Ltd")

Door = Callable[[Cloud, str], Answer]


def by_api(cloud: Cloud, email: str) -> Answer:
    first, last, phone, company = TYPED
    return sign_up(cloud, email, firstName=first, lastName=last, phone=phone, company=company)


def by_form(cloud: Cloud, email: str) -> Answer:
    return Shopper(cloud).sign_up(email, first_name=TYPED[0], last_name=TYPED[1])


def at_the_checkout(cloud: Cloud, email: str) -> Answer:
    shopper = Shopper(cloud)
    shopper.add("mug-stoneware")
    form = registration_form(email=email, first_name=TYPED[0], last_name=TYPED[1])
    return shopper.send("/register", **{**form, "from": "checkout"})


@pytest.mark.parametrize("existing", ["conceal", "reveal"])
@pytest.mark.parametrize("door", [by_api, by_form, at_the_checkout])
def test_it_costs_and_says_what_it_does_for_a_new_address(
    make_cloud: MakeCloud, door: Door, existing: str
) -> None:
    cloud = make_cloud(ExistingEmail=existing)
    quieted(cloud)
    told = []
    for email in ("new@example.com", "new@example.com", EMAIL):
        cloud.calls.clear()
        answer = door(cloud, email)
        calls = [
            (c.operation, len(c.parameters.get("TransactItems", [])))
            for c in cloud.calls
            if not (c.operation == "TransactWriteItems" and "CART#" in str(c.parameters))
        ]
        location = answer.headers.get("location")
        told.append((answer.status, location, len(answer.cookies), calls))

    assert told == [told[0]] * 3
    assert ("TransactWriteItems", 3) in told[0][3]


@pytest.mark.parametrize("existing", ["conceal", "reveal"])
@pytest.mark.parametrize("door", [by_api, by_form, at_the_checkout])
def test_nothing_that_was_typed_is_stored_or_sent(
    make_cloud: MakeCloud, door: Door, existing: str
) -> None:
    cloud = make_cloud(ExistingEmail=existing)
    quieted(cloud)

    for _ in range(3):
        door(cloud, EMAIL.upper())

    kept = json.dumps(cloud.state(), default=str)
    assert not [each for each in TYPED if each in kept]
    assert cloud.customers() == []
    assert mails_to(cloud) == 1


@pytest.mark.parametrize("existing", ["conceal", "reveal"])
def test_the_answered_reference_stays_the_same(make_cloud: MakeCloud, existing: str) -> None:
    cloud = make_cloud(ExistingEmail=existing)
    reference = quieted(cloud)

    with later(timedelta(days=29)):
        answers = [sign_up(cloud).json["data"]["id"] for _ in range(2)]

    assert answers == [reference] * 2


def test_a_key_answers_the_same_again(cloud: Cloud) -> None:
    quieted(cloud)
    headers = {"idempotency-key": "one"}

    def ask(name: str) -> Answer:
        body = json.dumps(customer_document(email=EMAIL, firstName=name))
        more = {"content-type": "application/vnd.api+json", **headers}
        return cloud.request("POST", "/customers", body=body, headers=more)

    first, again, another = ask("Eve"), ask("Eve"), ask("Mallory")

    assert (first.status, again.status, another.status) == (201, 201, 422)
    assert again.body == first.body
    assert mails_to(cloud) == 1


def test_nobody_logs_in(cloud: Cloud) -> None:
    quieted(cloud)
    sign_up(cloud)

    assert sign_in(cloud, EMAIL).status == 401


def test_sign_ups_at_once_are_all_counted(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerEmail="3")
    quieted(cloud)
    raced: list[int] = []
    before_the_write(cloud, lambda: raced.append(sign_up(cloud).status))

    assert (sign_up(cloud).status, raced) == (201, [201])
    assert sign_up(cloud).status == 429


def test_a_lost_answer_sends_nothing_either(cloud: Cloud) -> None:
    reference = quieted(cloud)
    lose_an_answer(cloud)

    answer = sign_up(cloud)

    assert (answer.status, answer.json["data"]["id"]) == (201, reference)
    assert mails_to(cloud) == 1


@pytest.mark.parametrize("existing", ["conceal", "reveal"])
def test_who_wants_the_address_for_an_account_causes_no_mail(
    make_cloud: MakeCloud, existing: str
) -> None:
    cloud = make_cloud(ExistingEmail=existing)
    quieted(cloud)
    who = confirmed(cloud, "other@example.com"), bearer(sign_in(cloud, "other@example.com"))
    shopper = Shopper(cloud)
    shopper.log_in("other@example.com")

    by_the_api = patch(cloud, who, email=EMAIL)
    on_the_page = shopper.send("/account/email", email=EMAIL, password=PASSWORD)

    assert by_the_api.status == 200
    assert on_the_page.location == "/account?notice=email-asked"
    assert mails_to(cloud) == 1
    assert is_quiet(cloud)


def test_a_customer_of_before_is_not_touched(cloud: Cloud) -> None:
    """Another address of the same shop goes on as ever."""
    confirmed(cloud, "other@example.com")
    quieted(cloud)

    assert sign_in(cloud, "other@example.com").status == 201
    assert is_quiet(cloud)
