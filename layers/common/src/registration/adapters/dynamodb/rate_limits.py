"""Counters of attempts in DynamoDB: one item per counter, removed by TTL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters import clients
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import Write, put, update
from registration.adapters.dynamodb.reading import read_batch
from registration.adapters.dynamodb.transactions import write_all
from registration.adapters.dynamodb.transient import is_transient
from registration.adapters.dynamodb.writing import write_batches
from registration.domain.claims import Claim
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy
from registration.domain.rate_limits import Counter
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef


@dataclass(frozen=True)
class DynamoDBLimits:
    """The port ``Limits`` on the table ``customers``."""

    table: str

    def count(self, counter: Counter) -> int:
        """Add one; return the new count."""
        with _told():
            answer = clients.dynamodb().update_item(
                **self._one_more(counter)["Update"], ReturnValues="UPDATED_NEW"
            )
        return int(answer["Attributes"]["attempts"]["N"])

    def count_all(self, counters: Sequence[Counter]) -> None:
        """Add one to each of some counters."""
        # A concurrent failure with the same counters conflicts with this one. Neither has a
        # condition: the next try adds to the count that the other one wrote.
        with _told():
            write_all([self._one_more(counter) for counter in counters])

    def claim_on(
        self, email: EmailAddress, counters: Sequence[Counter], now: datetime
    ) -> tuple[Claim | None, dict[Counter, int]]:
        """Return the claim on an address, and the value of each counter."""
        claim = keys.claim(email.normalised)
        wanted = [claim, *(keys.limit(counter.digest) for counter in counters)]
        with _told():
            found = {item["PK"]["S"]: item for item in read_batch(self.table, wanted)}
        owner = found.get(claim["PK"]["S"])
        counts = dict.fromkeys(counters, 0)
        for counter in counters:
            item = found.get(keys.limit(counter.digest)["PK"]["S"])
            # TTL deletes a note late. Counters of earlier windows are other items.
            if item and int(item["expires_at"]["N"]) > now.timestamp():
                counts[counter] = int(item["attempts"]["N"])
        return items.claim_of(owner) if owner else None, counts

    def note(self, note: Counter, cleared: Counter) -> None:
        """Keep the note of a client, and clear a counter."""
        with _told():
            write_batches(
                self.table,
                [{"DeleteRequest": {"Key": keys.limit(cleared.digest)}}, *put_requests(note)],
            )

    def _one_more(self, counter: Counter) -> Write:
        # No condition: `ADD` is atomic and returns a number that no other attempt gets. The
        # digest names the window, so an item of an earlier window, which TTL may not have
        # deleted yet, is another item.
        return update(
            self.table,
            keys.limit(counter.digest),
            {"entity": {"S": "limit"}, "expires_at": {"N": items.epoch(counter.ends)}},
            adds={"attempts": {"N": "1"}},
        )


def puts(table: str, note: Counter | None, *more: items.Item) -> list[Write]:
    """Return the writes of some items, and of the note of a client, for a transaction."""
    return [put(table, item) for item in _noted(note, *more)]


def put_requests(note: Counter | None, *more: items.Item) -> "list[WriteRequestUnionTypeDef]":
    """Return the same for a batch: half of the write units, where no item needs another."""
    return [{"PutRequest": {"Item": item}} for item in _noted(note, *more)]


def _noted(note: Counter | None, *more: items.Item) -> list[items.Item]:
    if not note:
        return list(more)
    noted: items.Item = {
        **keys.limit(note.digest),
        "entity": {"S": "limit"},
        "expires_at": {"N": items.epoch(note.ends)},
        "attempts": {"N": str(note.proven_on)},
    }
    return [*more, noted]


@contextmanager
def _told() -> Iterator[None]:
    """Raise ``Busy`` if DynamoDB is unavailable or busy."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if is_transient(error):
            raise Busy from error
        raise
