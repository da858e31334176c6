"""The owner of a quiet address who asks for a mail gets one about that, and lets mails through."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from registration.adapters import clients
from registration.adapters.mail.recipients import DynamoDBRecipients
from registration.domain.emails import EmailAddress
from tests.support.clock import later
from tests.support.cloud import Answer, Cloud
from tests.support.mail.mailing import ses_event
from tests.support.people.email_changes import mail_to
from tests.support.people.quiet import (
    EMAIL,
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
from tests.support.requests import email_document

Door = Callable[[Cloud, str], Answer]


def by_api(kind: str) -> Door:
    return lambda cloud, email: cloud.post_json(f"/{kind}", email_document(kind, email))


def by_page(path: str) -> Door:
    return lambda cloud, email: Shopper(cloud).send(path, email=email)


DOORS = {
    "new link by the API": by_api("customer-confirmation-requests"),
    "new link": by_page("/confirm/new-link"),
    "forgotten password by the API": by_api("customer-forgotten-password"),
    "forgotten password": by_page("/forgot-password"),
}


def told(cloud: Cloud, email: str = EMAIL) -> str:
    """Ask for a new link with a quiet address; return the token of the mail's link."""
    DOORS["new link"](cloud, email)
    return mail_to(cloud, email).token


def allow(cloud: Cloud, token: str, email: str = EMAIL) -> Answer:
    return Shopper(cloud).send("/allow-mails", token=token, email=email)


@pytest.mark.parametrize("door", DOORS)
def test_who_asks_for_a_mail_gets_through(cloud: Cloud, door: str) -> None:
    quieted(cloud)

    DOORS[door](cloud, EMAIL)

    mail = mail_to(cloud, EMAIL)
    assert mail.link.startswith("/allow-mails?token=")
    assert "you told us that" in mail.text
    assert "/not-me" not in mail.text
    page = Shopper(cloud).open(mail.link)
    assert (page.status, EMAIL in page.body) == (200, False)
    answer = allow(cloud, mail.token)
    assert answer.location == "/register?notice=mails-allowed"
    assert "Our mails reach you again" in text_of(Shopper(cloud).open(answer.location))
    assert claim_on(cloud) is None
    sign_up(cloud)
    assert [item["status"] for item in cloud.customers()] == ["unverified"]
    assert mails_to(cloud) == 3


def test_the_mail_is_in_the_language_of_the_sign_up(cloud: Cloud) -> None:
    sign_up(cloud, localeName="de_DE")
    say_not_me(cloud, not_me_token(cloud))
    told(cloud)

    assert "wieder erreichen" in cloud.mails[-1].subject


def test_it_is_told_once_in_24_hours_whatever_is_asked(cloud: Cloud) -> None:
    quieted(cloud)

    for door in [*DOORS.values(), *DOORS.values()]:
        door(cloud, EMAIL)
    assert mails_to(cloud) == 2
    with later(timedelta(hours=23, minutes=59)):
        DOORS["new link"](cloud, EMAIL)
        assert mails_to(cloud) == 2
    with later(timedelta(hours=24)):
        DOORS["forgotten password"](cloud, EMAIL)
        assert mails_to(cloud) == 3


@pytest.mark.parametrize("lost", [False, True])
def test_two_who_ask_at_once_cause_one_mail(cloud: Cloud, lost: bool) -> None:
    quieted(cloud)
    if lost:
        lose_an_answer(cloud)
    else:
        before_the_write(cloud, lambda: DOORS["forgotten password"](cloud, EMAIL))
    answer = DOORS["new link"](cloud, EMAIL)

    assert answer.status == 303
    assert mails_to(cloud) == 2


def test_a_mail_that_waits_is_sent_all_the_same(cloud: Cloud) -> None:
    """It has no customer, which makes other mails needless."""
    quieted(cloud)
    DOORS["new link"](cloud, EMAIL)

    with later(timedelta(minutes=30)):
        cloud.sweep()

    assert cloud.mails[-1].link.startswith("/allow-mails")


@pytest.mark.parametrize(
    "email", ["other@example.com", "sonia@example.org", "quiet@example.com", "known@example.com"]
)
def test_another_address_is_refused_as_a_wrong_link_is(cloud: Cloud, email: str) -> None:
    quieted(cloud)
    quieted(cloud, "quiet@example.com")
    token = told(cloud)
    before = claim_on(cloud)

    wrong_address, wrong_link = allow(cloud, token, email), allow(cloud, "x" + token)

    for answer in (wrong_address, wrong_link):
        assert answer.status == 422
        assert "do not fit together" in text_of(answer)
    assert claim_on(cloud) == before
    assert is_quiet(cloud, "quiet@example.com")


def test_a_scanner_that_presses_the_button_ends_nothing(cloud: Cloud) -> None:
    quieted(cloud)
    token, shopper = told(cloud), Shopper(cloud)
    shopper.open(f"/allow-mails?token={token}")

    assert shopper.send("/allow-mails", token=token, email="").status == 422
    assert shopper.send_as_is("/allow-mails", {"token": token, "email": EMAIL}).status == 403
    assert is_quiet(cloud)


def test_the_address_may_be_typed_in_another_way(cloud: Cloud) -> None:
    quieted(cloud)

    assert allow(cloud, told(cloud), f" {EMAIL.upper()} ").status == 303


def test_the_link_ends_and_works_once(cloud: Cloud) -> None:
    quieted(cloud)
    token = told(cloud)

    with later(timedelta(hours=25)):
        assert allow(cloud, token).status == 422
    assert allow(cloud, token).status == 303
    assert allow(cloud, token).status == 422
    quieted(cloud)
    assert allow(cloud, token).status == 422, "another quiet has another link"


@pytest.mark.parametrize("lost", [False, True])
def test_two_presses_at_once_or_a_lost_answer_end_well(cloud: Cloud, lost: bool) -> None:
    quieted(cloud)
    token = told(cloud)
    if lost:
        lose_an_answer(cloud)
    else:
        before_the_write(cloud, lambda: allow(cloud, token))

    assert allow(cloud, token).status == 303
    assert claim_on(cloud) is None


def test_a_sign_up_at_the_same_moment_is_not_removed(cloud: Cloud) -> None:
    """The quiet ends, and somebody signs up, between the read and the write."""
    quieted(cloud)
    token = told(cloud)
    before_the_write(cloud, lambda: (allow(cloud, token), sign_up(cloud)))

    allow(cloud, token)

    assert len(cloud.customers()) == 1
    assert claim_on(cloud) is not None


def test_an_expired_quiet_that_ttl_has_not_removed_sends_nothing(cloud: Cloud) -> None:
    quieted(cloud)

    with later(timedelta(days=30, seconds=1)):
        for door in DOORS.values():
            door(cloud, EMAIL)
        assert mails_to(cloud) == 1


@pytest.mark.parametrize("kind", ["Bounce", "Complaint", "Delivery"])
def test_a_report_of_ses_on_the_mail_finds_no_customer(cloud: Cloud, kind: str) -> None:
    quieted(cloud)
    told(cloud)
    before = claim_on(cloud)
    cloud.invoke("RecordDeliveryFunction", ses_event(kind, cloud.mails[-1], datetime.now(UTC)))

    assert claim_on(cloud) == before
    assert cloud.customers() == []
    recipients = DynamoDBRecipients(cloud.customers_table)
    assert recipients.reference_of(EmailAddress(EMAIL)) is None


def test_what_is_stored_of_a_quiet_address(cloud: Cloud) -> None:
    reference = quieted(cloud)
    told(cloud)

    found = clients.dynamodb().scan(TableName=cloud.customers_table)["Items"]
    (item,) = [each for each in found if each["entity"]["S"] == "claim"]
    assert item["reference"]["S"].startswith("NOBODY--")
    assert item["alias"]["S"] == reference
    assert set(item) == {
        "PK", "SK", "entity", "reference", "alias", "attempt_id", "verified", "expires_at",
        "sign_ups", "quiet_since", "told_at",
    }  # fmt: skip
