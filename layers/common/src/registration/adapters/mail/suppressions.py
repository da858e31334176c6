"""Addresses that get no mail, on the table ``customers``; and SES's own list of them."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import DeliveryStatus, Report, Suppression

# For so long an old report may come once more, out of a queue of failures.
_LIFTED_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class DynamoDBSuppressions:
    """The port ``Suppressions`` on the table ``customers``."""

    table: str

    def of(self, email: EmailAddress) -> Suppression | None:
        """Return what is known of an address, if it ever was suppressed."""
        answer = clients.dynamodb().get_item(
            TableName=self.table, Key=keys.suppression(email.normalised), ConsistentRead=True
        )
        item = answer.get("Item")
        return suppression_of(item) if item else None

    def suppress(self, email: EmailAddress, report: Report) -> bool:
        """Let an address get no mail any more; return whether that was news."""
        at, status = report.delivery.at.isoformat(), report.delivery.status.value
        values = {":at": at, ":status": status, ":detail": report.delivery.detail or status}
        return self._update(
            email,
            UpdateExpression=(
                "SET entity = :entity, #at = :at, #status = :status, detail = :detail"
                " REMOVE expires_at"
            ),
            # A report told twice or too late, or from before staff's word, counts no more.
            ConditionExpression=(
                "attribute_not_exists(PK)"
                " OR #at < :at AND (attribute_not_exists(lifted_at) OR lifted_at < :at)"
            ),
            ExpressionAttributeNames={"#at": "at", "#status": "status"},
            ExpressionAttributeValues={
                ":entity": {"S": "suppression"},
                **{name: {"S": value} for name, value in values.items()},
            },
        )

    def hold(self, email: EmailAddress, mail_id: str) -> bool:
        """Remember a mail to be parked; return whether the address is suppressed still."""
        return self._update(
            email,
            UpdateExpression="ADD parked :mails",
            # Staff lift the suppression at this moment: then this mail must not be parked,
            # for nobody would look for it any more.
            ConditionExpression="attribute_not_exists(lifted_at) AND attribute_exists(PK)"
            " OR lifted_at < #at",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":mails": {"SS": [mail_id]}},
        )

    def lift(self, email: EmailAddress, now: datetime) -> frozenset[str]:
        """Note staff's word; return the mails that were parked because of the address."""
        self._update(
            email,
            UpdateExpression="SET lifted_at = :now, expires_at = :later",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeValues={
                ":now": {"S": now.isoformat()},
                ":later": {"N": items.epoch(now + _LIFTED_KEPT)},
            },
        )
        found = self.of(email)
        return found.parked if found else frozenset()

    def forget_held(self, email: EmailAddress, mail_ids: Iterable[str]) -> None:
        """Forget mails that are parked no more."""
        if known := list(mail_ids):
            self._update(
                email,
                UpdateExpression="DELETE parked :mails",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":mails": {"SS": known}},
            )

    def _update(self, email: EmailAddress, **update: Any) -> bool:
        key = keys.suppression(email.normalised)
        try:
            clients.dynamodb().update_item(TableName=self.table, Key=key, **update)
        except clients.dynamodb().exceptions.ConditionalCheckFailedException:
            return False
        return True


@dataclass(frozen=True)
class SesSuppressionList:
    """The port ``SuppressionList`` on SES's list for the account."""

    def remove(self, email: EmailAddress) -> None:
        """Take an address off the list, if it is on it."""
        ses = clients.ses()
        with suppress(ses.exceptions.NotFoundException):
            ses.delete_suppressed_destination(EmailAddress=email.typed)


def suppression_of(item: items.ReadItem) -> Suppression:
    """Return the suppression that an item holds."""
    lifted = items.text(item, "lifted_at")
    return Suppression(
        status=DeliveryStatus(item["status"]["S"]),
        at=datetime.fromisoformat(item["at"]["S"]),
        detail=items.text(item, "detail"),
        lifted_at=datetime.fromisoformat(lifted) if lifted else None,
        parked=frozenset(item["parked"]["SS"]) if "parked" in item else frozenset(),
    )
