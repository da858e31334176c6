"""The recipients of mails, and the delivery of the mails, on the table ``customers``."""

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.mail.suppressions import suppression_of
from registration.application.mail.ports import Recipient
from registration.domain.claims import Claim
from registration.domain.customers import Customer
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
        found = self._by_entity(keys.customer(mail.reference), keys.suppression(to))
        customer, suppressed = map(found.get, ("customer", "suppression"))
        known = items.customer_of(customer) if customer else None
        return Recipient(
            known,
            suppression_of(suppressed) if suppressed else None,
            self._claim(to) if _may_be_quiet(mail, known, to) else None,
        )

    def _claim(self, normalised_email: str) -> Claim | None:
        claim = self._by_entity(keys.claim(normalised_email)).get("claim")
        return items.claim_of(claim) if claim else None

    def _by_entity(self, *wanted: keys.Key) -> dict[str, items.ReadItem]:
        return {item["entity"]["S"]: item for item in read_batch(self.table, wanted)}

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


def _may_be_quiet(mail: Mail, known: Customer | None, normalised_email: str) -> bool:
    # Where somebody is a customer nobody keeps the address quiet: it goes quiet in the transaction
    # that removes the customer.
    return bool(mail.not_me_link) and not (known and known.email.normalised == normalised_email)
