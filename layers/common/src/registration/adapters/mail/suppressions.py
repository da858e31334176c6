"""Suppressed addresses, on the table ``customers``; and SES's own suppression list."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.reading import read_one
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import DeliveryStatus, Report, Suppression
from registration.frozen import dataclass

# How long an old report may still arrive again from a failure queue.
_LIFTED_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class DynamoDBSuppressions:
    """The port ``Suppressions`` on the table ``customers``."""

    table: str

    def of(self, email: EmailAddress) -> Suppression | None:
        """Return the suppression of an address, even a lifted one."""
        item = read_one(self.table, keys.suppression(email.normalised))
        return suppression_of(item) if item else None

    def suppress(self, email: EmailAddress, report: Report) -> bool:
        """Suppress an address; return whether that was new."""
        at, status = report.delivery.at.isoformat(), report.delivery.status.value
        values = {":at": at, ":status": status, ":detail": report.delivery.detail or status}
        return self._update(
            email,
            UpdateExpression=(
                "SET entity = :entity, #at = :at, #status = :status, detail = :detail"
                " REMOVE expires_at"
            ),
            # A report that is repeated, late, or older than the lifting does not count.
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
        """Remember a mail to be parked; return whether the address is still suppressed."""
        return self._update(
            email,
            UpdateExpression="ADD parked :mails",
            # Staff lift the suppression at this moment: then this mail must not be parked,
            # because nobody would unpark it.
            ConditionExpression="attribute_not_exists(lifted_at) AND attribute_exists(PK)"
            " OR lifted_at < #at",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":mails": {"SS": [mail_id]}},
        )

    def lift(self, email: EmailAddress, now: datetime) -> frozenset[str]:
        """Lift the suppression of an address; return the mails parked because of it."""
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
        """Forget mails that are no longer parked."""
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
        """Remove an address from the list, if it is there."""
        ses = clients.ses()
        with suppress(ses.exceptions.NotFoundException):
            ses.delete_suppressed_destination(EmailAddress=email.typed)


def suppression_of(item: items.ReadItem) -> Suppression:
    """Return the suppression in an item."""
    lifted = items.text(item, "lifted_at")
    return Suppression(
        status=DeliveryStatus(item["status"]["S"]),
        at=datetime.fromisoformat(item["at"]["S"]),
        detail=items.text(item, "detail"),
        lifted_at=datetime.fromisoformat(lifted) if lifted else None,
        parked=frozenset(item["parked"]["SS"]) if "parked" in item else frozenset(),
    )
