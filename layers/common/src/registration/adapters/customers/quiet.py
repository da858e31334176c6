"""Quiet addresses in DynamoDB."""

from registration.adapters.customers.customers import UNVERIFIED, DynamoDBCustomers
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import FREE, delete, put, update
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.frozen import dataclass


@dataclass(frozen=True)
class DynamoDBQuietAddresses(DynamoDBCustomers):
    """The port ``QuietAddresses`` on the table ``customers``."""

    def remove(self, customer: Customer, quiet: Claim) -> None:
        """Remove an unverified customer; ``quiet`` takes the place of its claim."""
        attempt: items.Item = {":attempt": {"S": customer.attempt_id}}
        self._write(
            # The link of the same mail, or a newer sign-up, is used at this moment.
            delete(
                self.customers_table,
                keys.customer(customer.reference),
                "#status = :unverified AND token_id = :token AND attempt_id = :attempt",
                {**UNVERIFIED, **attempt, ":token": {"S": customer.token_id}},
            ),
            put(
                self.customers_table,
                items.claim_item(quiet),
                "attempt_id = :attempt AND verified = :false",
                {**attempt, ":false": {"BOOL": False}},
                found=True,
            ),
            attempt_id=quiet.attempt_id,
        )

    def take_out(self, customer: Customer, quiet: Claim | None) -> None:
        """Take the unproven address out of a verified customer."""
        assert customer.new_email, "the caller has looked"  # noqa: S101
        writes = [
            # It is proven, or another one asked for, at this moment; or it is our own earlier try.
            update(
                self.customers_table,
                keys.customer(customer.reference),
                {"updated_at": {"S": customer.updated_at.isoformat()}},
                "new_email.token_id = :token OR updated_at = :updated_at",
                {":token": {"S": customer.new_email.token_id}},
                removes=("new_email",),
            )
        ]
        if quiet:
            # Somebody signs up with it at this moment.
            now: items.Item = {":now": {"N": items.epoch(customer.updated_at)}}
            writes.append(put(self.customers_table, items.claim_item(quiet), FREE, now, found=True))
        self._write(*writes, attempt_id=quiet.attempt_id if quiet else None)

    def end_quiet(self, quiet: Claim) -> None:
        """Remove a claim that keeps an address quiet."""
        # It expired and somebody signs up at this moment, or staff end it, too.
        unchanged = "attempt_id = :attempt"
        attempt: items.Item = {":attempt": {"S": quiet.attempt_id}}
        key = keys.claim(quiet.email)
        self._write(delete(self.customers_table, key, unchanged, attempt), attempt_id=None)
