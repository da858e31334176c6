"""The port ``Outbox``: the fake and DynamoDB obey the same rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest

from registration.adapters import clients
from registration.adapters.dynamodb.items import Item, mail_item
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.mail.ports import Lease, NotLeased, Outbox, OutboxState
from registration.application.ports import Conflict
from registration.domain.mail.mails import Lane, Mail, MailKind, reminder_of
from tests.fakes.mail import FakeOutbox
from tests.support.cloud import Cloud
from tests.support.factories import NOW, a_mail

LATER = NOW + timedelta(hours=20)
ID = "token-0000000001"
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


def leased(outbox: Outbox, lease_id: str = "lease-1", minutes: float = 0) -> Lease:
    found = outbox.lease(ID, lease_id, NOW + timedelta(minutes=minutes))
    assert isinstance(found, Lease), found
    return found


def found(outbox: Outbox, lane: Lane = Lane.PEOPLE) -> list[str]:
    return [promise.mail_id for promise in outbox.waiting(lane, LATER)]


def test_a_promised_mail_is_there_until_it_is_removed(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail(locale="de_DE"))

    assert outbox.get(ID) == a_mail(locale="de_DE")
    outbox.remove(ID)
    assert outbox.get(ID) is None
    outbox.remove(ID)


def test_waiting_mails_are_found_oldest_first(outbox: Outbox, promise: Promise) -> None:
    order = [3, 1, 2, 9, 7, 5]
    for minutes in order:
        at = NOW + timedelta(minutes=minutes)
        promise(a_mail(mail_id=f"mail-{minutes}", promised_at=at))

    waiting = list(outbox.waiting(Lane.PEOPLE, NOW + timedelta(minutes=9)))

    assert [each.mail_id for each in waiting] == [f"mail-{n}" for n in (1, 2, 3, 5, 7)]
    assert waiting[0].promised_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("lane", Lane)
def test_each_lane_has_its_own_mails(outbox: Outbox, promise: Promise, lane: Lane) -> None:
    for each in Lane:
        promise(a_mail(mail_id=each, lane=each))

    (waiting,) = outbox.waiting(lane, LATER)

    assert (waiting.mail_id, waiting.lane) == (lane, lane)
    assert outbox.get(lane) == a_mail(mail_id=lane, lane=lane)


def test_a_leased_mail_is_nobody_elses_until_the_lease_expires(
    outbox: Outbox, promise: Promise
) -> None:
    promise(a_mail())

    first = leased(outbox)

    assert first.mail == a_mail()
    assert first.until == NOW + timedelta(minutes=2)
    assert outbox.lease(ID, "lease-2", NOW + timedelta(minutes=1.9)) is NotLeased.HELD
    assert leased(outbox, "lease-2", minutes=2).lease_id == "lease-2"


def test_each_further_lease_lasts_longer(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())
    lasted, minutes = [], 0.0

    for number in range(4):
        lease = leased(outbox, f"lease-{number}", minutes)
        lasted.append((lease.until - NOW).total_seconds() / 60 - minutes)
        minutes += lasted[-1]

    assert lasted == [2, 4, 6, 8]


def test_a_lease_asked_for_twice_because_its_answer_was_lost_is_one(
    outbox: Outbox, promise: Promise
) -> None:
    promise(a_mail())

    assert leased(outbox) == leased(outbox)


def test_a_released_mail_can_be_leased_at_once_as_if_for_the_first_time(
    outbox: Outbox, promise: Promise
) -> None:
    promise(a_mail())
    outbox.release(leased(outbox))

    assert leased(outbox, "lease-2").until == NOW + timedelta(minutes=2)


def test_a_sender_that_lost_its_lease_releases_nothing(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())
    lost = leased(outbox)
    leased(outbox, "lease-2", minutes=3)

    outbox.release(lost)

    assert outbox.lease(ID, "lease-3", NOW + timedelta(minutes=4)) is NotLeased.HELD


@pytest.mark.parametrize("end", ["remove", "release"])
def test_a_removed_mail_cannot_be_leased(outbox: Outbox, promise: Promise, end: str) -> None:
    promise(a_mail())
    lease = leased(outbox)
    outbox.remove(ID)
    if end == "release":
        outbox.release(lease)

    assert outbox.lease(ID, "lease-2", LATER) is NotLeased.SENT_BEFORE
    assert outbox.get(ID) is None


def test_a_parked_mail_no_longer_waits(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())
    leased(outbox)

    outbox.park(ID, "MessageRejected")

    assert outbox.get(ID) is None
    assert found(outbox) == []
    assert outbox.lease(ID, "lease-2", LATER) is NotLeased.PARKED_BEFORE
    assert list(outbox.parked("MessageRejected")) == [ID]
    assert list(outbox.parked("suppressed")) == []


@pytest.mark.parametrize("lane", Lane)
def test_a_mail_waits_again_in_its_lane(outbox: Outbox, promise: Promise, lane: Lane) -> None:
    promise(a_mail(lane=lane))
    leased(outbox)
    outbox.park(ID, "suppressed")

    outbox.unpark([ID, "never-there"])

    assert found(outbox, lane) == [ID]
    assert list(outbox.parked("suppressed")) == []
    assert leased(outbox, "lease-2").mail == a_mail(lane=lane)
    assert outbox.get("never-there") is None


def test_parking_a_removed_mail_leaves_nothing_behind(outbox: Outbox, promise: Promise) -> None:
    outbox.park("mail-1", "MessageRejected")

    promise(a_mail(mail_id="mail-1"))
    assert outbox.get("mail-1")


def test_only_the_lease_holder_renews_a_link(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())
    first = leased(outbox)

    outbox.renew(first, LATER)

    assert outbox.get(ID) == a_mail(link_since=LATER)
    leased(outbox, "lease-2", minutes=2)
    with pytest.raises(Conflict):
        outbox.renew(first, LATER + timedelta(seconds=1))


def test_a_mail_that_was_sent_meanwhile_is_not_renewed(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())
    lease = leased(outbox)
    outbox.remove(ID)

    with pytest.raises(Conflict):
        outbox.renew(lease, LATER)

    assert outbox.get(ID) is None


def test_a_reminder_waits_in_the_place_of_its_mail(outbox: Outbox, promise: Promise) -> None:
    promise(a_mail())
    leased(outbox)
    due_at = NOW + timedelta(hours=10)

    outbox.remind(reminder_of(a_mail(), due_at))

    reminder = outbox.get(ID)
    assert reminder == a_mail(
        kind=MailKind.CONFIRMATION_REMINDER, promised_at=due_at, lane=Lane.REMINDERS
    )
    assert list(outbox.waiting(Lane.REMINDERS, due_at)) == []
    assert found(outbox, Lane.REMINDERS) == [ID]
    assert found(outbox) == []
    assert leased(outbox, "lease-2").mail == reminder


def test_nobody_is_reminded_of_a_mail_that_is_gone(outbox: Outbox) -> None:
    outbox.remind(reminder_of(a_mail(), LATER))

    assert outbox.get(ID) is None


def test_progress_reports_waiting_and_parked_mails(outbox: Outbox, promise: Promise) -> None:
    for mail_id in ("waits", "held", "parked", "reminds"):
        promise(a_mail(mail_id=mail_id))
    outbox.lease("held", "lease-1", NOW)
    outbox.park("parked", "suppressed")
    outbox.remind(reminder_of(a_mail(mail_id="reminds"), LATER))

    progress = outbox.progress(["waits", "held", "parked", "reminds", "sent", "waits"])

    assert {mail_id: (each.state, each.reason) for mail_id, each in progress.items()} == {
        "waits": (OutboxState.WAITING, None),
        "held": (OutboxState.WAITING, None),
        "parked": (OutboxState.PARKED, "suppressed"),
    }
    assert {each.promised_at for each in progress.values()} == {NOW}
    assert outbox.progress([]) == {}


def test_waiting_mails_are_read_lazily_page_by_page(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.adapters.mail.outbox._PAGE", 5)
    outbox = DynamoDBOutbox(cloud.outbox_table)
    for number in range(60):
        promised_at = NOW - timedelta(seconds=number)
        mail = a_mail(mail_id=f"mail-{number}", promised_at=promised_at)
        clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=mail_item(mail))
    cloud.calls.clear()

    waiting = outbox.waiting(Lane.PEOPLE, LATER)
    oldest = [each.mail_id for each in islice(waiting, 3)]

    assert oldest == ["mail-59", "mail-58", "mail-57"]
    assert [call.operation for call in cloud.calls] == ["Query"] * 4
    rest = [each.mail_id for each in waiting]
    assert rest == [f"mail-{number}" for number in reversed(range(57))]
    assert len(cloud.calls) > 12


def test_an_unreadable_mail_is_leased_all_the_same(cloud: Cloud) -> None:
    outbox = DynamoDBOutbox(cloud.outbox_table)
    item = mail_item(a_mail())
    del item["to"]
    clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=item)

    assert leased(outbox) == replace(leased(outbox), mail=None)


@pytest.mark.parametrize("broken", [{}, {"promised_at": {"S": "noon"}}])
def test_a_broken_mail_is_found_and_stops_no_other(cloud: Cloud, broken: Item) -> None:
    outbox = DynamoDBOutbox(cloud.outbox_table)
    item = {**mail_item(a_mail(mail_id="broken")), **broken}
    if not broken:
        del item["promised_at"]
    clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=item)
    clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=mail_item(a_mail()))

    waiting = [each.mail_id for lane in Lane for each in outbox.waiting(lane, LATER)]

    assert set(waiting) - {"broken"} == {ID}
    assert ("broken" in waiting) is (not broken)
