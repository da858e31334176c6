"""Staff correct an address: an unproven one at once, a proven one when the new one is proven."""

from datetime import timedelta

import pytest

from registration.domain.staff.members import Role
from tests.handlers.staff.test_back_office import LIST, NEW, created, staff, text_of
from tests.support.clock import later
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import (
    OLD,
    address_of,
    changed,
    claims,
    mail_to,
    proven,
)
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, key_document, review_form

RIGHT = "grace.hopper@example.com"


def correct(cloud: Cloud, cookies: dict[str, str], reference: str, email: str) -> Answer:
    """Save the form of a customer with another address."""
    return cloud.post_form(f"{LIST}/{reference}/edit", {**NEW, "email": email}, cookies=cookies)


def page_of(cloud: Cloud, cookies: dict[str, str], reference: str) -> str:
    return text_of(cloud.get_page(f"{LIST}/{reference}", cookies=cookies))


def last_edit(cloud: Cloud) -> tuple[str, list[str]]:
    found = [item for item in cloud.items(cloud.customers_table) if "#AUDIT" not in item["PK"]]
    edits = [item for item in found if item.get("action") == "edited_customer"]
    newest = max(edits, key=lambda item: item["SK"])
    return newest["outcome"], list(newest.get("fields", ()))


# Unverified


def test_a_typo_is_corrected_at_once_and_the_mail_goes_anew(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    old = cloud.mails[-1].token

    answer = correct(cloud, cookies, reference, RIGHT)

    page = text_of(cloud.get_page(answer.location, cookies=cookies))
    assert "on its way to the new address" in page
    assert RIGHT in page
    assert claims(cloud) == {RIGHT: reference}
    assert last_edit(cloud) == ("done", ["email"])
    assert cloud.get_page(f"/confirm?token={old}").status == 410
    assert cloud.post_json("/customer-confirmation", key_document(old)).status == 422
    token = mail_to(cloud, RIGHT).token
    answer = Shopper(cloud).send("/confirm", token=token, **review_form(PASSWORD))
    assert answer.location == "/account?notice=confirmed"
    assert sign_in(cloud, RIGHT).status == 201


def test_the_form_shows_the_address(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    page = cloud.get_page(f"{LIST}/{reference}/edit", cookies=cookies)

    assert 'value="Grace@example.com"' in page.body


def test_a_mail_to_the_wrong_address_that_still_waits_is_not_sent(cloud: Cloud) -> None:
    cookies = staff(cloud)
    cloud.post_form(f"{LIST}/new", NEW, cookies=cookies)
    (item,) = cloud.customers()
    correct(cloud, cookies, item["reference"], RIGHT)
    cloud.mails.clear()

    with later(timedelta(minutes=20)):
        cloud.sweep()

    assert [mail.to for mail in cloud.mails] == [RIGHT]


def test_a_typo_of_ones_own_sign_up_is_corrected(cloud: Cloud) -> None:
    """The password of the sign-up stays, and confirms the right address."""
    cookies = staff(cloud)
    reference = cloud.post_json("/customers", customer_document()).json["data"]["id"]

    correct(cloud, cookies, reference, RIGHT)

    token = mail_to(cloud, RIGHT).token
    answer = Shopper(cloud).send("/confirm", token=token, way="password", password=PASSWORD)
    assert answer.location == "/account?notice=confirmed"


def test_a_sign_up_with_the_wrong_address_does_not_go_along(cloud: Cloud) -> None:
    """It was noted beside what staff entered, and proves nothing about the right address."""
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    cloud.post_json("/customers", customer_document(email=NEW["email"]))

    correct(cloud, cookies, reference, RIGHT)

    (item,) = cloud.customers()
    assert "sign_up" not in item
    token = mail_to(cloud, RIGHT).token
    answer = Shopper(cloud).send("/confirm", token=token, way="password", password=PASSWORD)
    assert answer.status == 400


def test_the_wrong_address_is_free(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    correct(cloud, cookies, reference, RIGHT)

    assert confirmed(cloud, email=NEW["email"]) != reference


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("owner_verified", [False, True])
def test_an_address_in_use_is_told(cloud: Cloud, verified: bool, owner_verified: bool) -> None:
    cookies = staff(cloud)
    reference = confirmed(cloud) if verified else created(cloud, cookies)
    if owner_verified:
        confirmed(cloud, email=RIGHT)
    else:
        cloud.post_json("/customers", customer_document(email=RIGHT))
    before = claims(cloud)

    answer = correct(cloud, cookies, reference, RIGHT.upper())

    assert answer.status == 422
    assert "E-mail is already used." in text_of(answer)
    assert f'value="{RIGHT.upper()}"' in answer.body
    assert claims(cloud) == before
    assert last_edit(cloud)[0] == "failed"


@pytest.mark.parametrize("email", ["", "nobody", "a@b..c"])
def test_an_address_has_to_be_one(cloud: Cloud, email: str) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    assert correct(cloud, cookies, reference, email).status == 422
    assert address_of(cloud, reference) == NEW["email"]


def test_the_same_address_changes_nothing(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    answer = correct(cloud, cookies, reference, NEW["email"].upper())

    assert answer.location.endswith("unchanged")


def test_the_link_followed_at_the_same_moment_wins(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    token = cloud.mails[-1].token

    def follow(call: Call) -> None:
        if call.operation == "TransactWriteItems" and "EMAIL#" in str(call.parameters):
            cloud.on_call = None
            cloud.post_json("/customer-confirmation", key_document(token))

    cloud.on_call = follow
    answer = correct(cloud, cookies, reference, RIGHT)

    assert answer.status == 503
    assert claims(cloud) == {"grace@example.com": reference}


def test_a_sign_up_with_the_right_address_at_the_same_moment_wins(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)

    def sign_up(call: Call) -> None:
        if call.operation == "TransactWriteItems" and "EMAIL#" in str(call.parameters):
            cloud.on_call = None
            cloud.post_json("/customers", customer_document(email=RIGHT))

    cloud.on_call = sign_up
    assert correct(cloud, cookies, reference, RIGHT).status == 503
    assert claims(cloud)["grace@example.com"] == reference
    assert correct(cloud, cookies, reference, RIGHT).status == 422


def test_viewers_correct_nothing(cloud: Cloud) -> None:
    reference = created(cloud, staff(cloud))
    viewer = staff(cloud, Role.VIEWER, "vera@shop.example")

    assert correct(cloud, viewer, reference, RIGHT).status == 403
    assert claims(cloud) == {"grace@example.com": reference}


# Verified


def test_a_proven_address_stays_until_the_new_one_is_proven(cloud: Cloud) -> None:
    cookies = staff(cloud)
    reference = confirmed(cloud)

    answer = correct(cloud, cookies, reference, RIGHT)

    page = text_of(cloud.get_page(answer.location, cookies=cookies))
    assert "on its way to the new address" in page
    assert f"Not confirmed yet {RIGHT}" in page
    assert address_of(cloud, reference) == OLD
    outcome, fields = last_edit(cloud)
    assert (outcome, fields[0]) == ("done", "email")
    assert proven(cloud, mail_to(cloud, RIGHT).token).status == 303
    page = page_of(cloud, cookies, reference)
    assert RIGHT in page
    assert "Email address changed" in page
    assert "Not confirmed yet" not in page
    assert "Undo" in mail_to(cloud, OLD).text


def test_a_change_of_the_customers_own_is_seen(cloud: Cloud) -> None:
    cookies = staff(cloud)
    who = confirmed(cloud), bearer(sign_in(cloud))

    changed(cloud, who, RIGHT)

    page = page_of(cloud, cookies, who[0])
    assert RIGHT in page
    assert "Email address changed" in page


def test_the_list_finds_the_customer_by_the_new_address(cloud: Cloud) -> None:
    cloud.follow_customers()
    cookies = staff(cloud)
    who = confirmed(cloud), bearer(sign_in(cloud))
    cloud.index()
    changed(cloud, who, RIGHT)
    cloud.index()

    for query in (RIGHT, "grace.h"):
        assert who[0] in cloud.get_page(f"{LIST}?q={query}", cookies=cookies).body
    assert who[0] not in cloud.get_page(f"{LIST}?q=sonia@e", cookies=cookies).body
    # Who calls because the address was changed is found by the former one, too.
    assert who[0] in cloud.get_page(f"{LIST}?q={OLD}", cookies=cookies).body


def test_anonymising_frees_every_address(cloud: Cloud) -> None:
    cookies = staff(cloud)
    who = confirmed(cloud), bearer(sign_in(cloud))
    changed(cloud, who, RIGHT)
    correct(cloud, cookies, who[0], "third@example.com")

    cloud.post_form(f"{LIST}/{who[0]}/anonymise", {}, cookies=cookies)

    assert claims(cloud) == {}
    assert not any(email in str(cloud.state()) for email in (OLD, RIGHT, "third@"))
