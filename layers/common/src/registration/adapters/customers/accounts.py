"""Changing customers in DynamoDB."""

from dataclasses import dataclass
from datetime import datetime

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import Write, delete, put, update
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.domain.customers import Customer
from registration.domain.mail.mails import Mail

# Each of these is removed if it no longer has a value.
_CHANGEABLE = (
    *items.PROFILE,
    "password_hash",
    "generation",
    "reset_token_id",
    "updated_at",
)


@dataclass(frozen=True)
class DynamoDBAccounts(DynamoDBCustomers):
    """The port ``Accounts`` on the tables ``customers`` and ``outbox``."""

    def save(self, changed: Customer, seen: Customer, mail: Mail | None = None) -> None:
        """Write a changed customer if it is unchanged since read, and promise a mail with it."""
        writes = [self._change(changed, seen), self._speak(changed)]
        if mail:
            writes.append(self._promise(mail))
        self._write(*writes, attempt_id=None)

    def anonymise(self, customer: Customer, now: datetime) -> None:
        """Keep only a customer's reference, and free the address."""
        left: items.Item = {
            **keys.customer(customer.reference),
            "entity": {"S": "anonymised_customer"},
            "reference": {"S": customer.reference},
            "origin": {"S": customer.consent.origin.value},
            "anonymised_at": {"S": now.isoformat()},
        }
        seen: items.Item = {":seen": {"S": customer.updated_at.isoformat()}}
        self._write(
            # If it changed since it was read, there may be more belongings to remove.
            put(self.customers_table, left, "updated_at = :seen", seen, found=True),
            # Never remove another customer's claim.
            delete(
                self.customers_table,
                keys.claim(customer.email.normalised),
                "#reference = :reference",
                {":reference": {"S": customer.reference}},
            ),
            attempt_id=None,
        )

    def _change(self, changed: Customer, seen: Customer) -> Write:
        item = items.customer_item(changed)
        return update(
            self.customers_table,
            keys.customer(changed.reference),
            {name: item[name] for name in _CHANGEABLE if name in item},
            # Two concurrent changes: the second has to read the result of the first.
            "#status = :status AND #updated_at = :seen",
            {
                ":status": {"S": seen.status.value},
                ":seen": {"S": seen.updated_at.isoformat()},
            },
            removes=(name for name in _CHANGEABLE if name not in item),
        )

    def _speak(self, changed: Customer) -> Write:
        # The claim stores the language of mails to its owner.
        locale = changed.profile.locale
        return update(
            self.customers_table,
            keys.claim(changed.email.normalised),
            {"locale": {"S": locale}} if locale else {},
            "#reference = :reference",
            {":reference": {"S": changed.reference}},
            removes=() if locale else ("locale",),
        )


@dataclass(frozen=True)
class DynamoDBBelongings:
    """The port ``Belongings``: sessions, carts and unsent mails."""

    sessions: DynamoDBSessions
    carts: DynamoDBCarts
    outbox: DynamoDBOutbox

    def end_sessions(self, reference: str) -> None:
        """Sign a customer out everywhere."""
        self.sessions.end_all(reference)

    def remove_all(self, customer: Customer) -> None:
        """Remove sessions, carts and unsent mails."""
        self.sessions.end_all(customer.reference)
        self.carts.remove_all_of(customer.reference)
        self.outbox.remove_all_to(customer.reference)
        # An imported customer's confirmation mail is in no index, but its id is known.
        self.outbox.remove(customer.token_id)
