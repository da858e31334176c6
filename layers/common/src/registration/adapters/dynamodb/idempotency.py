"""Idempotency records in DynamoDB, removed by TTL. The stored entity is called receipt."""

from datetime import datetime

from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import FREE, Write, put
from registration.adapters.dynamodb.reading import read_one
from registration.domain.idempotency import IdempotencyRecord, IdempotentRequest
from registration.frozen import dataclass


@dataclass(frozen=True)
class DynamoDBIdempotencyRecords:
    """The port ``IdempotencyRecords`` on the table ``customers``."""

    table: str

    def find(self, request: IdempotentRequest) -> IdempotencyRecord | None:
        """Return the record of a request's key."""
        key = keys.receipt(request.key_digest)
        item = read_one(self.table, key)
        return _record_of(request.key_digest, item) if item else None


def put_record(table: str, record: IdempotencyRecord) -> Write:
    """Return the write of a record, for the transaction of its request."""
    item: items.Item = {
        **keys.receipt(record.request.key_digest),
        "entity": {"S": "receipt"},
        "fingerprint": {"S": record.request.fingerprint},
        "password_hash": {"S": record.password_hash},
        "reference": {"S": record.reference},
        "answered_at": {"S": record.answered_at.isoformat()},
        "expires_at": {"N": items.epoch(record.expires_at)},
    }
    # Two concurrent requests with one key: both get the answer of the first.
    return put(table, item, FREE, {":now": {"N": items.epoch(record.answered_at)}})


def _record_of(key_digest: str, item: items.ReadItem) -> IdempotencyRecord:
    return IdempotencyRecord(
        request=IdempotentRequest(key_digest, item["fingerprint"]["S"]),
        password_hash=item["password_hash"]["S"],
        reference=item["reference"]["S"],
        answered_at=datetime.fromisoformat(item["answered_at"]["S"]),
    )
