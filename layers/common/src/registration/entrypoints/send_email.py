"""Sends the mails that the outbox promises: from its stream, and on a schedule.

A stream forgets after a day and gives up on a record after some tries; the outbox
does not. Whatever fails here is still promised there, and the schedule finds it.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.mail.mailer import SesMailer
from registration.adapters.mail.outbox import DynamoDBOutbox, promised
from registration.adapters.mail.quota import ses_quota
from registration.adapters.mail.recipients import DynamoDBRecipients
from registration.adapters.mail.suppressions import DynamoDBSuppressions
from registration.adapters.public_url import PublicUrl
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.mail.deliver import Deliver, MailOutcome, Result
from registration.application.mail.ports import Misconfigured, Promise
from registration.application.mail.send_batch import SendMails, Sweep
from registration.application.mail.send_rate import SendRate
from registration.domain.customers import WAY_BACK
from registration.domain.links import Purpose
from registration.domain.mail.mails import Lane, MailKind
from registration.entrypoints.clock import utc_now
from registration.entrypoints.failures import place_of
from registration.entrypoints.function_app import EventApp
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count, count_by, logger, measure
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.settings import SendEmailSettings
from registration.entrypoints.shop.fields import customer_fields

# Left unused of the function's time: a mail under way is finished, none is begun.
_MILLISECONDS_SPARED = 30_000
# How long a mail is tried at once that somebody waits for, before it is left for the sweep.
_LONGEST_WAIT = timedelta(seconds=10)


def _has_time(context: LambdaContext, most: timedelta | None = None) -> Callable[[], bool]:
    ends = utc_now() + most if most else None
    spared = timedelta(milliseconds=_MILLISECONDS_SPARED)

    def has_time() -> bool:
        if ends and utc_now() > ends - spared:
            return False
        return context.get_remaining_time_in_millis() > _MILLISECONDS_SPARED

    return has_time


def _tell(promise: Promise, result: Result) -> None:
    """Count what became of a mail, and log what somebody may want to look into."""
    name = f"Mail{result.outcome.title().replace('_', '')}"
    if result.outcome in {MailOutcome.PARKED, MailOutcome.NEEDLESS}:
        count_by(name, reason=result.reason or "unknown")
    else:
        count(name)
    if isinstance(result.error, Misconfigured):
        count("MailMisconfigured")
    mail, more = result.mail, {"mail_id": promise.mail_id, "reason": result.reason}
    if result.took and mail and mail.kind is MailKind.CONFIRM_REGISTRATION:
        measure("SignUpToAcceptance", result.took.total_seconds())
    if result.outcome in {MailOutcome.LEFT, MailOutcome.PARKED, MailOutcome.FAILED}:
        place = place_of(result.error) if result.error else {}
        logger.warning(f"mail {result.outcome}", extra={**more, **place})


def _promise_in(record: dict[str, Any]) -> Promise | None:
    try:
        return promised(record)
    except (KeyError, TypeError, ValueError) as error:
        count("RecordUnreadable")
        logger.error("record unreadable", extra=place_of(error))
        return None


class SendEmailApp(EventApp[SendEmailSettings]):
    """The functions that send mails, one for each lane."""

    settings_model = SendEmailSettings

    def __init__(self) -> None:
        self.sleep: Callable[[float], None] = time.sleep

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Send what the stream's records promise, or, on the schedule, what it missed."""
        if "Records" in event:
            return self._from_stream(event["Records"], context)
        return self._unpark(event["unpark"]) if "unpark" in event else self._sweep(context)

    def _from_stream(self, records: list[dict[str, Any]], context: LambdaContext) -> dict[str, Any]:
        found = [(promise, record) for record in records if (promise := _promise_in(record))]
        # An import's mails are not worth waiting for here: the sweep has the time.
        waited_for = any(promise.lane is Lane.PEOPLE for promise, _ in found)
        numbers = {promise: record["dynamodb"]["SequenceNumber"] for promise, record in found}
        failures = []
        longest_wait = _LONGEST_WAIT if waited_for else timedelta(0)
        for promise, result in self._send(numbers, longest_wait, _has_time(context)):
            _tell(promise, result)
            if result.outcome is MailOutcome.FAILED:
                failures.append({"itemIdentifier": numbers[promise]})
        return {"batchItemFailures": failures}

    def _sweep(self, context: LambdaContext) -> dict[str, Any]:
        tried: list[MailOutcome] = []

        def tell(promise: Promise, result: Result) -> None:
            _tell(promise, result)
            tried.append(result.outcome)

        each = timedelta(minutes=self.settings.sweep_minutes)
        backlog = Sweep(self._outbox, self._send, utc_now)(
            each, _LONGEST_WAIT, _has_time(context, each), tell
        )
        measure("OldestMailAge", backlog.oldest.total_seconds())
        count("MailsWaiting", backlog.left)
        count("MailSwept", len(tried))
        return {
            "tried": len(tried),
            "accepted": tried.count(MailOutcome.ACCEPTED),
            "left": backlog.left,
        }

    def _unpark(self, reason: str) -> dict[str, Any]:
        """Let mails wait again that were parked for a reason which somebody has mended."""
        mail_ids = list(self._outbox.parked(reason))
        self._outbox.unpark(mail_ids)
        logger.info("mails unparked", extra={"mails": len(mail_ids)})
        return {"unparked": len(mail_ids)}

    @cached_property
    def _outbox(self) -> DynamoDBOutbox:
        return DynamoDBOutbox(self.settings.outbox_table)

    @cached_property
    def _send(self) -> SendMails:
        settings = self.settings
        hours = {
            Purpose.CONFIRM: settings.confirm_link_hours,
            Purpose.CHANGE_EMAIL: settings.confirm_link_hours,
            Purpose.ALLOW_MAILS: settings.confirm_link_hours,
            Purpose.RESET_PASSWORD: settings.reset_link_hours,
            Purpose.INVITE_STAFF: settings.staff_invitation_hours,
        }
        lifetimes = {purpose: timedelta(hours=count) for purpose, count in hours.items()}
        lifetimes[Purpose.RESTORE_EMAIL] = WAY_BACK
        deliver = Deliver(
            outbox=self._outbox,
            recipients=DynamoDBRecipients(settings.customers_table),
            suppressions=DynamoDBSuppressions(settings.customers_table),
            mailer=SesMailer(
                settings.mail_from,
                settings.sender_name,
                settings.configuration_set,
                settings.mail_reply_to,
            ),
            write=MailRenderer(
                settings.shop_name,
                settings.default_locale,
                lifetimes,
                utc_now,
                settings.mail_time_zone,
                replies=bool(settings.mail_reply_to),
                code_in_subject=settings.code_in_subject,
                own_fields=customer_fields().in_mails,
            ),
            links=SecretLinks(RotatingKeys(settings.link_keys_secret)),
            pace=SendRate(ses_quota, utc_now, self.sleep),
            clock=utc_now,
            pause=self.sleep,
            new_id=new_id,
            public_url=PublicUrl(settings.public_url_parameter),
            lifetimes=lifetimes,
            reminder=timedelta(hours=settings.reminder_hours) or None,
        )
        return SendMails(deliver)
