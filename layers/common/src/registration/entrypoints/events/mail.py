"""What SES tells of a mail, read from a record of the topic that it tells.

Both of SES's formats are read: the events of a configuration set (``eventType``, with the
mail's tags) and the notifications of an identity (``notificationType``, without).

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from registration.domain.emails import EmailAddress
from registration.domain.errors import RegistrationError
from registration.domain.mail.deliveries import Delivery, DeliveryStatus, Report

Told = Mapping[str, Any]


class Unknown(Exception):
    """A kind of event that nobody here has a use for."""


class MalformedReport(Exception):
    """A record that does not say what SES's records say."""


def report_in(record: Told) -> Report:
    """Return what a record of the topic tells of a mail.

    Raises
    ------
    Unknown, MalformedReport
    """
    try:
        told: Told = json.loads(record["Sns"]["Message"])
        kind = told.get("eventType") or told.get("notificationType")
        read = _READERS.get(str(kind))
        if read is None:
            raise Unknown
        return read(told)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MalformedReport from error


# Feedback that is no complaint of the recipient: a mail that was taken for spam and is none, and a
# report on the authentication of a mail.
# https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#complaint-types
_NO_COMPLAINTS = {"not-spam", "auth-failure"}


def _bounce(told: Told) -> Report:
    bounce = told["bounce"]
    kind = str(bounce["bounceType"])
    detail = f"{kind}/{bounce.get('bounceSubType', 'Undetermined')}"
    passing = kind != "Permanent"
    return _report(told, DeliveryStatus.BOUNCED, bounce["timestamp"], detail, passing=passing)


def _complaint(told: Told) -> Report:
    complaint = told["complaint"]
    detail = complaint.get("complaintFeedbackType") or complaint.get("complaintSubType")
    if detail in _NO_COMPLAINTS:
        raise Unknown
    return _report(told, DeliveryStatus.COMPLAINED, complaint["timestamp"], detail)


def _delivery(told: Told) -> Report:
    return _report(told, DeliveryStatus.DELIVERED, told["delivery"]["timestamp"], None)


def _reject(told: Told) -> Report:
    detail = told["reject"].get("reason")
    return _report(told, DeliveryStatus.REFUSED, told["mail"]["timestamp"], detail)


_READERS: dict[str, Callable[[Told], Report]] = {
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Delivery": _delivery,
    "Reject": _reject,
}


def _report(
    told: Told,
    status: DeliveryStatus,
    at: str,
    detail: str | None,
    *,
    passing: bool = False,
) -> Report:
    mail = told["mail"]
    kind, mail_id, reference = (_tag(mail, name) for name in ("kind", "mail_id", "reference"))
    label = f"{kind}/{mail_id}" if kind and mail_id else None
    return Report(
        delivery=Delivery(status, _time(at), detail, label),
        sent_at=_time(mail["timestamp"]),
        # To whom the mail was sent. Those that bounced or complained may be others, to whom a
        # mailbox forwards its mails.
        recipients=tuple(filter(None, map(_address, mail["destination"]))),
        reference=reference,
        passing=passing,
    )


def _tag(mail: Told, name: str) -> str | None:
    values = mail.get("tags", {}).get(name)
    return str(values[0]) if values else None


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time.astimezone(UTC)


def _address(text: str) -> EmailAddress | None:
    try:
        return EmailAddress.parse(parseaddr(text)[1])
    except RegistrationError:
        # Not an address that anybody could have signed up with.
        return None
