"""What SES tells of a mail, read from a record of the topic that it tells.

Both of SES's formats are read: the events of a configuration set (``eventType``, with the
mail's tags) and the notifications of an identity (``notificationType``, without).

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import json
from collections.abc import Callable, Iterable, Mapping
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


def _bounce(told: Told) -> Report:
    bounce = told["bounce"]
    kind = str(bounce["bounceType"])
    detail = f"{kind}/{bounce.get('bounceSubType', 'Undetermined')}"
    recipients = (each["emailAddress"] for each in bounce["bouncedRecipients"])
    at, passing = bounce["timestamp"], kind != "Permanent"
    return _report(told, DeliveryStatus.BOUNCED, at, recipients, detail, passing=passing)


def _complaint(told: Told) -> Report:
    complaint = told["complaint"]
    detail = complaint.get("complaintFeedbackType") or complaint.get("complaintSubType")
    recipients = (each["emailAddress"] for each in complaint["complainedRecipients"])
    return _report(told, DeliveryStatus.COMPLAINED, complaint["timestamp"], recipients, detail)


def _delivery(told: Told) -> Report:
    delivery = told["delivery"]
    recipients = delivery["recipients"]
    return _report(told, DeliveryStatus.DELIVERED, delivery["timestamp"], recipients, None)


def _reject(told: Told) -> Report:
    mail = told["mail"]
    detail = told["reject"].get("reason")
    return _report(told, DeliveryStatus.REFUSED, mail["timestamp"], mail["destination"], detail)


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
    recipients: Iterable[str],
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
        recipients=tuple(filter(None, map(_address, recipients))),
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
