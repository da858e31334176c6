"""Promised mails, failing senders and reports of SES, for the tests of sending."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.domain.customers import Consent, Evidence, Origin
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import confirmation_mail
from tests.support.clock import later
from tests.support.cloud import Call, Cloud, SentMail
from tests.support.factories import a_customer
from tests.support.requests import customer_document
from tests.support.stack import Json

SWEPT_AFTER = timedelta(minutes=6)


def sign_up(cloud: Cloud, *emails: str) -> None:
    """Sign customers up with the API."""
    for email in emails or ("sonia@example.com",):
        assert cloud.post_json("/customers", customer_document(email=email)).status == 201


def promise(cloud: Cloud, *names: str, origin: Origin = Origin.FORM) -> None:
    """Promise confirmation mails like a sign-up or an import, but faster."""
    customers = DynamoDBCustomers(cloud.customers_table, cloud.outbox_table)
    for name in names:
        now = datetime.now(UTC)
        customer = a_customer(
            reference=f"DE--{name}",
            email=EmailAddress(f"{name}@example.com"),
            attempt_id=f"attempt-{name}",
            token_id=f"token-{name}",
            consent=Consent(origin, None, Evidence(now)),
            created_at=now,
            updated_at=now,
            expires_at=now + timedelta(days=30),
        )
        customers.register(customer, confirmation_mail(customer, now), now)


def unsent(cloud: Cloud) -> list[Any]:
    """Return the items in the outbox."""
    return cloud.items(cloud.outbox_table)


def sent_to(cloud: Cloud) -> list[str]:
    """Return the addresses of accepted mails, in their order."""
    return [mail.to for mail in cloud.mails]


def refusal(code: str, message: str = "no") -> ClientError:
    """Return an error of SES."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "SendEmail")


def sweep_later(cloud: Cloud, after: timedelta = SWEPT_AFTER) -> Any:
    """Run the schedule once, after some time."""
    with later(after):
        return cloud.sweep()


class Failing:
    """Lets calls of an operation fail: the first ones with one error each, or all with one."""

    def __init__(
        self, operation: str, *errors: BaseException, always: BaseException | None = None
    ) -> None:
        self._operation, self._errors, self._always = operation, list(errors), always

    def __call__(self, call: Call) -> None:
        if call.operation != self._operation:
            return
        if self._errors:
            raise self._errors.pop(0)
        if self._always:
            raise self._always


def ses_event(kind: str, mail: SentMail, sent_at: datetime, **more: Any) -> Json:
    """Return a report of SES on a mail, as delivered by the topic."""
    tags = {tag["Name"]: [tag["Value"]] for tag in mail.parameters["EmailTags"]}
    told = {
        "eventType": kind,
        "mail": {
            "timestamp": ses_time(sent_at),
            "source": mail.sender,
            "messageId": "0107019abcdef012",
            "destination": [mail.to],
            "tags": {"ses:configuration-set": ["registration-MailConfiguration"], **tags},
        },
        **_details(kind, mail.to, ses_time(sent_at + timedelta(seconds=1))),
    }
    for name, value in more.items():
        told[kind.lower()] |= {name: value}
    return sns_event(told)


def sns_event(*told: Any) -> Json:
    """Return the event of messages from a topic."""
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "Sns": {"Message": each if isinstance(each, str) else json.dumps(each)},
            }
            for each in told
        ]
    }


def ses_time(time: datetime) -> str:
    """Return a time as SES writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _details(kind: str, address: str, at: str) -> Json:
    details: dict[str, Json] = {
        "Bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "NoEmail",
            "bouncedRecipients": [{"emailAddress": address, "action": "failed"}],
            "timestamp": at,
        },
        "Complaint": {
            "complainedRecipients": [{"emailAddress": address}],
            "complaintFeedbackType": "abuse",
            "timestamp": at,
        },
        "Delivery": {"recipients": [address], "timestamp": at, "smtpResponse": "250 ok"},
        "Reject": {"reason": "Bad content"},
    }
    return {kind.lower(): details.get(kind, {})}
