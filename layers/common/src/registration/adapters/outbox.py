"""The outbox in DynamoDB: what is in the table is what is unsent."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from registration.adapters import clients, items, keys
from registration.adapters.reading import read_batch
from registration.application.directory import MailProgress, Waiting
from registration.application.ports import Contested
from registration.domain.mails import Mail


@dataclass(frozen=True)
class DynamoDBOutbox:
    """The port ``Outbox`` on the table ``outbox``."""

    table: str

    def get(self, mail_id: str) -> Mail | None:
        """Return a mail that is still to be sent."""
        answer = clients.dynamodb().get_item(
            TableName=self.table, Key=keys.mail(mail_id), ConsistentRead=True
        )
        item = answer.get("Item")
        return items.mail_of(item) if item and "parked" not in item else None

    def waiting_since(self, before: datetime) -> list[str]:
        """Return the ids of the mails promised before a time, oldest first.

        The outbox holds what is unsent and nothing else: reading all of it is right.
        """
        found: list[tuple[str, str]] = []
        pages = (
            clients.dynamodb()
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                FilterExpression="promised_at < :before AND attribute_not_exists(parked)",
                ProjectionExpression="PK, promised_at",
                ExpressionAttributeValues={":before": {"S": before.isoformat()}},
                ConsistentRead=True,
            )
        )
        for page in pages:
            found += [(item["promised_at"]["S"], keys.mail_id(item)) for item in page["Items"]]
        return [mail_id for _, mail_id in sorted(found)]

    def progress(self, mail_ids: Sequence[str]) -> Mapping[str, MailProgress]:
        """Return those of some mails that are not sent."""
        wanted = [keys.mail(mail_id) for mail_id in dict.fromkeys(mail_ids)]
        found = read_batch(self.table, wanted) if wanted else []
        return {keys.mail_id(item): _progress_of(item) for item in found}

    def renew(self, mail: Mail, link_since: datetime) -> Mail:
        """Let the link's lifetime begin later; return the mail as it is then."""
        try:
            # Two senders at once: the first one's time stands, the second reads again.
            clients.dynamodb().update_item(
                TableName=self.table,
                Key=keys.mail(mail.mail_id),
                UpdateExpression="SET link_since = :since",
                ConditionExpression="link_since = :seen",
                ExpressionAttributeValues={
                    ":since": {"S": link_since.isoformat()},
                    ":seen": {"S": mail.link_since.isoformat()},
                },
            )
        except clients.dynamodb().exceptions.ConditionalCheckFailedException as error:
            raise Contested from error
        return replace(mail, link_since=link_since)

    def park(self, mail_id: str, reason: str) -> None:
        """Set a mail aside that will never be accepted, and say why."""
        # Gone meanwhile (its customer ran out): there is nothing left to set aside.
        with suppress(clients.dynamodb().exceptions.ConditionalCheckFailedException):
            clients.dynamodb().update_item(
                TableName=self.table,
                Key=keys.mail(mail_id),
                UpdateExpression="SET parked = :reason",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":reason": {"S": reason}},
            )

    def remove_all_to(self, reference: str) -> None:
        """Forget every mail that is promised to a customer.

        The outbox holds what is unsent and nothing else: reading all of it is right.
        """
        pages = (
            clients.dynamodb()
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                FilterExpression="#reference = :reference",
                ProjectionExpression="PK",
                ExpressionAttributeNames={"#reference": "reference"},
                ExpressionAttributeValues={":reference": {"S": reference}},
                ConsistentRead=True,
            )
        )
        for page in pages:
            for found in page["Items"]:
                clients.dynamodb().delete_item(TableName=self.table, Key=found)

    def remove(self, mail_id: str) -> None:
        """Forget a mail that was accepted."""
        clients.dynamodb().delete_item(TableName=self.table, Key=keys.mail(mail_id))


def _progress_of(item: items.ReadItem) -> MailProgress:
    return MailProgress(
        state=Waiting.PARKED if "parked" in item else Waiting.WAITING,
        reason=items.text(item, "parked"),
        promised_at=datetime.fromisoformat(item["promised_at"]["S"]),
    )
