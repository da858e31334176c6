"""Sign-ups that wait for their confirmation, in DynamoDB."""

from registration.adapters.customers.customers import UNVERIFIED, DynamoDBCustomers
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import Write, delete, update
from registration.adapters.dynamodb.reading import read_batch
from registration.adapters.mail.suppressions import suppression_of
from registration.domain.claims import Claim
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Suppression
from registration.frozen import dataclass


@dataclass(frozen=True)
class DynamoDBSignUps(DynamoDBCustomers):
    """The port ``SignUps`` on the table ``customers``."""

    def claim_and_suppression(self, email: EmailAddress) -> tuple[Claim | None, Suppression | None]:
        """Return the claim on an address and its suppression, as of a moment ago."""
        wanted = [keys.claim(email.normalised), keys.suppression(email.normalised)]
        # The page asks again: half a read unit each will do.
        read = read_batch(self.customers_table, wanted, consistent=False)
        found = {item["entity"]["S"]: item for item in read}
        claim, suppression = found.get("claim"), found.get("suppression")
        return (
            items.claim_of(claim) if claim else None,
            suppression_of(suppression) if suppression else None,
        )

    def abandon(self, claim: Claim, new_attempt_id: str) -> None:
        """Remove a sign-up; its claim stays, abandoned."""
        # The link is used, or somebody signs up with the address once more, at this moment.
        seen: items.Item = {":attempt": {"S": claim.attempt_id}}
        waits: items.Item = {**seen, **UNVERIFIED}
        of_customer = "#status = :unverified AND attempt_id = :attempt", waits
        open_: items.Item = {**seen, ":false": {"BOOL": False}}
        of_claim = "verified = :false AND attempt_id = :attempt", open_
        customer, address = keys.customer(claim.reference), keys.claim(claim.email)
        table, forgotten = self.customers_table, ("browser", "sign_up")
        given_up: items.Item = {"abandoned": {"BOOL": True}, "attempt_id": {"S": new_attempt_id}}
        writes: tuple[Write, Write]
        if claim.entered or claim.contested:
            writes = (
                update(table, customer, {}, *of_customer, removes=forgotten),
                update(table, address, {}, *of_claim, removes=("browser",)),
            )
        else:
            gone = ("browser", "contested")
            writes = (
                delete(table, customer, *of_customer),
                update(table, address, given_up, *of_claim, removes=gone),
            )
        self._write(*writes, attempt_id=None)
