"""The second link of mails to unproven addresses: "It wasn't me"."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.domain.customers import Origin
from registration.domain.emails import EmailAddress
from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import NEW as ENTERED
from tests.handlers.staff.test_back_office import created, staff
from tests.support.clock import later
from tests.support.cloud import Cloud
from tests.support.mail.mailing import promise
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import NEW, OLD, mail_to, patch, proven
from tests.support.people.quiet import (
    EMAIL,
    TICK,
    before_the_write,
    claim_on,
    is_quiet,
    lose_an_answer,
    mails_to,
    not_me_token,
    quieted,
    say_not_me,
    sign_up,
)
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import email_document, key_document


def test_one_press_removes_the_sign_up_and_keeps_the_address_quiet(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)

    page = say_not_me(cloud, token)

    assert page.status == 200
    assert cloud.customers() == []
    assert is_quiet(cloud)
    assert mails_to(cloud) == 1
    sign_up(cloud)
    assert (cloud.customers(), mails_to(cloud)) == ([], 1)


def test_the_result_says_until_when_and_how_to_get_through_later(cloud: Cloud) -> None:
    sign_up(cloud)
    token, shopper = not_me_token(cloud), Shopper(cloud)

    answer = shopper.send("/not-me", token=token, **TICK)

    until = datetime.fromtimestamp(int((claim_on(cloud) or {})["expires_at"]), UTC)
    page = shopper.follow(answer)
    assert answer.status == 303
    assert f"until {until:%B} {until.day}, {until.year}" in text_of(page)
    assert 'href="/confirm/new-link"' in page.body
    again = shopper.open("/not-me/done?until=soon")
    assert (again.status, "soon" in again.body) == (200, False)


def test_the_page_tells_nothing_that_a_stranger_typed(cloud: Cloud) -> None:
    sign_up(cloud, firstName="Buynow", lastName="Cheaply")

    page = Shopper(cloud).open(f"/not-me?token={not_me_token(cloud)}")

    assert page.status == 200
    assert EMAIL in page.body
    assert "Buynow" not in page.body
    assert "Cheaply" not in page.body
    assert 'name="not_me" type="checkbox" value="true" required' in page.body
    assert "checked" not in page.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_removes_nothing(cloud: Cloud, method: str) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)
    before = cloud.state()

    answer = cloud.request(method, f"/not-me?token={token}&not_me=true")

    assert answer.status == 200
    assert cloud.state() == before


@pytest.mark.parametrize("ticked", [{}, {"not_me": ""}, {"not_me": "false"}, {"not_me": "on"}])
def test_a_scanner_that_presses_every_button_removes_nothing(
    cloud: Cloud, ticked: dict[str, str]
) -> None:
    sign_up(cloud)
    token, shopper = not_me_token(cloud), Shopper(cloud)
    shopper.open(f"/not-me?token={token}")
    before = cloud.state()

    answer = shopper.send("/not-me", token=token, **ticked)

    assert answer.status == 422
    assert 'id="not_me-error"' in answer.body
    assert cloud.state() == before


def test_a_form_of_another_site_removes_nothing(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)

    assert Shopper(cloud).send_as_is("/not-me", {"token": token, **TICK}).status == 403
    assert len(cloud.customers()) == 1


def test_a_second_press_says_that_it_is_done(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)
    say_not_me(cloud, token)

    again = say_not_me(cloud, token)

    assert again.status == 410
    assert "no sign-up" in text_of(again)
    assert Shopper(cloud).open(f"/not-me?token={token}").status == 410


def test_who_confirmed_meanwhile_is_told_of_a_new_password(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    page = say_not_me(cloud, token)

    assert page.status == 410
    assert 'href="/forgot-password"' in page.body
    assert len(cloud.customers()) == 1
    assert not is_quiet(cloud)


def test_the_link_of_an_earlier_mail_removes_nothing_of_the_newer_sign_up(cloud: Cloud) -> None:
    sign_up(cloud)
    earlier = not_me_token(cloud)
    sign_up(cloud, firstName="Eve")
    newer = not_me_token(cloud)
    assert earlier != newer

    assert say_not_me(cloud, earlier).status == 410
    assert len(cloud.customers()) == 1
    assert say_not_me(cloud, newer).status == 200


def test_it_works_for_as_long_as_the_sign_up_does(cloud: Cloud) -> None:
    """Longer than the link that confirms."""
    sign_up(cloud)
    token = not_me_token(cloud)

    with later(timedelta(days=29)):
        assert Shopper(cloud).open(f"/not-me?token={token}").status == 200
    with later(timedelta(days=30, minutes=1)):
        assert say_not_me(cloud, token).status == 410
    assert not is_quiet(cloud)


@pytest.mark.parametrize("spoilt", ["", "x", "DE--1.a.00000000.sig"])
def test_a_wrong_token_gets_a_page(cloud: Cloud, spoilt: str) -> None:
    assert Shopper(cloud).open(f"/not-me?token={spoilt}").status == 410
    assert say_not_me(cloud, spoilt).status == 410


def test_neither_link_does_what_the_other_does(cloud: Cloud) -> None:
    sign_up(cloud)
    not_me = not_me_token(cloud)
    confirm = cloud.mails[-1].token

    assert say_not_me(cloud, confirm).status == 410
    assert cloud.post_json("/customer-confirmation", key_document(not_me)).status == 422
    assert [item["status"] for item in cloud.customers()] == ["unverified"]


def test_the_reminder_has_the_same_link(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ReminderHours="4")
    sign_up(cloud)
    token = not_me_token(cloud)
    with later(timedelta(hours=21)):
        cloud.sweep()
        assert len(cloud.mails) == 2
        assert not_me_token(cloud) == token


def test_no_reminder_comes_afterwards(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ReminderHours="4")
    quieted(cloud)
    with later(timedelta(hours=21)):
        assert mails_to(cloud) == 1


def test_what_staff_entered_goes_too(cloud: Cloud) -> None:
    created(cloud, staff(cloud))
    email = ENTERED["email"]

    assert say_not_me(cloud, not_me_token(cloud, email)).status == 200
    assert cloud.customers() == []
    assert is_quiet(cloud, email)
    assert "entered" not in (claim_on(cloud, email) or {})


def test_what_waits_to_be_sent_is_not_sent(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)
    body = email_document("customer-confirmation-requests", EMAIL)
    cloud.post_json("/customer-confirmation-requests", body)
    assert say_not_me(cloud, token).status == 410, "a newer mail is on its way"
    newest = not_me_token(cloud)
    say_not_me(cloud, newest)

    with later(timedelta(minutes=5)):
        assert mails_to(cloud) == 2


def test_sign_ups_are_counted_on(cloud: Cloud) -> None:
    """Or the end of a limit would tell that the address has become quiet."""
    sign_up(cloud)
    before = (claim_on(cloud) or {})["sign_ups"]

    say_not_me(cloud, not_me_token(cloud))

    assert (claim_on(cloud) or {})["sign_ups"] == before


def test_confirming_at_the_same_moment_wins_if_it_is_first(cloud: Cloud) -> None:
    sign_up(cloud)
    token, key = not_me_token(cloud), cloud.mails[-1].token
    before_the_write(cloud, lambda: cloud.post_json("/customer-confirmation", key_document(key)))

    page = say_not_me(cloud, token)

    assert page.status == 410
    assert 'href="/forgot-password"' in page.body
    assert [item["status"] for item in cloud.customers()] == ["verified"]


def test_confirming_at_the_same_moment_comes_too_late(cloud: Cloud) -> None:
    sign_up(cloud)
    token, key = not_me_token(cloud), cloud.mails[-1].token
    before_the_write(cloud, lambda: say_not_me(cloud, token))

    assert cloud.post_json("/customer-confirmation", key_document(key)).status == 422
    assert cloud.customers() == []
    assert is_quiet(cloud)


def test_a_sign_up_at_the_same_moment_that_is_first_stays(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)
    before_the_write(cloud, lambda: sign_up(cloud, firstName="Eve"))

    assert say_not_me(cloud, token).status == 410
    assert [item["first_name"] for item in cloud.customers()] == ["Eve"]
    assert not is_quiet(cloud)


def test_a_sign_up_at_the_same_moment_that_is_second_is_not_written(cloud: Cloud) -> None:
    reference = sign_up(cloud).json["data"]["id"]
    token = not_me_token(cloud)
    before_the_write(cloud, lambda: say_not_me(cloud, token))

    answer = sign_up(cloud, firstName="Eve")

    assert (answer.status, answer.json["data"]["id"]) == (201, reference)
    assert cloud.customers() == []
    assert mails_to(cloud) == 1


def test_a_lost_answer_is_asked_for_again(cloud: Cloud) -> None:
    sign_up(cloud)
    token = not_me_token(cloud)
    lose_an_answer(cloud)

    assert say_not_me(cloud, token).status == 200
    assert is_quiet(cloud)


def test_an_address_that_somebody_wanted_for_an_account_is_taken_out_of_it(cloud: Cloud) -> None:
    who = confirmed(cloud), bearer(sign_in(cloud))
    patch(cloud, who, email=NEW)
    token, link = not_me_token(cloud, NEW), cloud.mails[-1].token

    page = say_not_me(cloud, token)

    assert page.status == 200
    assert OLD not in page.body, "nothing of whose account it is"
    (customer,) = cloud.customers()
    assert (customer["status"], customer["email"]) == ("verified", OLD)
    assert "new_email" not in customer
    assert is_quiet(cloud, NEW)
    assert not is_quiet(cloud, OLD)
    assert proven(cloud, link).status == 410
    assert say_not_me(cloud, token).status == 410


@pytest.mark.parametrize("lost", [False, True])
def test_an_address_with_a_claim_keeps_it(cloud: Cloud, lost: bool) -> None:
    who = confirmed(cloud), bearer(sign_in(cloud))
    patch(cloud, who, email=NEW)
    token = not_me_token(cloud, NEW)
    sign_up(cloud, NEW)
    mail_to(cloud, NEW)
    before = claim_on(cloud, NEW)
    if lost:
        lose_an_answer(cloud)

    assert say_not_me(cloud, token).status == 200
    assert claim_on(cloud, NEW) == before
    assert "new_email" not in next(c for c in cloud.customers() if c["reference"] == who[0])


def test_proving_at_the_same_moment_wins_if_it_is_first(cloud: Cloud) -> None:
    who = confirmed(cloud), bearer(sign_in(cloud))
    patch(cloud, who, email=NEW)
    token, link = not_me_token(cloud, NEW), cloud.mails[-1].token
    before_the_write(cloud, lambda: proven(cloud, link))

    assert say_not_me(cloud, token).status == 410
    assert [item["email"] for item in cloud.customers()] == [NEW]


def test_the_quiet_ends(cloud: Cloud) -> None:
    quieted(cloud)

    with later(timedelta(days=30, seconds=1)):
        assert sign_up(cloud).status == 201
        assert len(cloud.customers()) == 1
        assert mails_to(cloud) == 2


def test_a_mail_that_waits_already_does_not_reach_a_quiet_address(cloud: Cloud) -> None:
    """Somebody wants the address for an account, and that mail waits; another one was disowned."""
    maria = confirmed(cloud, "maria@example.com"), bearer(sign_in(cloud, "maria@example.com"))
    sign_up(cloud)
    token = not_me_token(cloud)
    patch(cloud, maria, email=EMAIL)

    say_not_me(cloud, token)

    assert mails_to(cloud) == 1


def test_a_mail_of_an_import_that_waits_does_not_reach_a_quiet_address(cloud: Cloud) -> None:
    quieted(cloud)
    where: Any = {"TableName": cloud.customers_table}
    key = keys.claim(EmailAddress(EMAIL).normalised)
    quiet = clients.dynamodb().get_item(Key=key, **where)["Item"]
    clients.dynamodb().delete_item(Key=key, **where)
    name, _, _ = EMAIL.partition("@")

    promise(cloud, name, origin=Origin.IMPORT)
    clients.dynamodb().delete_item(Key=keys.customer(f"DE--{name}"), **where)
    clients.dynamodb().put_item(Item=quiet, **where)

    assert mails_to(cloud) == 1
