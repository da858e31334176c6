"""The recipients of mails, and the delivery of the mails, on the table ``customers``."""

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.mail.suppressions import suppression_of
from registration.application.mail.ports import Recipient
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Report
from registration.domain.mail.mails import Mail
from registration.frozen import dataclass


@dataclass(frozen=True)
class DynamoDBRecipients:
    """The port ``Recipients`` on the table ``customers``."""

    table: str

    def of(self, mail: Mail) -> Recipient:
        """Return the recipient of a mail."""
        to = EmailAddress(mail.to).normalised
        wanted = [keys.customer(mail.reference), keys.suppression(to), keys.claim(to)]
        kinds = {item["entity"]["S"]: item for item in read_batch(self.table, wanted)}
        customer, suppressed, claim = map(kinds.get, ("customer", "suppression", "claim"))
        return Recipient(
            items.customer_of(customer) if customer else None,
            suppression_of(suppressed) if suppressed else None,
            items.claim_of(claim) if claim else None,
        )

    def reference_of(self, email: EmailAddress) -> str | None:
        """Return the reference of the customer with an address; a quiet one has no customer."""
        claim = read_one(self.table, keys.claim(email.normalised)) or {}
        return None if "quiet_since" in claim else items.text(claim, "reference")

    def record(self, reference: str, report: Report) -> bool:
        """Record a report on a customer; return whether it was new."""
        value = {**items.delivery_value(report.delivery), "rank": {"S": report.rank}}
        try:
            clients.dynamodb().update_item(
                TableName=self.table,
                Key=keys.customer(reference),
                UpdateExpression="SET delivery = :delivery",
                # Delivered twice or out of order: only a higher rank counts. Gone or
                # anonymised meanwhile: nothing is written to the rest of the customer.
                ConditionExpression=(
                    "entity = :customer"
                    " AND (attribute_not_exists(delivery) OR delivery.#rank < :rank)"
                ),
                ExpressionAttributeNames={"#rank": "rank"},
                ExpressionAttributeValues={
                    ":delivery": {"M": value},
                    ":rank": {"S": report.rank},
                    ":customer": {"S": "customer"},
                },
            )
        except clients.dynamodb().exceptions.ConditionalCheckFailedException:
            return False
        return True
