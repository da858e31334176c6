"""Mails leave the outbox once, whatever fails."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from registration.adapters import clients
from registration.domain.customers import Origin
from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import Cloud, Killed
from tests.support.mail.mailing import (
    Failing,
    promise,
    refusal,
    sent_to,
    ses_event,
    sign_up,
    sweep_later,
    unsent,
)
from tests.support.requests import customer_document, email_document, key_document


def test_a_promised_mail_is_sent_and_forgotten(cloud: Cloud) -> None:
    sign_up(cloud)
    assert len(unsent(cloud)) == 1

    cloud.drain()

    (mail,) = cloud.mails
    assert mail.to == "sonia@example.com"
    assert mail.link.startswith("/confirm?token=")
    assert mail.token in mail.html
    assert len(mail.token) <= 150
    assert unsent(cloud) == []


def test_a_mail_names_its_sender_and_its_configuration(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(
        ShopName="Käse, Brot & mehr", MailFrom="hallo@kaese.example", MailIdentity="kaese.example"
    )
    sign_up(cloud)
    cloud.drain()

    (mail,) = cloud.mails
    assert parseaddr(mail.sender)[1] == "hallo@kaese.example"
    assert mail.sender.isascii()
    assert str(make_header(decode_header(parseaddr(mail.sender)[0]))) == "Käse, Brot & mehr"
    assert mail.parameters["ConfigurationSetName"] == "registration-MailConfiguration"
    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in mail.parameters["Content"][
        "Simple"
    ]["Headers"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (None, "Please confirm"),
        ("en_US", "Please confirm"),
        ("de_DE", "Bestätig"),
        ("fi_FI", "Please confirm"),
        ("fr_FR", "Confirmez"),
    ],
)
def test_a_mail_speaks_the_customers_language(cloud: Cloud, locale: str | None, words: str) -> None:
    cloud.post_json("/customers", customer_document(localeName=locale))
    cloud.drain()

    assert words.lower() in (cloud.mails[0].text + cloud.mails[0].subject).lower()


def test_a_redelivered_record_sends_nothing(cloud: Cloud) -> None:
    sign_up(cloud)
    invoke = cloud.invoke
    with mock.patch.object(cloud, "invoke", side_effect=invoke) as invoked:
        cloud.drain()
    before = cloud.state()

    for call in invoked.call_args_list:
        assert invoke(*call.args) == {"batchItemFailures": []}

    assert len(cloud.mails) == 1
    assert cloud.state() == before


def test_deletes_and_removals_reach_no_sender(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    cloud.calls.clear()

    cloud.drain()

    assert [c.operation for c in cloud.calls if c.service == "sesv2"] == []


@pytest.mark.parametrize(
    "error",
    [
        refusal("SendingPausedException"),
        refusal("MessageRejected", "Sending paused for this account. For more information, ..."),
        refusal("ThrottlingException", "Daily message quota exceeded."),
        refusal("MailFromDomainNotVerifiedException"),
        refusal("AccessDeniedException"),
        refusal("MessageRejected", "Email address is not verified."),
        refusal("AccountSuspendedException"),
        ReadTimeoutError(endpoint_url="https://email.example"),
    ],
    ids=str,
)
def test_a_lasting_failure_leaves_the_mail_for_the_sweep(cloud: Cloud, error: Exception) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", error)
    cloud.drain()
    assert cloud.mails == []
    assert len(unsent(cloud)) == 1
    assert cloud.sources.given_up == []

    sweep_later(cloud)

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


@pytest.mark.parametrize(
    "error",
    [
        refusal("TooManyRequestsException"),
        refusal("LimitExceededException"),
        refusal("ThrottlingException", "Maximum sending rate exceeded."),
        refusal("InternalServiceErrorException"),
        refusal("SomethingNew"),
        ConnectTimeoutError(endpoint_url="https://email.example"),
    ],
    ids=str,
)
def test_a_short_failure_is_waited_out(cloud: Cloud, error: Exception) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", error, error, error)

    cloud.drain()

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []
    assert cloud.pauses == [0.25, 0.5, 1.0]


def test_a_mail_is_tried_for_seconds_before_it_is_left(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", always=refusal("InternalServiceErrorException"))

    cloud.drain()

    assert 5 < sum(cloud.pauses) <= 10
    assert len(unsent(cloud)) == 1
    assert cloud.sources.given_up == []


def test_where_ses_is_away_a_batch_does_not_wait_for_each_mail(cloud: Cloud) -> None:
    sign_up(cloud, *(f"customer{n}@example.com" for n in range(6)))
    cloud.on_call = Failing("SendEmail", always=refusal("InternalServiceErrorException"))

    cloud.drain()

    assert sum(cloud.pauses) <= 10
    # One mail is retried for a while, two more are tried once, and the others not at all.
    assert sum("held_by" in mail for mail in unsent(cloud)) == 3


def test_a_throttled_mail_is_given_back_and_the_sweep_need_not_wait(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", always=refusal("TooManyRequestsException"))

    cloud.drain()

    (mail,) = unsent(cloud)
    assert not {"held_by", "held_until", "next_claim"} & set(mail)


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_a_mail_refused_for_good_is_set_aside_with_the_reason(cloud: Cloud, code: str) -> None:
    sign_up(cloud, "a@example.com", "b@example.com")
    cloud.on_call = Failing("SendEmail", refusal(code))
    cloud.drain()

    assert sent_to(cloud) == ["b@example.com"]
    (parked,) = unsent(cloud)
    assert (parked["to"], parked["parked"]) == ("a@example.com", code)
    sweep_later(cloud)
    assert len(cloud.mails) == 1


def test_staff_see_on_the_customer_that_a_mail_was_refused(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", refusal("MessageRejected"))

    cloud.drain()

    (customer,) = cloud.customers()
    assert customer["delivery"]["status"] == "refused"
    assert customer["delivery"]["detail"] == "MessageRejected"


def test_a_refused_mail_of_an_import_is_recorded_like_any_other(cloud: Cloud) -> None:
    promise(cloud, "imported", origin=Origin.IMPORT)
    cloud.on_call = Failing("SendEmail", refusal("BadRequestException"))

    cloud.drain()

    (customer,) = cloud.customers()
    assert customer["delivery"]["status"] == "refused"
    assert [mail["parked"] for mail in unsent(cloud)] == ["BadRequestException"]


def test_an_import_mails_no_suppressed_address(cloud: Cloud) -> None:
    promise(cloud, "ada")
    cloud.drain()
    returned = replace(cloud.mails[0], to="imported@example.com")
    cloud.invoke("RecordDeliveryFunction", ses_event("Bounce", returned, datetime.now(UTC)))
    promise(cloud, "imported", origin=Origin.IMPORT)

    cloud.drain()

    assert len(cloud.mails) == 1
    (suppression,) = cloud.items(cloud.customers_table, "suppression")
    assert [mail["parked"] for mail in unsent(cloud)] == ["suppressed"]
    assert len(suppression["parked"]) == 1


def test_a_mail_parked_for_a_bug_is_sent_after_the_fix(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com", "b@example.com")
    cloud.on_call = Failing("SendEmail", refusal("BadRequestException"), refusal("MessageRejected"))
    cloud.drain()

    answer = cloud.invoke("SendEmailFunction", {"unpark": "BadRequestException"})

    assert answer == {"unparked": 1}
    sweep_later(cloud)
    assert sent_to(cloud) == ["a@example.com"]
    assert [mail["to"] for mail in unsent(cloud)] == ["b@example.com"]


def test_the_sender_tries_ses_once(cloud: Cloud) -> None:
    """SES knows no idempotency token: a retry in botocore could send a mail twice."""
    config: Any = clients.ses().meta.config
    assert config.retries["total_max_attempts"] == 1


def test_a_sender_killed_before_ses_sends_once_after_the_sweep(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", Killed())
    with pytest.raises(Killed):
        cloud.drain()
    cloud.forget_processes()

    sweep_later(cloud)
    cloud.drain()

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_sender_killed_between_ses_and_the_delete_sends_the_same_link_once_more(
    cloud: Cloud,
) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("DeleteItem", Killed())
    with pytest.raises(Killed):
        cloud.drain()
    cloud.forget_processes()

    sweep_later(cloud)
    cloud.drain()

    first, second = cloud.mails
    assert first.link == second.link
    assert unsent(cloud) == []
    sweep_later(cloud)
    assert len(cloud.mails) == 2


def test_a_mail_that_ses_has_told_of_is_not_sent_again(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("DeleteItem", Killed())
    with pytest.raises(Killed):
        cloud.drain()
    cloud.forget_processes()
    cloud.invoke("RecordDeliveryFunction", ses_event("Delivery", cloud.mails[0], datetime.now(UTC)))

    sweep_later(cloud)

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_database_that_is_away_is_tried_again_by_the_stream(cloud: Cloud) -> None:
    sign_up(cloud)
    away = ClientError({"Error": {"Code": "InternalServerError", "Message": "no"}}, "UpdateItem")
    cloud.on_call = Failing("UpdateItem", away, away)

    cloud.drain()

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_mail_costs_one_read_one_ses_call_and_two_writes(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com")
    cloud.drain()
    with later(timedelta(minutes=2)):
        sign_up(cloud, "b@example.com")
        cloud.calls.clear()

        cloud.drain()

    sender = [c.operation for c in cloud.calls if c.service in {"dynamodb", "sesv2"}]
    assert sender == ["UpdateItem", "BatchGetItem", "SendEmail", "DeleteItem"]


def test_many_mails_ask_for_the_quota_once_a_minute(cloud: Cloud) -> None:
    sign_up(cloud, *(f"customer{n}@example.com" for n in range(4)))

    cloud.drain()

    assert [c.operation for c in cloud.calls if c.service == "sesv2"] == [
        "SendEmail",
        "GetAccount",
        "SendEmail",
        "SendEmail",
        "SendEmail",
    ]


def test_a_mail_that_waited_too_long_carries_a_link_that_still_lives(cloud: Cloud) -> None:
    sign_up(cloud)

    with later(timedelta(hours=72)):
        cloud.sweep()
        key = key_document(cloud.mails[0].token)
        assert cloud.post_json("/customer-confirmation", key).status == 204


def test_a_link_given_new_life_is_the_same_in_both_copies(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("DeleteItem", Killed())
    with later(timedelta(hours=72)) as clock:
        with pytest.raises(Killed):
            cloud.sweep()
        clock.shift(timedelta(minutes=10))
        cloud.sweep()

    first, second = cloud.mails
    assert first.link == second.link


def test_a_mail_to_an_expired_customer_is_not_sent(cloud: Cloud) -> None:
    sign_up(cloud)

    sweep_later(cloud, timedelta(days=31))

    assert cloud.mails == []
    assert unsent(cloud) == []


def test_a_link_that_a_later_sign_up_replaced_is_not_sent_any_more(cloud: Cloud) -> None:
    sign_up(cloud)
    sign_up(cloud)
    assert len(unsent(cloud)) == 2

    sweep_later(cloud)

    (mail,) = cloud.mails
    assert cloud.post_json("/customer-confirmation", key_document(mail.token)).status == 204
    assert unsent(cloud) == []


def test_a_customer_confirmed_meanwhile_gets_no_link(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    document = email_document("customer-confirmation-requests", "sonia@example.com")
    cloud.post_json("/customer-confirmation-requests", document)
    cloud.on_call = Failing("DeleteItem", Killed())
    with pytest.raises(Killed):
        cloud.drain()
    key = key_document(cloud.mails[1].token)
    assert cloud.post_json("/customer-confirmation", key).status == 204

    sweep_later(cloud)

    assert len(cloud.mails) == 2
    assert unsent(cloud) == []


def test_a_new_promise_is_sent_whatever_its_customer_seems_to_be(cloud: Cloud) -> None:
    """After a transaction, the stream may show the mail before reads show the customer."""
    sign_up(cloud)
    (customer,) = cloud.customers()
    key = {name: {"S": customer[name]} for name in ("PK", "SK")}
    clients.dynamodb().delete_item(TableName=cloud.customers_table, Key=key)

    cloud.drain()

    assert len(cloud.mails) == 1


def test_no_table_holds_a_token(cloud: Cloud) -> None:
    sign_up(cloud)
    states = [str(cloud.state())]
    cloud.drain()
    states.append(str(cloud.state()))

    token = cloud.mails[0].token
    signature = token.rpartition(".")[2]
    for state in states:
        assert token not in state
        assert signature not in state


def test_a_sign_up_tells_how_long_its_mail_took(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(cloud)
    capsys.readouterr()

    cloud.drain()

    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["MailAccepted"] == [1.0]
    assert 0 < figures["SignUpToAcceptance"][0] < 10


def test_a_parked_mail_is_counted_by_its_reason(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", refusal("MessageRejected"))
    capsys.readouterr()

    cloud.drain()

    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_reason, *_, in_all = [line for line in printed if "MailParked" in line]
    assert by_reason["reason"] == "MessageRejected"
    assert by_reason["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service", "reason"]]
    assert "reason" not in in_all


@pytest.mark.parametrize(
    "error", [refusal("AccessDeniedException"), refusal("MessageRejected", "not verified")], ids=str
)
def test_a_misconfiguration_rings_the_alarm(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", error)

    cloud.drain()

    assert '"MailMisconfigured":[1.0]' in capsys.readouterr().out


def test_no_log_names_an_address_or_a_person(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    sign_up(cloud, "a@example.com", "b@example.com", "c@example.com")
    broken = refusal("MessageRejected", "a@example.com of Sonia is bad")
    cloud.on_call = Failing("SendEmail", broken, refusal("AccessDenied", "b@example.com"))

    cloud.drain()

    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert "mail parked" in logged
    assert "mail left" in logged
    assert "example.com" not in logged
    assert "Sonia" not in logged
