"""Entries of the directory as DynamoDB items, and lines of the list."""

from collections.abc import Iterable
from datetime import datetime

from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import (
    Item,
    ReadItem,
    delivery_of,
    epoch,
    is_customer,
    moment,
    own_attribute,
    own_of,
)
from registration.adapters.dynamodb.shards import shard_of
from registration.adapters.dynamodb.timelines import DynamoDBTimeline
from registration.domain.customers import Origin, Status
from registration.domain.directory import Findable, Listed

_SEARCH_SHARDS = 4
LINE, TERM = "directory_line", "directory_term"
"""The entities of the directory: an entry of the list, and an entry for a search term."""


def timeline(table: str, status: Status) -> DynamoDBTimeline:
    """Return the timeline of the customers with a status."""
    return DynamoDBTimeline(table, f"DIRECTORY-{status.value.upper()}")


def search_partitions(word: str) -> tuple[str, ...]:
    """Return the partitions of all terms that begin with a word."""
    return tuple(keys.search_partition(word, shard) for shard in range(_SEARCH_SHARDS))


def entries_of(customer: Findable, table: str) -> list[Item]:
    """Return a customer's entries: one in the list of its status, and one for each term.

    Each entry has everything that the filter needs. The rest of a line is read from the
    customer, so that changing it costs no write of an entry.
    """
    attributes = _attributes(customer)
    listed = timeline(table, customer.status).key(customer.created_at, customer.reference)
    entries: list[Item] = [{**listed, "entity": {"S": LINE}, **attributes}]
    shard = shard_of(customer.reference, _SEARCH_SHARDS)
    for term in customer.terms:
        key = keys.search_entry(term, shard, customer.reference)
        entries.append({**key, "entity": {"S": TERM}, **attributes})
    return entries


def findable(item: ReadItem, searched: Iterable[str]) -> Findable:
    """Return the searchable fields in an entry, and those of the shop's own that are searched."""
    own = own_of(item)
    return Findable(
        reference=item["reference"]["S"],
        status=Status(item["status"]["S"]),
        origin=Origin(item["origin"]["S"]),
        email=item["email"]["S"],
        first_name=item["first_name"]["S"],
        last_name=item["last_name"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        expires_at=moment(item, "expires_at"),
        own={name: own[name] for name in searched if name in own},
    )


def line_of(item: ReadItem | None, searched: Iterable[str]) -> Listed | None:
    """Return a customer's item as a line, or None for an anonymised customer."""
    if not item or not is_customer(item):
        return None
    # The attributes of an entry have the same names as those of the customer.
    found = findable(item, searched)
    return Listed(**vars(found), mail_id=item["token_id"]["S"], delivery=delivery_of(item))


def _attributes(customer: Findable) -> Item:
    item: Item = {
        "reference": {"S": customer.reference},
        "status": {"S": customer.status.value},
        "origin": {"S": customer.origin.value},
        "email": {"S": customer.email},
        "first_name": {"S": customer.first_name},
        "last_name": {"S": customer.last_name},
        "created_at": {"S": customer.created_at.isoformat()},
        **own_attribute(customer.own),
    }
    if customer.expires_at:
        item["expires_at"] = {"N": epoch(customer.expires_at)}
    return item
