"""Sends the mails that the outbox promises: from its stream, and on a schedule.

A stream forgets after a day and gives up on a record after some tries; the outbox
does not. Whatever fails here is still promised there, and the schedule finds it.
"""

from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters import keys
from registration.adapters.mailer import SesMailer
from registration.adapters.outbox import DynamoDBOutbox
from registration.adapters.public_url import public_url
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.deliver import Deliver
from registration.application.ports import Contested, Postponed
from registration.domain.links import Purpose
from registration.entrypoints.letters import Letters
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.settings import SendEmailSettings
from registration.entrypoints.web import utc_now

# Left unused of the function's time: a mail under way is finished, none is begun.
_MILLISECONDS_SPARED = 15_000


@cache
def _settings() -> SendEmailSettings:
    return SendEmailSettings.from_environment()


@cache
def _deliver() -> Deliver:
    settings = _settings()
    hours = {
        Purpose.CONFIRM: settings.confirm_link_hours,
        Purpose.RESET_PASSWORD: settings.reset_link_hours,
        Purpose.INVITE_STAFF: settings.staff_invitation_hours,
    }
    return Deliver(
        outbox=DynamoDBOutbox(settings.outbox_table),
        mailer=SesMailer(settings.mail_from, settings.shop_name, settings.configuration_set),
        write=Letters(settings.shop_name, settings.default_locale, hours),
        links=SecretLinks(RotatingKeys(settings.link_keys_secret)),
        clock=utc_now,
        public_url=public_url(settings.public_url_parameter),
        lifetimes={purpose: timedelta(hours=count) for purpose, count in hours.items()},
    )


def _send(mail_id: str) -> bool:
    """Send one mail; return whether it needs no other try from here."""
    try:
        count(f"Mail{_deliver()(mail_id).title().replace('_', '')}")
    except (Postponed, Contested) as reason:
        count("MailPostponed")
        logger.warning("mail left for the sweep", extra={"mail_id": mail_id, "reason": str(reason)})
    except Exception as error:  # noqa: BLE001 - one mail that fails must not stop its neighbours
        count("MailFailed")
        logger.error("mail failed", extra={"mail_id": mail_id, "error": type(error).__name__})
        return False
    return True


def _from_stream(records: list[dict[str, Any]]) -> dict[str, Any]:
    failures = [
        {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
        for record in records
        if not _send(keys.mail_id(record["dynamodb"]["Keys"]))
    ]
    return {"batchItemFailures": failures}


def _sweep(context: LambdaContext) -> dict[str, Any]:
    waiting = _deliver().waiting(timedelta(minutes=_settings().sweep_minutes))
    tried = 0
    for mail_id in waiting:
        if context.get_remaining_time_in_millis() < _MILLISECONDS_SPARED:
            break
        _send(mail_id)
        tried += 1
    count("MailSwept", tried)
    return {"waiting": len(waiting), "tried": tried}


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send what the stream's records promise, or, on the schedule, what it missed."""
    records = event.get("Records")
    return _sweep(context) if records is None else _from_stream(records)
