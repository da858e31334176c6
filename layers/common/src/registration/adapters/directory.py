"""The directory in DynamoDB, as it is read."""

from dataclasses import dataclass
from functools import partial

from registration.adapters import clients, keys
from registration.adapters.directory_items import (
    line_of,
    line_of_customer,
    search_partitions,
    timeline,
)
from registration.adapters.items import ReadItem
from registration.adapters.shards import Shards
from registration.adapters.timelines import check_cursor
from registration.application.directory import Lines
from registration.domain.customers import Status
from registration.domain.directory import Listed, Wanted
from registration.domain.emails import EmailAddress
from registration.domain.errors import PageUnknown

_LONGEST_CURSOR = 1024


@dataclass(frozen=True)
class DynamoDBDirectory:
    """The port ``Directory`` on the table ``customers``. ``most_reads`` are made for a page."""

    table: str
    most_reads: int = 64

    def newest(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers by the time of their sign-up."""
        check_cursor(cursor)
        statuses = [wanted.status] if wanted.status else list(Status)
        partitions = [pk for status in statuses for pk in timeline(self.table, status).partitions]
        shards = Shards(self.table, tuple(partitions), self.most_reads, newest_first=True)
        items, following = shards.page(limit, cursor, keep=lambda item: wanted.takes(line_of(item)))
        return _lines(items, following)

    def search(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers by what the first of the wanted words begins."""
        word = wanted.words[0]
        if cursor is not None and not _is_of_search(cursor, word):
            raise PageUnknown
        shards = Shards(self.table, search_partitions(word), self.most_reads)
        items, following = shards.page(
            limit, cursor, prefix=word, keep=partial(_stands_for_its_line, wanted)
        )
        return _lines(items, following)

    def with_email(self, email: EmailAddress) -> Listed | None:
        """Return the customer that an address belongs to."""
        claim = self._read(keys.claim(email.normalised))
        return self.with_reference(claim["reference"]["S"]) if claim else None

    def with_reference(self, reference: str) -> Listed | None:
        """Return a customer."""
        return line_of_customer(self._read(keys.customer(reference)))

    def _read(self, key: keys.Key) -> ReadItem | None:
        answer = clients.dynamodb().get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return answer.get("Item")


def _lines(items: list[ReadItem], cursor: str | None) -> Lines:
    # While a customer is being moved from one list to the other it stands in both.
    lines = {line.reference: line for line in map(line_of, items)}
    return Lines(list(lines.values()), cursor)


def _stands_for_its_line(wanted: Wanted, item: ReadItem) -> bool:
    # Ada with ada@example.com begins with "ada" twice, and is to be found once.
    line = line_of(item)
    term = item["SK"]["S"].rpartition("#")[0]
    return wanted.takes(line) and line.found_by(wanted.words[0]) == term


def _is_of_search(cursor: str, word: str) -> bool:
    return cursor.startswith(word) and "#" in cursor and len(cursor.encode()) <= _LONGEST_CURSOR
