"""The mail did not come: it went to a mistyped address, which is given up for another one."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from itertools import count

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.conftest import MakeCloud
from tests.support.clock import later, standing
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import confirmed
from tests.support.people.quiet import quieted
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, review_form

EMAIL, MISTYPED = "sonia@example.com", "sonja@example.com"
FLOOR = 0.25


def signed_up(cloud: Cloud, email: str = EMAIL, **fields: str) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.sign_up(email, **fields).status == 303
    cloud.drain()
    return shopper


def correct(desk: Shopper, email: str = EMAIL, **fields: str) -> Answer:
    """Sign up with another address, from the page that waits."""
    return desk.sign_up(email, again="1", **fields)


def status_of(cloud: Cloud, email: str) -> str | None:
    found = {customer["email"]: customer["status"] for customer in cloud.customers()}
    return found.get(email)


def test_what_was_typed_is_still_there_but_for_the_passwords(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED, first_name='So"nia', last_name="Łukasz-字")

    page = desk.open("/register?again=1")

    shown = unescape(page.body)
    assert 'value="So"nia"' in shown
    assert 'value="Łukasz-字"' in shown
    assert f'value="{MISTYPED}"' in shown
    assert '<option value="Ms" selected>' in page.body
    assert "checked" not in page.body
    assert PASSWORD not in page.body


def test_the_checkout_is_still_known(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED, **{"from": "checkout"})

    assert 'name="from" value="checkout"' in desk.open("/register?again=1").body


def test_without_asking_for_it_the_form_is_empty(cloud: Cloud) -> None:
    assert MISTYPED not in signed_up(cloud, MISTYPED).open("/register").body


def test_the_abandoned_sign_up_loses_its_link_and_its_code(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED)
    old = dict(desk.cookies)
    mail = cloud.mails[-1]

    correct(desk)
    cloud.drain()

    assert cloud.get_page(mail.link).status == 410
    assert Shopper(cloud, old).send("/register/code", code=mail.code).status == 422
    assert status_of(cloud, MISTYPED) is None
    assert desk.send("/register/code", code=cloud.mails[-1].code).status == 303
    assert status_of(cloud, EMAIL) == "verified"


def test_an_abandoned_address_can_be_signed_up_by_its_owner(cloud: Cloud) -> None:
    correct(signed_up(cloud, MISTYPED))

    owner = signed_up(cloud, MISTYPED)

    assert owner.send("/register/code", code=cloud.mails[-1].code).status == 303


def test_a_mail_of_an_abandoned_sign_up_is_not_sent(cloud: Cloud) -> None:
    desk = Shopper(cloud)
    desk.sign_up(MISTYPED)
    correct(desk)

    with later(timedelta(minutes=10)):
        cloud.sweep()

    assert [mail.to for mail in cloud.mails] == [EMAIL]


def test_the_same_address_in_capitals_is_no_other_one(cloud: Cloud) -> None:
    desk = signed_up(cloud)
    correct(desk, "SONIA@example.com")
    cloud.drain()

    assert desk.send("/register/code", code=cloud.mails[-1].code).status == 303


def test_a_form_with_mistakes_abandons_nothing(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED)

    correct(desk, password="short")

    assert desk.send("/register/code", code=cloud.mails[-1].code).status == 303


def by_the_owner(cloud: Cloud, _desk: Shopper) -> None:
    phone = Shopper(cloud)
    assert phone.send("/confirm", token=cloud.mails[-1].token, password=PASSWORD).status == 303


def by_another_browser(cloud: Cloud, _desk: Shopper) -> None:
    signed_up(cloud, MISTYPED)


def with_a_wrong_secret(_cloud: Cloud, desk: Shopper) -> None:
    name = "__Host-sign_up"
    desk.cookies[name] = "x" * 43 + desk.cookies[name][43:]


@pytest.mark.parametrize("meanwhile", [by_the_owner, by_another_browser, with_a_wrong_secret])
def test_nothing_but_the_own_sign_up_is_abandoned(
    cloud: Cloud, meanwhile: Callable[[Cloud, Shopper], None]
) -> None:
    desk = signed_up(cloud, MISTYPED)
    meanwhile(cloud, desk)
    before = [each for each in cloud.customers() if each["email"] == MISTYPED]

    correct(desk)

    assert [each for each in cloud.customers() if each["email"] == MISTYPED] == before


def test_a_customer_is_not_abandoned(cloud: Cloud) -> None:
    confirmed(cloud, MISTYPED)
    desk = signed_up(cloud, MISTYPED)

    correct(desk)

    assert status_of(cloud, MISTYPED) == "verified"


def test_confirmed_at_this_very_moment_it_stays(cloud: Cloud) -> None:
    desk, token = signed_up(cloud, MISTYPED), cloud.mails[-1].token

    def confirm(call: Call) -> None:
        if "Delete" in str(call.parameters.get("TransactItems")):
            cloud.on_call = None
            Shopper(cloud).send("/confirm", token=token, password=PASSWORD)

    cloud.on_call = confirm
    correct(desk)

    assert status_of(cloud, MISTYPED) == "verified"
    assert status_of(cloud, EMAIL) == "unverified"


def test_what_others_entered_stays_without_the_sign_up(cloud: Cloud) -> None:
    cloud.drop(
        "customer.csv",
        b"customer_reference,email,salutation,first_name,last_name,gender\n"
        b"DE--21,sonja@example.com,Ms,Sonja,Meier,Female\n",
    )
    cloud.drain()
    desk = signed_up(cloud, MISTYPED)
    link = cloud.mails[-1].link

    correct(desk)

    (entered,) = (each for each in cloud.customers() if each["email"] == MISTYPED)
    assert (entered["reference"], entered["first_name"]) == ("DE--21", "Sonja")
    assert "sign_up" not in entered
    # It is the only link that the owner has now: it leads to what was entered.
    assert cloud.get_page(link).status == 200
    assert "Sonja" in cloud.get_page(link).body


@pytest.mark.parametrize("is_known", [True, False])
def test_abandoning_takes_the_same_time_for_every_address(
    cloud: Cloud, taken: list[float], is_known: bool
) -> None:
    if is_known:
        confirmed(cloud, MISTYPED)
    desk = signed_up(cloud, MISTYPED)
    taken.clear()

    correct(desk)

    assert sum(taken) == pytest.approx(FLOOR)


def test_a_plain_form_gives_nothing_up(cloud: Cloud) -> None:
    """Two people at one desk: each has signed up."""
    desk = signed_up(cloud, MISTYPED)
    link = cloud.mails[-1].link

    desk.sign_up(EMAIL)

    assert cloud.get_page(link).status == 200
    assert status_of(cloud, MISTYPED) == "unverified"


def test_a_failure_to_give_up_leaves_the_new_sign_up_whole(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED)
    seen = count()

    def fail(call: Call) -> None:
        if call.operation == "TransactWriteItems" and next(seen):
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    cloud.on_call = fail
    answer = correct(desk)
    cloud.on_call = None
    cloud.drain()

    assert answer.status == 303
    assert desk.send("/register/code", code=cloud.mails[-1].code).status == 303
    assert status_of(cloud, EMAIL) == "verified"


def test_a_stranger_who_gives_up_leaves_the_owner_a_link(cloud: Cloud) -> None:
    """The stranger's sign-up has replaced the owner's, and its mail is the owner's only one."""
    signed_up(cloud, MISTYPED)
    stranger = signed_up(cloud, MISTYPED)
    mail = cloud.mails[-1]

    correct(stranger, "mallory@example.com")

    assert status_of(cloud, MISTYPED) == "unverified"
    form = review_form("another sturdy teapot orbiT")
    assert Shopper(cloud).send("/confirm", token=mail.token, **form).status == 303
    assert stranger.send("/register/code", code=mail.code).status in {303, 422}
    assert status_of(cloud, MISTYPED) == "verified"


def test_who_signed_up_twice_with_the_same_mistake_gives_both_up(cloud: Cloud) -> None:
    desk = signed_up(cloud, MISTYPED)
    desk.sign_up(MISTYPED)
    cloud.drain()

    correct(desk)

    assert cloud.get_page(cloud.mails[-1].link).status == 410
    assert status_of(cloud, MISTYPED) is None


def unknown(_cloud: Cloud) -> None:
    """Nobody has signed up."""


def unconfirmed(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document(email=MISTYPED))


def known(cloud: Cloud) -> None:
    confirmed(cloud, MISTYPED)


def quiet(cloud: Cloud) -> None:
    quieted(cloud, MISTYPED)


KINDS = pytest.mark.parametrize("kind", [unknown, unconfirmed, known, quiet])


@KINDS
def test_giving_up_changes_nothing_of_what_the_address_answers(
    cloud: Cloud, kind: Callable[[Cloud], None]
) -> None:
    def answered() -> str:
        told = cloud.post_json("/customers", customer_document(email=MISTYPED))
        return str(told.json["data"]["id"])

    kind(cloud)
    before = answered()
    for _ in range(2):
        correct(signed_up(cloud, MISTYPED))
        assert answered() == before
    desk = signed_up(cloud, MISTYPED)
    desk.sign_up(MISTYPED)
    correct(desk)

    assert answered() == before


@pytest.mark.parametrize("kind", [unknown, known])
def test_giving_up_brings_no_new_sign_ups(
    make_cloud: MakeCloud, kind: Callable[[Cloud], None]
) -> None:
    cloud = make_cloud(SignUpsPerEmail="4")
    kind(cloud)
    with standing(timedelta(hours=2)):
        desk = Shopper(cloud)
        statuses = []
        for number in range(6):
            statuses.append(desk.sign_up(MISTYPED).status)
            correct(desk, f"other{number}@example.com")

    assert statuses == [303] * 4 + [429] * 2


def test_an_address_that_was_given_up_can_be_imported_and_entered(cloud: Cloud) -> None:
    correct(signed_up(cloud, MISTYPED))
    cloud.drop(
        "customer.csv",
        b"customer_reference,email,salutation,first_name,last_name,gender\n"
        b"DE--21,sonja@example.com,Ms,Sonja,Meier,Female\n",
    )
    cloud.drain()

    assert "DE--21" in {each["reference"] for each in cloud.customers()}
