"""The port ``Outbox``: the fake and DynamoDB obey the same rules."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from registration.adapters import clients
from registration.adapters.fakes import FakeOutbox
from registration.adapters.items import mail_item
from registration.adapters.outbox import DynamoDBOutbox
from registration.application.directory import MailProgress, Waiting
from registration.application.ports import Contested, Outbox
from registration.domain.mails import Mail
from tests.cloud import Cloud
from tests.factories import NOW, a_mail

LATER = NOW + timedelta(hours=20)
Promise = Callable[[Mail], None]


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[Outbox, Promise]:
    if request.param == "fake":
        fake = FakeOutbox()
        return fake, lambda mail: fake.mails.update({mail.mail_id: mail})
    cloud: Cloud = request.getfixturevalue("cloud")

    def promise(mail: Mail) -> None:
        clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=mail_item(mail))

    return DynamoDBOutbox(cloud.outbox_table), promise


@pytest.fixture
def outbox(ports: tuple[Outbox, Promise]) -> Outbox:
    return ports[0]


@pytest.fixture
def promise(ports: tuple[Outbox, Promise]) -> Promise:
    return ports[1]


def test_a_promised_mail_is_there_until_it_is_removed(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail(locale="de_DE"))

    assert outbox.get("token-0000000001") == a_mail(locale="de_DE")
    outbox.remove("token-0000000001")
    assert outbox.get("token-0000000001") is None
    outbox.remove("token-0000000001")


def test_what_waits_is_told_oldest_first(outbox: Outbox, promise: Promise) -> None:
    for minutes in (3, 1, 2, 9):
        at = NOW + timedelta(minutes=minutes)
        promise(a_mail(mail_id=f"mail-{minutes}", promised_at=at))

    assert outbox.waiting_since(NOW + timedelta(minutes=9)) == ["mail-1", "mail-2", "mail-3"]


def test_a_parked_mail_waits_no_more(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())

    outbox.park("token-0000000001", "MessageRejected")

    assert outbox.get("token-0000000001") is None
    assert outbox.waiting_since(LATER) == []


def test_parking_what_is_gone_leaves_nothing_behind(outbox: Outbox, promise: Promise) -> None:
    outbox.park("mail-1", "MessageRejected")

    promise(a_mail(mail_id="mail-1"))
    assert outbox.get("mail-1")


def test_a_links_life_begins_anew_once(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())

    renewed = outbox.renew(a_mail(), LATER)

    assert renewed == a_mail(link_since=LATER)
    assert outbox.get("token-0000000001") == renewed
    with pytest.raises(Contested):
        outbox.renew(a_mail(), LATER + timedelta(seconds=1))


def test_a_mail_that_was_sent_meanwhile_is_not_renewed(outbox: Outbox) -> None:
    with pytest.raises(Contested):
        outbox.renew(a_mail(), LATER)

    assert outbox.get("token-0000000001") is None


def test_the_list_of_customers_is_told_what_is_under_way(cloud: Cloud) -> None:
    fake, real = FakeOutbox(), DynamoDBOutbox(cloud.outbox_table)
    for mail in (a_mail(mail_id="waits"), a_mail(mail_id="parked")):
        fake.mails[mail.mail_id] = mail
        clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=mail_item(mail))
    for each in (fake, real):
        each.park("parked", "MessageRejected")
        assert each.progress(["waits", "parked", "sent", "waits"]) == {
            "waits": MailProgress(Waiting.WAITING, None, NOW),
            "parked": MailProgress(Waiting.PARKED, "MessageRejected", NOW),
        }
        assert each.progress([]) == {}
