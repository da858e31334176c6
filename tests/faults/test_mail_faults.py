"""Senders that fail or die anywhere, alone and in pairs: no mail is lost, no copy is needless.

At each call a sender dies before it, dies after it (so that its answer is lost), or gets an
error. Then its process is discarded, and the schedule runs.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.domain.customers import Origin
from registration.entrypoints.function_app import Failed
from tests.support.clock import later
from tests.support.cloud import Call, Cloud, Killed
from tests.support.mail.mailing import (
    Failing,
    promise,
    refusal,
    sent_to,
    ses_event,
    sweep_later,
    unsent,
)
from tests.support.stack import Json

WAYS = ("dies before", "dies after", "fails")


@dataclass
class Fault:
    """A fault that strikes once, at a given call of a sender."""

    way: str
    at: int
    operation: str = ""
    calls: int = 0
    latest: str = ""

    def __call__(self, call: Call) -> None:
        # The consecutive queries of the index's shards count as one call.
        again, self.latest = call.operation == self.latest == "Query", call.operation
        self.calls += not again
        if self.calls <= self.at or self.operation:
            return
        self.operation = call.operation
        if self.way == "fails":
            # An error that is not retried.
            error = {"Error": {"Code": "ValidationException", "Message": "no"}}
            raise ClientError(error, call.operation)  # type: ignore[arg-type]
        raise Killed

    @property
    def excuses_a_copy(self) -> bool:
        """Whether the fault struck between SES's acceptance and the removal."""
        if self.operation == "SendEmail":
            return self.way == "dies after"
        return self.operation == "DeleteItem" and self.way != "dies after"


def run(cloud: Cloud, fault: Fault | None = None, *, hours: float | None = None) -> None:
    """Run a new process, called by the stream or, after some hours, by the schedule.

    The stream calls only once: the schedule has to find the mails that it loses.
    """
    cloud.forget_processes()
    event = stream_event(cloud)
    if fault and fault.way == "dies after":
        cloud.on_answer = fault
    else:
        cloud.on_call = fault
    try:
        if hours is None:
            cloud.invoke("SendEmailFunction", event)
        else:
            sweep_later(cloud, timedelta(hours=hours))
    except (Killed, Failed):
        pass
    finally:
        cloud.on_call = cloud.on_answer = None


def stream_event(cloud: Cloud) -> Json:
    """Return the stream's records of the mails in the outbox."""
    records = []
    for number, mail in enumerate(unsent(cloud)):
        image = {"PK": {"S": mail["PK"]}, "waiting": {"S": mail.get("waiting", "")}}
        change = {"Keys": {"PK": image["PK"]}, "NewImage": image, "SequenceNumber": str(number)}
        records.append({"eventName": "INSERT", "dynamodb": change})
    return {"Records": records}


def strike_everywhere(
    scenario: Callable[[Fault], bool], ways: tuple[str, ...] = WAYS, first: int = 0, step: int = 1
) -> int:
    """Run a scenario with each fault at each call; it returns whether the fault struck.

    ``first`` is the call to begin at, ``step`` the distance to the next.
    """
    struck = 0
    for way in ways:
        for at in count(first, step):
            if not scenario(Fault(way, at)):
                break
            struck += 1
    return struck


def recover(cloud: Cloud) -> None:
    """Run the schedule until the outbox is empty, for a day at most."""
    for hours in (0.2, 1, 2, 4, 24):
        if unsent(cloud):
            run(cloud, hours=hours)


def check(cloud: Cloud, emails: list[str], *faults: Fault) -> int:
    """Check that each mail was sent, and not more often than allowed; return the copies."""
    counted = Counter(sent_to(cloud))
    assert unsent(cloud) == [], faults
    assert sorted(counted) == sorted(emails), faults
    copies = counted.total() - len(emails)
    assert copies <= sum(fault.excuses_a_copy for fault in faults), faults
    for email in emails:
        assert len({mail.link for mail in cloud.mails if mail.to == email}) == 1, faults
    cloud.mails.clear()
    return copies


def test_no_fault_at_any_call_loses_a_mail(cloud: Cloud, request: pytest.FixtureRequest) -> None:
    numbers, operations, copies = count(), set(), []

    def scenario(fault: Fault) -> bool:
        # Two mails, so that the quota is read as well.
        names = [f"a{next(numbers)}", f"b{next(numbers)}"]
        promise(cloud, *names)
        run(cloud, fault)
        recover(cloud)
        copies.append(check(cloud, [f"{name}@example.com" for name in names], fault))
        operations.add(fault.operation)
        return bool(fault.operation)

    points = strike_everywhere(scenario)

    request.node.user_properties.append(("crash points", points))
    request.node.user_properties.append(("mails sent twice", sum(copies)))
    assert operations - {""} == {
        "GetParameter",
        "UpdateItem",
        "BatchGetItem",
        "GetSecretValue",
        "GetAccount",
        "SendEmail",
        "DeleteItem",
    }
    assert points >= 3 * 10
    assert sum(copies) <= 2 * 3


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(32, id="each thirty-second pair"),
        pytest.param(1, id="each pair", marks=pytest.mark.endurance),
    ],
)
def test_two_faults_one_after_the_other_lose_no_mail(
    cloud: Cloud, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The second fault strikes the process that the schedule starts after the first."""
    monkeypatch.setattr("registration.adapters.dynamodb.keys._SHARDS", 1)
    numbers, copies = count(), list[int]()
    pairs: list[int] = []

    def with_first(way: str, at: int) -> bool:
        operations = set()

        def scenario(second: Fault) -> bool:
            first, name = Fault(way, at), f"c{next(numbers)}"
            promise(cloud, name)
            run(cloud, first)
            run(cloud, second, hours=0.2)
            recover(cloud)
            copies.append(check(cloud, [f"{name}@example.com"], first, second))
            operations.add(first.operation)
            return bool(first.operation and second.operation)

        pairs.append(strike_everywhere(scenario, WAYS[:2], first=len(pairs) % step, step=step))
        return "" not in operations

    strike_everywhere(lambda first: with_first(first.way, first.at))

    request.node.user_properties.append(("pairs of crash points", sum(pairs)))
    request.node.user_properties.append(("mails sent twice", sum(copies)))
    assert sum(pairs) > 200 / step


@pytest.mark.parametrize("lost", ["the stream's records", "nothing"])
def test_72_hours_without_ses_lose_no_mail_and_send_none_twice(cloud: Cloud, lost: str) -> None:
    away = refusal("InternalServiceErrorException")
    names = [f"person{n}" for n in range(8)]
    rows = [f"row{n}" for n in range(4)]
    with later(timedelta()) as clock:
        cloud.on_call = Failing("SendEmail", always=away)
        for number, name in enumerate(names):
            promise(cloud, name)
            if number == 1:
                promise(cloud, *rows, origin=Origin.IMPORT)
            if lost == "nothing":
                cloud.drain()
            for _ in range(3):
                clock.shift(timedelta(hours=3))
                cloud.sweep()
        assert cloud.mails == []
        assert cloud.sources.given_up == []
        cloud.on_call = None

        for _ in range(4):
            cloud.sweep()
            clock.shift(timedelta(hours=1))

    expected = [*names, *rows]
    assert sorted(sent_to(cloud)) == sorted(f"{name}@example.com" for name in expected)
    assert unsent(cloud) == []
    # The records that are still in the stream change nothing.
    cloud.drain()
    assert len(cloud.mails) == 12


POISONS: dict[str, Json] = {
    "of no kind": {"kind": {"S": "no such mail"}},
    "to nobody": {"to": {"N": "1"}},
    "without a customer": {"reference": {"NULL": True}},
    "of no time": {"link_since": {"S": "noon"}},
    "in no lane": {"lane": {"S": "nowhere"}},
    "with no templates": {"kind": {"S": "confirm_registration"}, "locale": {"S": "../.."}},
}


@pytest.mark.parametrize("called_by", ["the stream", "the schedule"])
@pytest.mark.parametrize("position", range(5))
def test_a_poison_record_is_parked_and_its_neighbours_are_sent_once_each(
    cloud: Cloud, position: int, called_by: str
) -> None:
    names = [f"n{n}" for n in range(5)]
    promise(cloud, *names)
    poison(cloud, names[position], POISONS["of no kind"])

    run(cloud, hours=None if called_by == "the stream" else 0.2)

    others = {f"{name}@example.com" for name in names} - {f"{names[position]}@example.com"}
    assert sorted(sent_to(cloud)) == sorted(others)
    (parked,) = unsent(cloud)
    assert parked["PK"] == f"MAIL#token-{names[position]}"
    assert parked["parked"] == "broken"
    assert cloud.sources.given_up == []


@pytest.mark.parametrize("kind", list(POISONS)[:-1])
@pytest.mark.parametrize("called_by", ["the stream", "the schedule"])
def test_a_poison_mail_is_parked_whatever_its_defect(
    cloud: Cloud, kind: str, called_by: str
) -> None:
    promise(cloud, "a", "poison", "b")
    poison(cloud, "poison", POISONS[kind])

    run(cloud, hours=None if called_by == "the stream" else 0.2)

    assert sorted(sent_to(cloud)) == ["a@example.com", "b@example.com"]
    assert [mail["parked"] for mail in unsent(cloud)] == ["broken"]


def test_a_mail_that_cannot_be_rendered_is_parked_and_sent_after_the_fix(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(cloud, "a", "b", "c")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(
            "registration.entrypoints.rendering.mail_renderer.MailRenderer.__call__", broken
        )
        run(cloud)
    assert [mail["parked"] for mail in unsent(cloud)] == ["broken"] * 3

    assert cloud.invoke("SendEmailFunction", {"unpark": "broken"}) == {"unparked": 3}

    sweep_later(cloud)
    assert len(cloud.mails) == 3
    assert unsent(cloud) == []


@pytest.mark.parametrize("record", [{}, {"dynamodb": {}}, {"dynamodb": {"Keys": {}}}], ids=str)
def test_a_malformed_record_stops_no_neighbour(cloud: Cloud, record: Json) -> None:
    promise(cloud, "a")
    (mail,) = unsent(cloud)
    good = {
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {"PK": {"S": mail["PK"]}},
            "NewImage": {"waiting": {"S": mail["waiting"]}},
            "SequenceNumber": "1",
        },
    }
    event = {"Records": [{"eventName": "INSERT", **record}, good]}

    assert cloud.invoke("SendEmailFunction", event) == {"batchItemFailures": []}

    assert sent_to(cloud) == ["a@example.com"]


def poison(cloud: Cloud, name: str, changes: Json) -> None:
    (attribute, value), *_ = changes.items()
    clients.dynamodb().update_item(
        TableName=cloud.outbox_table,
        Key={"PK": {"S": f"MAIL#token-{name}"}},
        UpdateExpression="SET #attribute = :value",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues={":value": value},
    )


@pytest.mark.parametrize("other", ["the stream again", "the schedule"])
@pytest.mark.parametrize("at", ["BatchGetItem", "SendEmail", "DeleteItem"])
def test_two_senders_at_once_send_a_mail_once(cloud: Cloud, other: str, at: str) -> None:
    """While one sender is in a call, another one gets the same mail."""
    promise(cloud, "a")
    event = stream_event(cloud)

    def call_another(call: Call) -> None:
        if call.operation == at:
            cloud.on_call = None
            if other == "the schedule":
                # As if the stream had lagged behind for minutes.
                with later(timedelta(minutes=1.9)):
                    cloud.invoke("SendEmailFunction", sweep_of_all(cloud))
            else:
                assert cloud.invoke("SendEmailFunction", event) == {"batchItemFailures": []}

    cloud.on_call = call_another
    assert cloud.invoke("SendEmailFunction", event) == {"batchItemFailures": []}

    assert sent_to(cloud) == ["a@example.com"]
    assert unsent(cloud) == []


def sweep_of_all(cloud: Cloud) -> Json:
    """Sweep even the newest mails."""
    (mail,) = unsent(cloud)
    before = datetime.now(UTC) - timedelta(days=300)
    clients.dynamodb().update_item(
        TableName=cloud.outbox_table,
        Key={"PK": {"S": mail["PK"]}},
        UpdateExpression="SET promised_at = :before",
        ExpressionAttributeValues={":before": {"S": before.isoformat()}},
    )
    return {}


def test_a_sender_held_up_for_longer_than_its_lease_finds_the_mail_sent(cloud: Cloud) -> None:
    promise(cloud, "a")

    def oversleep(call: Call) -> None:
        if call.operation == "BatchGetItem":
            cloud.on_call = None
            sweep_later(cloud, timedelta(minutes=6))
            assert sent_to(cloud) == ["a@example.com"]
            cloud.sleep(400)

    cloud.on_call = oversleep
    cloud.drain()

    assert sent_to(cloud) == ["a@example.com"]


def test_in_the_one_window_a_report_of_ses_spares_the_second_copy(cloud: Cloud) -> None:
    promise(cloud, "a")
    fault = Fault("dies after", 4)
    run(cloud, fault)
    assert fault.operation == "SendEmail"
    assert sent_to(cloud) == ["a@example.com"]
    told = ses_event("Delivery", cloud.mails[0], datetime.now(UTC))
    cloud.invoke("RecordDeliveryFunction", told)

    run(cloud, hours=0.2)

    assert sent_to(cloud) == ["a@example.com"]
    assert unsent(cloud) == []
