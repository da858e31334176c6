"""Unconfirmed customers get one reminder before the link expires, if the setting is on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.domain.customers import Origin
from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import Cloud, Killed
from tests.support.mail.mailing import Failing, promise, ses_event, sign_up, unsent
from tests.support.requests import email_document, key_document

SONIA = "sonia@example.com"


@pytest.fixture
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud(ReminderHours="4", ConfirmLinkHours="24")


def sweep_in(cloud: Cloud, hours: float) -> Any:
    with later(timedelta(hours=hours)):
        return cloud.sweep()


def test_nobody_is_reminded_by_default(make_cloud: MakeCloud) -> None:
    cloud = make_cloud()
    sign_up(cloud)
    cloud.drain()

    assert unsent(cloud) == []
    sweep_in(cloud, 21)
    assert len(cloud.mails) == 1


def test_an_unconfirmed_customer_is_reminded_once_with_the_same_link(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    for early in (1, 19, 20):
        sweep_in(cloud, early)
    assert len(cloud.mails) == 1

    for late in (20.2, 20.4, 23):
        sweep_in(cloud, late)

    first, reminder = cloud.mails
    assert reminder.link == first.link
    assert reminder.subject != first.subject
    assert unsent(cloud) == []
    with later(timedelta(hours=23)):
        key = key_document(reminder.token)
        assert cloud.post_json("/customer-confirmation", key).status == 204


def test_a_reminder_costs_no_write_more_until_it_is_due(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.calls.clear()

    cloud.drain()

    sender = [c.operation for c in cloud.calls if c.service in {"dynamodb", "sesv2"}]
    assert sender == ["UpdateItem", "BatchGetItem", "SendEmail", "UpdateItem"]


def test_a_confirmed_customer_is_not_reminded(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    key = key_document(cloud.mails[0].token)
    assert cloud.post_json("/customer-confirmation", key).status == 204

    sweep_in(cloud, 21)

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_only_the_newest_link_has_a_reminder(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    document = email_document("customer-confirmation-requests", SONIA)
    cloud.post_json("/customer-confirmation-requests", document)
    cloud.drain()

    sweep_in(cloud, 21)

    assert [mail.link for mail in cloud.mails[1:]] == [cloud.mails[1].link] * 2


@pytest.mark.parametrize("kind", ["Permanent", "Transient", "complaint"])
def test_an_address_that_bounced_is_not_reminded(cloud: Cloud, kind: str) -> None:
    sign_up(cloud)
    cloud.drain()
    event = "Complaint" if kind == "complaint" else "Bounce"
    more = {} if kind == "complaint" else {"bounceType": kind}
    told = ses_event(event, cloud.mails[0], datetime.now(UTC), **more)
    cloud.invoke("RecordDeliveryFunction", told)

    sweep_in(cloud, 21)

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_customer_who_got_the_mail_is_reminded(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    told = ses_event("Delivery", cloud.mails[0], datetime.now(UTC))
    cloud.invoke("RecordDeliveryFunction", told)

    sweep_in(cloud, 21)

    assert len(cloud.mails) == 2


def test_nobody_is_reminded_of_an_expired_link(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()

    sweep_in(cloud, 25)

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_link_too_short_for_a_reminder_has_none(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ReminderHours="4", ConfirmLinkHours="4")
    sign_up(cloud)

    cloud.drain()

    assert unsent(cloud) == []


def test_a_mail_that_was_sent_does_not_wait_because_its_reminder_does(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    (reminder,) = unsent(cloud)
    mail_id = reminder["PK"].removeprefix("MAIL#")

    assert DynamoDBOutbox(cloud.outbox_table).progress([mail_id]) == {}
    assert sweep_in(cloud, 10) == {"tried": 0, "accepted": 0, "left": 0}


def test_reminders_wait_until_people_have_their_mail(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    with later(timedelta(hours=21)) as clock:
        promise(cloud, "late")
        promise(cloud, "imported", origin=Origin.IMPORT)
        clock.shift(timedelta(minutes=6))
        cloud.sweep()

    to = [mail.to for mail in cloud.mails]
    assert to == [SONIA, "late@example.com", SONIA, "imported@example.com"]


@pytest.mark.parametrize("operation", ["SendEmail", "DeleteItem"])
def test_a_sender_that_dies_reminds_once_all_the_same(cloud: Cloud, operation: str) -> None:
    sign_up(cloud)
    cloud.drain()
    cloud.on_call = Failing(operation, Killed())
    with pytest.raises(Killed):
        sweep_in(cloud, 21)
    cloud.forget_processes()
    if operation == "DeleteItem":
        told = ses_event("Delivery", cloud.mails[1], datetime.now(UTC) + timedelta(hours=21))
        cloud.invoke("RecordDeliveryFunction", told)

    sweep_in(cloud, 21.5)
    sweep_in(cloud, 22)

    assert len(cloud.mails) == 2
    assert unsent(cloud) == []
