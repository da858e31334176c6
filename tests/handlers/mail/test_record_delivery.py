"""Delivery reports are recorded on customers, and dead addresses are suppressed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.mail.suppressions import DynamoDBSuppressions, SesSuppressionList
from registration.application.mail.delivery_reports import LiftSuppression
from registration.domain.emails import EmailAddress
from tests.support.cloud import Call, Cloud, Killed, SentMail
from tests.support.mail.mailing import (
    Failing,
    sent_to,
    ses_event,
    sign_up,
    sns_event,
    sweep_later,
    unsent,
)
from tests.support.mail.suppression_list import suppression_list
from tests.support.requests import email_document
from tests.support.stack import Json

FUNCTION = "RecordDeliveryFunction"
SONIA = "sonia@example.com"


def tell(cloud: Cloud, kind: str, mail: SentMail | None = None, **more: Any) -> Any:
    sent_at = more.pop("sent_at", datetime.now(UTC))
    return cloud.invoke(FUNCTION, ses_event(kind, mail or cloud.mails[-1], sent_at, **more))


def delivery(cloud: Cloud) -> Any:
    (customer,) = cloud.customers()
    return customer.get("delivery")


def bounced(cloud: Cloud) -> None:
    """Sign Sonia up, and let her mail bounce."""
    sign_up(cloud)
    cloud.drain()
    tell(cloud, "Bounce", sent_at=datetime.now(UTC) - timedelta(minutes=1))


def suppressions(cloud: Cloud) -> list[Json]:
    return cloud.items(cloud.customers_table, "suppression")


def lift(cloud: Cloud) -> int:
    """Lift the suppression of Sonia's address."""
    lift = LiftSuppression(
        DynamoDBSuppressions(cloud.customers_table),
        SesSuppressionList(),
        DynamoDBOutbox(cloud.outbox_table),
        lambda: datetime.now(UTC),
    )
    return lift(EmailAddress(SONIA))


def ask_for_link(cloud: Cloud) -> None:
    document = email_document("customer-confirmation-requests", SONIA)
    cloud.post_json("/customer-confirmation-requests", document)
    cloud.drain()


@pytest.fixture(autouse=True)
def ses_list(cloud: Cloud) -> Iterator[list[str]]:
    """The addresses removed from SES's own suppression list, which moto does not have."""
    with suppression_list() as removed:
        yield removed


@pytest.mark.parametrize(
    ("kind", "more", "status", "detail"),
    [
        ("Delivery", {}, "delivered", None),
        ("Bounce", {}, "bounced", "Permanent/NoEmail"),
        ("Bounce", {"bounceType": "Transient"}, "bounced", "Transient/NoEmail"),
        ("Complaint", {}, "complained", "abuse"),
        ("Reject", {}, "refused", "Bad content"),
    ],
)
def test_a_delivery_is_recorded_on_its_customer(
    cloud: Cloud, kind: str, more: Json, status: str, detail: str | None
) -> None:
    sign_up(cloud)
    cloud.drain()

    assert tell(cloud, kind, **more) == {"recorded": 1}

    assert delivery(cloud)["status"] == status
    assert delivery(cloud).get("detail") == detail


def test_a_notification_without_tags_finds_its_customer_by_the_address(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    event = ses_event("Bounce", cloud.mails[0], datetime.now(UTC))
    told = json.loads(event["Records"][0]["Sns"]["Message"])
    told["notificationType"] = told.pop("eventType")
    del told["mail"]["tags"]
    told["bounce"]["bouncedRecipients"] = [{"emailAddress": "Sonia Torres <SONIA@example.com>"}]

    cloud.invoke(FUNCTION, sns_event(told))

    assert delivery(cloud)["status"] == "bounced"
    assert len(suppressions(cloud)) == 1


@pytest.mark.parametrize(("kind", "why"), [("Bounce", "bounced"), ("Complaint", "complained")])
def test_an_address_that_takes_no_mail_gets_none(cloud: Cloud, kind: str, why: str) -> None:
    sign_up(cloud)
    cloud.drain()
    tell(cloud, kind)

    ask_for_link(cloud)

    assert len(cloud.mails) == 1
    (parked,) = unsent(cloud)
    assert parked["parked"] == "suppressed"
    assert delivery(cloud)["status"] == "refused"
    assert delivery(cloud)["detail"] == f"suppressed: {why}"


def test_a_suppressed_address_stays_suppressed_after_another_sign_up(cloud: Cloud) -> None:
    bounced(cloud)
    sign_up(cloud, "SONIA@example.com")
    cloud.drain()

    assert len(cloud.mails) == 1
    assert [mail["parked"] for mail in unsent(cloud)] == ["suppressed"]


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_pass_suppresses_nothing(cloud: Cloud, kind: str) -> None:
    sign_up(cloud)
    cloud.drain()
    tell(cloud, "Bounce", bounceType=kind)

    ask_for_link(cloud)

    assert suppressions(cloud) == []
    assert len(cloud.mails) == 2


@pytest.mark.parametrize(
    ("feedback", "suppressed"),
    [
        ("abuse", True),
        ("fraud", True),
        ("virus", True),
        ("other", True),
        (None, True),
        ("not-spam", False),
        ("auth-failure", False),
    ],
)
def test_feedback_suppresses_if_it_is_a_complaint(
    cloud: Cloud, feedback: str | None, suppressed: bool
) -> None:
    # https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#complaint-types
    sign_up(cloud)
    cloud.drain()
    tell(cloud, "Delivery")

    assert tell(cloud, "Complaint", complaintFeedbackType=feedback) == {"recorded": 1}

    assert bool(suppressions(cloud)) == suppressed
    assert delivery(cloud)["status"] == ("complained" if suppressed else "delivered")


@pytest.mark.parametrize(
    ("kind", "named"), [("Bounce", "bouncedRecipients"), ("Complaint", "complainedRecipients")]
)
@pytest.mark.parametrize("others", [["forwarded@elsewhere.example"], [], ["a@b.example", SONIA]])
def test_the_address_that_was_mailed_is_suppressed_and_no_other(
    cloud: Cloud, kind: str, named: str, others: list[str]
) -> None:
    sign_up(cloud)
    cloud.drain()

    more: Json = {named: [{"emailAddress": each} for each in others]}
    tell(cloud, kind, **more)

    (suppression,) = suppressions(cloud)
    assert suppression["PK"] == keys.suppression(EmailAddress(SONIA).normalised)["PK"]["S"]


@pytest.mark.parametrize("order", list(permutations(["Delivery", "Bounce", "Complaint"])), ids=str)
def test_reports_in_any_order_and_number_have_the_same_result(
    cloud: Cloud, order: tuple[str, ...]
) -> None:
    sign_up(cloud)
    cloud.drain()
    sent_at = datetime.now(UTC)

    for kind in (*order, *order, order[0]):
        tell(cloud, kind, sent_at=sent_at)

    assert delivery(cloud)["status"] == "complained"
    (suppressed,) = suppressions(cloud)
    # Both were told at the same moment.
    assert suppressed["status"] in {"bounced", "complained"}


def test_a_repeated_report_changes_nothing(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    sent_at = datetime.now(UTC)
    tell(cloud, "Bounce", sent_at=sent_at)
    before = cloud.state()

    tell(cloud, "Bounce", sent_at=sent_at)
    tell(cloud, "Delivery", sent_at=sent_at)

    assert cloud.state() == before


def test_a_late_report_of_an_earlier_mail_does_not_hide_that_of_the_later(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    first, sent_at = cloud.mails[0], datetime.now(UTC)
    ask_for_link(cloud)
    tell(cloud, "Delivery", sent_at=sent_at + timedelta(minutes=1))

    tell(cloud, "Bounce", first, sent_at=sent_at, bounceType="Transient")

    assert delivery(cloud)["status"] == "delivered"


def test_an_address_is_suppressed_even_where_its_customer_is_gone(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    for item in cloud.items(cloud.customers_table):
        key = {name: {"S": item[name]} for name in ("PK", "SK")}
        clients.dynamodb().delete_item(TableName=cloud.customers_table, Key=key)

    tell(cloud, "Bounce")

    assert len(suppressions(cloud)) == 1
    assert cloud.customers() == []


def test_staff_let_an_address_be_mailed_again(cloud: Cloud, ses_list: list[str]) -> None:
    bounced(cloud)
    ask_for_link(cloud)
    assert len(cloud.mails) == 1

    assert lift(cloud) == 1

    assert ses_list == ["sonia%40example.com"]
    sweep_later(cloud)
    assert sent_to(cloud) == [SONIA, SONIA]
    assert unsent(cloud) == []


def test_an_old_report_does_not_take_staffs_word_back(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    sent_at = datetime.now(UTC) - timedelta(minutes=1)
    tell(cloud, "Bounce", sent_at=sent_at)
    lift(cloud)

    tell(cloud, "Bounce", sent_at=sent_at)
    ask_for_link(cloud)

    assert len(cloud.mails) == 2


def test_an_address_that_bounces_again_after_staffs_word_is_suppressed_again(
    cloud: Cloud,
) -> None:
    bounced(cloud)
    lift(cloud)
    ask_for_link(cloud)
    tell(cloud, "Bounce", sent_at=datetime.now(UTC) + timedelta(minutes=1))

    ask_for_link(cloud)

    assert len(cloud.mails) == 2
    assert [mail["parked"] for mail in unsent(cloud)] == ["suppressed"]


def test_staffs_word_that_dies_half_way_can_be_given_again(cloud: Cloud) -> None:
    bounced(cloud)
    ask_for_link(cloud)
    calls = 0
    while True:
        cloud.on_call = Countdown(calls)
        try:
            lift(cloud)
        except Killed:
            calls += 1
        else:
            break

    assert calls == 6
    cloud.on_call = None
    sweep_later(cloud)
    assert len(cloud.mails) == 2


class Countdown:
    """Kills the process at a call, after a number of calls."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    def __call__(self, call: Call) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1


def test_a_mail_promised_while_staff_lift_the_suppression_is_not_lost(cloud: Cloud) -> None:
    bounced(cloud)
    sign_up(cloud)

    def lift_before_parking(call: Call) -> None:
        if call.operation == "UpdateItem" and "parked" in call.parameters["UpdateExpression"]:
            cloud.on_call = None
            lift(cloud)

    cloud.on_call = lift_before_parking
    cloud.drain()
    sweep_later(cloud)

    assert len(cloud.mails) == 2
    assert unsent(cloud) == []


UNREADABLE: list[Any] = [
    "no JSON",
    "[]",
    {"eventType": "Bounce"},
    {"eventType": "Bounce", "bounce": {}, "mail": {}},
    {"eventType": "Delivery", "delivery": {"recipients": [1], "timestamp": "noon"}, "mail": {}},
    {"eventType": "Complaint", "complaint": None, "mail": None},
]


@pytest.mark.parametrize("told", UNREADABLE, ids=str)
def test_a_malformed_report_stops_no_other(cloud: Cloud, told: Any) -> None:
    sign_up(cloud)
    cloud.drain()
    good = ses_event("Delivery", cloud.mails[0], datetime.now(UTC))
    bad = sns_event(told)
    event = {"Records": [*bad["Records"], *good["Records"], {}]}

    assert cloud.invoke(FUNCTION, event) == {"recorded": 3}

    assert delivery(cloud)["status"] == "delivered"


@pytest.mark.parametrize("kind", ["Send", "Open", "Click", "DeliveryDelay", "Subscription", "New"])
def test_unused_events_are_counted_and_ignored(
    cloud: Cloud, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(cloud)
    cloud.drain()
    before = cloud.state()
    capsys.readouterr()

    tell(cloud, kind)

    assert cloud.state() == before
    assert '"ReportUnknown":[1.0]' in capsys.readouterr().out


def test_a_report_is_counted_and_says_why_it_brought_nothing_new(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(cloud)
    cloud.drain()
    sent_at = datetime.now(UTC)
    capsys.readouterr()

    tell(cloud, "Delivery", sent_at=sent_at)
    (news,) = capsys.readouterr().out.splitlines()
    tell(cloud, "Delivery", sent_at=sent_at)
    known = capsys.readouterr().out

    for told in (news, known):
        assert '"MailDelivered":[1.0]' in told
        assert '"ReportRecorded":[1.0]' in told
    assert '"reason"' not in news
    assert '"reason":"known"' in known


def test_a_report_that_cannot_be_recorded_now_comes_again(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com", "b@example.com")
    cloud.drain()
    now = datetime.now(UTC)
    records = [r for mail in cloud.mails for r in ses_event("Bounce", mail, now)["Records"]]
    failure = ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "UpdateItem")
    cloud.on_call = Failing("UpdateItem", failure)

    with pytest.raises(Exception, match="1 of 2"):
        cloud.invoke(FUNCTION, {"Records": records})
    assert len(suppressions(cloud)) == 1
    cloud.invoke(FUNCTION, {"Records": records})

    assert {c["delivery"]["status"] for c in cloud.customers()} == {"bounced"}
    assert len(suppressions(cloud)) == 2


@pytest.mark.parametrize("at", range(2))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_recorder_that_dies_anywhere_does_it_all_when_called_again(
    cloud: Cloud, at: int, when: str
) -> None:
    sign_up(cloud)
    cloud.drain()
    sent_at = datetime.now(UTC)
    setattr(cloud, {"before": "on_call", "after": "on_answer"}[when], Countdown(at))
    with pytest.raises(Killed):
        tell(cloud, "Bounce", sent_at=sent_at)
    cloud.on_call = cloud.on_answer = None
    cloud.forget_processes()

    tell(cloud, "Bounce", sent_at=sent_at)

    assert delivery(cloud)["status"] == "bounced"
    assert len(suppressions(cloud)) == 1


def test_a_report_costs_one_write_and_a_suppression_another(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    cloud.calls.clear()

    tell(cloud, "Delivery")
    assert [call.operation for call in cloud.calls] == ["UpdateItem"]
    tell(cloud, "Bounce")
    assert [call.operation for call in cloud.calls] == ["UpdateItem"] * 3


def test_a_new_sign_up_starts_without_the_old_mails_status(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    tell(cloud, "Delivery")

    sign_up(cloud)

    (customer,) = cloud.customers()

    assert "delivery" not in customer


def test_no_log_of_a_report_names_an_address(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    sign_up(cloud)
    cloud.drain()
    caplog.clear()
    cloud.invoke(FUNCTION, sns_event({"eventType": "Bounce", "mail": {"destination": [SONIA]}}))
    cloud.on_call = Failing("UpdateItem", RuntimeError(SONIA))
    with pytest.raises(Exception, match="1 of 1"):
        tell(cloud, "Bounce")

    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert "report malformed" in logged
    assert "report failed" in logged
    assert "sonia" not in logged.lower()
