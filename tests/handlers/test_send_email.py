"""Mails leave the outbox once, whatever fails on the way."""

from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any
from unittest import mock

import pytest
import time_machine
from botocore.exceptions import ClientError

from registration.adapters import clients
from tests.cloud import Call, Cloud, Killed
from tests.conftest import MakeCloud
from tests.requests import customer_document, key_document

SWEPT_AFTER = timedelta(minutes=6)


def sign_up(cloud: Cloud, *emails: str) -> None:
    for email in emails or ("sonia@example.com",):
        assert cloud.post_json("/customers", customer_document(email=email)).status == 201


def unsent(cloud: Cloud) -> list[Any]:
    return cloud.items(cloud.outbox_table)


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "SendEmail")


def sweep_later(cloud: Cloud, after: timedelta = SWEPT_AFTER) -> Any:
    with time_machine.travel(datetime.now(UTC) + after):
        return cloud.sweep()


class Failing:
    """Fails the first calls of an operation, with one error each."""

    def __init__(self, operation: str, *errors: BaseException) -> None:
        self._operation, self._errors = operation, list(errors)

    def __call__(self, call: Call) -> None:
        if call.operation == self._operation and self._errors:
            raise self._errors.pop(0)


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
    assert mail.sender == str(Address("Käse, Brot & mehr", addr_spec="hallo@kaese.example"))
    assert mail.parameters["ConfigurationSetName"] == "registration-registration"
    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in mail.parameters["Content"][
        "Simple"
    ]["Headers"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (None, "Please confirm"),
        ("en_US", "Please confirm"),
        ("de_DE", "Bestätig"),
        ("fr_FR", "Please confirm"),
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
        refusal("TooManyRequestsException"),
        refusal("LimitExceededException"),
        refusal("SendingPausedException"),
        refusal("MailFromDomainNotVerifiedException"),
        refusal("AccessDeniedException"),
        refusal("MessageRejected", "Email address is not verified."),
        refusal("AccountSuspendedException"),
        refusal("InternalServiceErrorException"),
    ],
    ids=lambda error: error.response["Error"]["Code"],
)
def test_what_passes_leaves_the_mail_for_the_sweep(cloud: Cloud, error: ClientError) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("SendEmail", error)
    cloud.drain()
    assert cloud.mails == []
    assert len(unsent(cloud)) == 1

    sweep_later(cloud)

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_mail_refused_for_good_is_set_aside_with_the_reason(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com", "b@example.com")
    cloud.on_call = Failing("SendEmail", refusal("MessageRejected"))
    cloud.drain()

    assert [mail.to for mail in cloud.mails] == ["b@example.com"]
    (parked,) = unsent(cloud)
    assert (parked["to"], parked["parked"]) == ("a@example.com", "MessageRejected")
    sweep_later(cloud)
    assert len(cloud.mails) == 1


def test_the_sender_tries_ses_once(cloud: Cloud) -> None:
    """SES knows no idempotency token: a retry below us could send a mail twice."""
    config: Any = clients.ses().meta.config
    assert config.retries["total_max_attempts"] == 1


def test_the_sweep_leaves_young_mails_to_the_stream(cloud: Cloud) -> None:
    sign_up(cloud)

    assert cloud.sweep() == {"waiting": 0, "tried": 0}
    assert cloud.mails == []


def test_the_sweep_sends_what_the_stream_lost_oldest_first(cloud: Cloud) -> None:
    emails = [f"customer{n}@example.com" for n in range(5)]
    sign_up(cloud, *emails)

    assert sweep_later(cloud) == {"waiting": 5, "tried": 5}

    assert [mail.to for mail in cloud.mails] == emails
    assert unsent(cloud) == []
    cloud.drain()
    assert len(cloud.mails) == 5


def test_the_sweep_stops_before_its_time_is_over(cloud: Cloud, monkeypatch: Any) -> None:
    sign_up(cloud, "a@example.com", "b@example.com")
    monkeypatch.setattr("tests.cloud.Context.remaining_ms", 5_000)

    assert sweep_later(cloud) == {"waiting": 2, "tried": 0}


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


@pytest.mark.parametrize("position", range(5))
def test_a_mail_that_cannot_be_written_stops_no_other(cloud: Cloud, position: int) -> None:
    emails = [f"customer{n}@example.com" for n in range(5)]
    sign_up(cloud, *emails)
    poison = next(i for i in unsent(cloud) if i["to"] == emails[position])
    clients.dynamodb().update_item(
        TableName=cloud.outbox_table,
        Key={"PK": {"S": poison["PK"]}},
        UpdateExpression="SET kind = :kind",
        ExpressionAttributeValues={":kind": {"S": "no such mail"}},
    )

    cloud.drain()

    assert sorted(mail.to for mail in cloud.mails) == sorted(set(emails) - {emails[position]})
    assert [item["to"] for item in unsent(cloud)] == [emails[position]]
    assert cloud.sources.given_up


def test_a_database_that_is_away_is_tried_again_by_the_stream(cloud: Cloud) -> None:
    sign_up(cloud)
    away = ClientError({"Error": {"Code": "InternalServerError", "Message": "no"}}, "GetItem")
    cloud.on_call = Failing("GetItem", away, away)

    cloud.drain()

    assert len(cloud.mails) == 1
    assert unsent(cloud) == []


def test_a_mail_costs_one_read_one_ses_call_and_one_write(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com")
    cloud.drain()
    sign_up(cloud, "b@example.com")
    cloud.calls.clear()

    cloud.drain()

    sender = [c.operation for c in cloud.calls if c.service in {"dynamodb", "sesv2"}]
    assert sender == ["GetItem", "SendEmail", "DeleteItem"]


def test_a_mail_that_waited_too_long_carries_a_link_that_still_lives(cloud: Cloud) -> None:
    sign_up(cloud)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=72)):
        cloud.sweep()
        key = key_document(cloud.mails[0].token)
        assert cloud.post_json("/customer-confirmation", key).status == 204


def test_a_link_given_new_life_is_the_same_in_both_copies(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.on_call = Failing("DeleteItem", Killed())
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=72)) as clock:
        with pytest.raises(Killed):
            cloud.sweep()
        clock.shift(timedelta(minutes=10))
        cloud.sweep()

    first, second = cloud.mails
    assert first.link == second.link


def test_a_mail_whose_customer_ran_out_is_not_sent(cloud: Cloud) -> None:
    sign_up(cloud)

    sweep_later(cloud, timedelta(days=31))

    assert cloud.mails == []
    assert unsent(cloud) == []


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
