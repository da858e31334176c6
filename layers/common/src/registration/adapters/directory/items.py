"""Entries of the directory as DynamoDB items, and lines of the list."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import (
    Item,
    ReadItem,
    delivery_of,
    is_customer,
    moment,
    own_of,
)
from registration.adapters.dynamodb.timelines import DynamoDBTimeline
from registration.domain.customers import Origin, Status
from registration.domain.directory import Listed

LINE, TERM = "directory_line", "directory_term"
"""The entities of the directory: an entry of a list, and an entry for a search term."""

# No term has it. Terms may have blanks: some single characters fold into several words.
_BEFORE_TERM = "\n"
# Each accepts 1,000 new customers a second. A new table accepts 444 in all, at nine units each.
_SHARDS_OF_ALL, _SHARDS_OF_SOME = 2, 1


def all_customers(table: str) -> DynamoDBTimeline:
    """Return the list of all customers. Confirming changes nothing in it."""
    return DynamoDBTimeline(table, "DIRECTORY-ALL", _SHARDS_OF_ALL)


def some_customers(table: str, status: Status, origin: Origin) -> DynamoDBTimeline:
    """Return the list of the customers with a status and an origin."""
    name = f"DIRECTORY-{status.value.upper()}#{origin.value}"
    return DynamoDBTimeline(table, name, _SHARDS_OF_SOME)


def entries_of(customer: Listed, table: str) -> list[Item]:
    """Return a customer's entries: one in each of two lists, and one for each term.

    An entry has what selects it, so that changing anything else costs no write. A line also
    has the id of the newest confirmation mail, so that it is read together with the customer.
    """
    at, reference = customer.created_at, customer.reference
    line: Item = {"entity": {"S": LINE}, "mail_id": {"S": customer.mail_id}}
    entries = [
        all_customers(table).item(at, reference, line),
        some_customers(table, customer.status, customer.origin).item(at, reference, line),
    ]
    terms = customer.terms
    found: Item = {
        "entity": {"S": TERM},
        "origin": {"S": customer.origin.value},
        "terms": {"S": "".join(map(marked, terms))},
    }
    return entries + [{**keys.search_entry(term, reference), **found} for term in terms]


def marked(beginning: str) -> str:
    """Return what the attribute ``terms`` contains if a term begins so."""
    return _BEFORE_TERM + beginning


def terms_of(entry: ReadItem) -> Sequence[str]:
    """Return the terms of the customer of an entry."""
    return entry["terms"]["S"].split(_BEFORE_TERM)[1:]


def reference_of(entry: ReadItem) -> str:
    """Return the customer of an entry."""
    return entry["SK"]["S"].rpartition("#")[2]


def line_of(item: ReadItem | None, searched: Iterable[str]) -> Listed | None:
    """Return a customer's item as a line, or None for an anonymised customer."""
    if not item or not is_customer(item):
        return None
    own = own_of(item)
    return Listed(
        reference=item["reference"]["S"],
        status=Status(item["status"]["S"]),
        origin=Origin(item["origin"]["S"]),
        email=item["email"]["S"],
        first_name=item["first_name"]["S"],
        last_name=item["last_name"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        expires_at=moment(item, "expires_at"),
        mail_id=item["token_id"]["S"],
        delivery=delivery_of(item),
        own={name: own[name] for name in searched if name in own},
    )
