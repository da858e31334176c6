"""Lines of the directory as DynamoDB items, and back.

Each entry carries all that a line shows, so that a page of the list needs no other read,
under the names that it has with the customer: one function reads both.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from registration.adapters import keys
from registration.adapters.items import Item, ReadItem, epoch, is_customer, moment, text
from registration.adapters.shards import shard_of
from registration.adapters.timelines import DynamoDBTimeline
from registration.domain.customers import Origin, Status
from registration.domain.directory import Listed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_SEARCH_SHARDS = 4
LINE, TERM = "directory_line", "directory_term"
"""The entities of the directory: an entry of the list, and one for a term that finds it."""


def timeline(table: str, status: Status) -> DynamoDBTimeline:
    """Return the list of the customers of a status."""
    return DynamoDBTimeline(table, f"DIRECTORY-{status.value.upper()}")


def search_partitions(word: str) -> tuple[str, ...]:
    """Return the partitions of all terms that begin with a word."""
    return tuple(keys.search_partition(word, shard) for shard in range(_SEARCH_SHARDS))


def entries_of(line: Listed, table: str) -> list[Item]:
    """Return the entries of a line: one in the list of its status, and one for each term."""
    attributes = _attributes(line)
    listed = timeline(table, line.status).key(line.created_at, line.reference)
    entries: list[Item] = [{**listed, "entity": {"S": LINE}, **attributes}]
    shard = shard_of(line.reference, _SEARCH_SHARDS)
    for term in line.terms:
        key = keys.search_entry(term, shard, line.reference)
        entries.append({**key, "entity": {"S": TERM}, **attributes})
    return entries


def line_of(item: ReadItem) -> Listed:
    """Return the line that an entry holds, or that a customer's item is."""
    delivery = item["delivery"]["M"] if "delivery" in item else {}
    delivered_at = text(delivery, "at")
    return Listed(
        reference=item["reference"]["S"],
        status=Status(item["status"]["S"]),
        origin=Origin(item["origin"]["S"]),
        email=item["email"]["S"],
        first_name=item["first_name"]["S"],
        last_name=item["last_name"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        mail_id=item["token_id"]["S"],
        expires_at=moment(item, "expires_at"),
        delivery=text(delivery, "status"),
        delivery_at=datetime.fromisoformat(delivered_at) if delivered_at else None,
    )


def line_of_customer(item: ReadItem | None) -> Listed | None:
    """Return a customer as a line. What stays of an anonymised one is none."""
    return line_of(item) if item and is_customer(item) else None


def _attributes(line: Listed) -> Item:
    item: Item = {
        "reference": {"S": line.reference},
        "status": {"S": line.status.value},
        "origin": {"S": line.origin.value},
        "email": {"S": line.email},
        "first_name": {"S": line.first_name},
        "last_name": {"S": line.last_name},
        "created_at": {"S": line.created_at.isoformat()},
        "token_id": {"S": line.mail_id},
    }
    if line.expires_at:
        item["expires_at"] = {"N": epoch(line.expires_at)}
    if line.delivery:
        delivery: dict[str, AttributeValueTypeDef] = {"status": {"S": line.delivery}}
        if line.delivery_at:
            delivery["at"] = {"S": line.delivery_at.isoformat()}
        item["delivery"] = {"M": delivery}
    return item
