"""Counters of attempts in DynamoDB: one item a counter, removed by TTL."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters import clients, items, keys
from registration.adapters.throttling import passes
from registration.adapters.transactions import Cancelled, write_all
from registration.application.limits import Uncounted
from registration.domain.customers import Claim
from registration.domain.emails import EmailAddress
from registration.domain.limits import Counter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

_MOST_TRIES = 8
_SERVER_ERROR = 500


@dataclass(frozen=True)
class DynamoDBLimits:
    """The port ``Limits`` on the table ``customers``."""

    table: str

    def count(self, counter: Counter) -> int:
        """Count one more; return how many there are with this one."""
        update = partial(
            clients.dynamodb().update_item, **self._one_more(counter), ReturnValues="UPDATED_NEW"
        )
        try:
            return int(update()["Attributes"]["attempts"]["N"])
        except (BotoCoreError, ClientError) as error:
            if _is_away(error):
                raise Uncounted from error
            raise

    def count_all(self, counters: Sequence[Counter]) -> None:
        """Count one more in each of some counters."""
        writes: list[TransactWriteItemTypeDef] = [{"Update": self._one_more(c)} for c in counters]
        for _ in range(_MOST_TRIES):
            try:
                write_all(clients.dynamodb(), writes)
            except Cancelled:
                # Another failure with the same counters at the same time. None has a
                # condition: the next try adds to what the other one wrote.
                continue
            except (BotoCoreError, ClientError) as error:
                if _is_away(error):
                    raise Uncounted from error
                raise
            return
        raise Uncounted

    def claim_on(
        self, email: EmailAddress, counters: Sequence[Counter]
    ) -> tuple[Claim | None, list[int]]:
        """Return whose an address is, and what each counter holds."""
        claim = keys.claim(email.normalised)
        wanted = [claim, *(keys.limit(counter.digest) for counter in counters)]
        found = {item["PK"]["S"]: item for item in self._read(wanted)}
        owner = found.get(claim["PK"]["S"])
        counts = []
        for key in wanted[1:]:
            item = found.get(key["PK"]["S"])
            counts.append(int(item["attempts"]["N"]) if item else 0)
        return items.claim_of(owner) if owner else None, counts

    def _read(self, wanted: list[keys.Key]) -> list[items.ReadItem]:
        """Read some items at once: all of them, or it fails."""
        found: list[items.ReadItem] = []
        for _ in range(_MOST_TRIES):
            try:
                answer = clients.dynamodb().batch_get_item(
                    RequestItems={self.table: {"Keys": wanted, "ConsistentRead": True}}
                )
            except (BotoCoreError, ClientError) as error:
                if _is_away(error):
                    raise Uncounted from error
                raise
            found += answer["Responses"].get(self.table, [])
            left = answer["UnprocessedKeys"].get(self.table)
            if not left:
                return found
            # DynamoDB is busy and has left some out: a counter that was not read is no 0.
            wanted = [dict(key) for key in left["Keys"]]
        raise Uncounted

    def _one_more(self, counter: Counter) -> "UpdateTypeDef":
        # No condition: `ADD` is atomic and returns a number that no other attempt gets,
        # and the digest names the window, so that an item of an earlier window, which
        # TTL may not have deleted yet, is another item.
        return {
            "TableName": self.table,
            "Key": keys.limit(counter.digest),
            "UpdateExpression": "SET entity = :entity, expires_at = :ends ADD attempts :one",
            "ExpressionAttributeValues": {
                ":entity": {"S": "limit"},
                ":ends": {"N": items.epoch(counter.ends)},
                ":one": {"N": "1"},
            },
        }


def _is_away(error: BotoCoreError | ClientError) -> bool:
    """Whether DynamoDB is away or busy. A mistake of ours must not open a door in silence."""
    if isinstance(error, BotoCoreError) or passes(error):
        return True
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVER_ERROR
