"""Changing customers in DynamoDB."""

from collections.abc import Iterator
from datetime import datetime

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.customers import UNVERIFIED, DynamoDBCustomers
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import FREE, Write, delete, put, update
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.domain.mail.mails import Mail
from registration.frozen import dataclass

# Each of these is removed if it no longer has a value.
_CHANGEABLE = (
    *items.PROFILE,
    "password_hash",
    "generation",
    "reset_token_id",
    "reset_token_since",
    "reset_browser",
    "updated_at",
    "new_email",
)
_OF_EMAIL = (
    "email",
    "attempt_id",
    "token_id",
    "token_since",
    "former_emails",
    "email_changed",
    "delivery",
    "sign_up",
)


@dataclass(frozen=True)
class DynamoDBAccounts(DynamoDBCustomers):
    """The port ``Accounts`` on the tables ``customers`` and ``outbox``."""

    def save(self, changed: Customer, seen: Customer, mail: Mail | None = None) -> None:
        """Write a changed customer if it is unchanged since read, and promise a mail with it."""
        writes = [self._change(changed, seen, _CHANGEABLE), self._speak(changed)]
        if mail:
            writes.append(self._promise(mail))
        self._write(*writes, attempt_id=None)

    def change_email(
        self,
        changed: Customer,
        seen: Customer,
        claim: Claim,
        over: Claim | None,
        mail: Mail,
        now: datetime,
    ) -> None:
        """Write a customer with another address, with its claims and its mail."""
        self._write(
            self._change(changed, seen, (*_CHANGEABLE, *_OF_EMAIL)),
            self._take(claim, over, now),
            self._promise(mail),
            *self._leave(changed, seen, now),
            *self._oust(over, changed.reference),
            attempt_id=None,
        )

    def anonymise(self, customer: Customer, now: datetime) -> None:
        """Keep only a customer's reference, and free the addresses."""
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
            *(self._unclaim(email, customer) for email in customer.emails(now)),
            attempt_id=None,
        )

    def _take(self, claim: Claim, over: Claim | None, now: datetime) -> Write:
        item = items.claim_item(claim)
        if over is None:
            return put(self.customers_table, item, FREE, {":now": {"N": items.epoch(now)}})
        return put(
            self.customers_table,
            item,
            # Somebody proves the address, or signs up with it once more, at this moment.
            "#reference = :reference AND attempt_id = :attempt AND verified = :verified",
            {
                ":reference": {"S": over.reference},
                ":attempt": {"S": over.attempt_id},
                ":verified": {"BOOL": over.verified},
            },
        )

    def _leave(self, changed: Customer, seen: Customer, now: datetime) -> Iterator[Write]:
        before = {each.email.normalised for each in seen.former_emails}
        ends = {each.email.normalised: each.until for each in changed.former_emails}
        for email in seen.emails(now):
            if email not in {*ends, changed.email.normalised}:
                yield self._unclaim(email, changed)
            elif email not in before and email in ends:
                # Until then nobody else can have it.
                yield update(
                    self.customers_table,
                    keys.claim(email),
                    {"expires_at": {"N": items.epoch(ends[email])}},
                    *_owned_by(changed),
                )

    def _oust(self, over: Claim | None, reference: str) -> list[Write]:
        if over is None or over.is_quiet or over.reference == reference:
            return []
        # Its owner follows the link at this moment.
        unchanged = "#status = :unverified AND attempt_id = :attempt"
        values: items.Item = {":attempt": {"S": over.attempt_id}, **UNVERIFIED}
        key = keys.customer(over.reference)
        return [delete(self.customers_table, key, unchanged, values)]

    def _unclaim(self, email: str, customer: Customer) -> Write:
        # Never remove another customer's claim.
        return delete(self.customers_table, keys.claim(email), *_owned_by(customer))

    def _change(self, changed: Customer, seen: Customer, names: tuple[str, ...]) -> Write:
        item = items.customer_item(changed)
        return update(
            self.customers_table,
            keys.customer(changed.reference),
            {name: item[name] for name in names if name in item},
            # Two concurrent changes: the second has to read the result of the first.
            "#status = :status AND #updated_at = :seen",
            {
                ":status": {"S": seen.status.value},
                ":seen": {"S": seen.updated_at.isoformat()},
            },
            removes=(name for name in names if name not in item),
        )

    def _speak(self, changed: Customer) -> Write:
        # The claim stores the language of mails to its owner.
        locale = changed.profile.locale
        return update(
            self.customers_table,
            keys.claim(changed.email.normalised),
            {"locale": {"S": locale}} if locale else {},
            *_owned_by(changed),
            removes=() if locale else ("locale",),
        )


def _owned_by(customer: Customer) -> tuple[str, items.Item]:
    return "#reference = :reference", {":reference": {"S": customer.reference}}


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
