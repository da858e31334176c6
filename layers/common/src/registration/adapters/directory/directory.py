"""Reading the directory in DynamoDB."""

from functools import partial

from registration.adapters.directory.items import (
    findable,
    line_of,
    search_partitions,
    timeline,
)
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.dynamodb.shards import Shards
from registration.adapters.dynamodb.timelines import check_cursor
from registration.application.directory import Lines
from registration.domain.customers import Status
from registration.domain.directory import Listed, Wanted
from registration.domain.emails import EmailAddress
from registration.domain.errors import PageUnknown
from registration.frozen import dataclass

_LONGEST_CURSOR = 1024


@dataclass(frozen=True)
class DynamoDBDirectory:
    """The port ``Directory`` on the table ``customers``; ``most_reads`` limits those of a page.

    ``searched`` are the names of the shop's own fields that customers are found by.
    """

    table: str
    most_reads: int = 64
    searched: tuple[str, ...] = ()

    def newest(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers in the order of their sign-ups."""
        check_cursor(cursor)
        statuses = [wanted.status] if wanted.status else list(Status)
        partitions = [pk for status in statuses for pk in timeline(self.table, status).partitions]
        shards = Shards(self.table, tuple(partitions), self.most_reads, newest_first=True)
        items, following = shards.page(
            limit, cursor, keep=lambda item: wanted.takes(findable(item, self.searched))
        )
        return self._lines(items, following, wanted)

    def search(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers with a term that begins with the first word."""
        word = wanted.words[0]
        if cursor is not None and not _is_of_search(cursor, word):
            raise PageUnknown
        shards = Shards(self.table, search_partitions(word), self.most_reads)
        items, following = shards.page(
            limit, cursor, prefix=word, keep=partial(self._stands_for_its_customer, wanted)
        )
        return self._lines(items, following, wanted)

    def with_email(self, email: EmailAddress) -> Listed | None:
        """Return the customer with an address."""
        claim = read_one(self.table, keys.claim(email.normalised))
        return self.with_reference(claim["reference"]["S"]) if claim else None

    def with_reference(self, reference: str) -> Listed | None:
        """Return a customer."""
        return line_of(read_one(self.table, keys.customer(reference)), self.searched)

    def _stands_for_its_customer(self, wanted: Wanted, item: ReadItem) -> bool:
        # Two terms of Ada with ada@example.com begin with "ada": return her once.
        customer = findable(item, self.searched)
        term = item["SK"]["S"].rpartition("#")[0]
        return wanted.takes(customer) and customer.found_by(wanted.words[0]) == term

    def _lines(self, entries: list[ReadItem], cursor: str | None, wanted: Wanted) -> Lines:
        """Return the current customers of some entries, because entries are updated later."""
        # While an entry moves to another list, it is in both.
        references = dict.fromkeys(entry["reference"]["S"] for entry in entries)
        wanted_keys = [keys.customer(reference) for reference in references]
        found = (line_of(item, self.searched) for item in read_batch(self.table, wanted_keys))
        lines = {line.reference: line for line in found if line}
        return Lines(
            [lines[each] for each in references if each in lines and wanted.takes(lines[each])],
            cursor,
        )


def _is_of_search(cursor: str, word: str) -> bool:
    encoded = cursor.encode(errors="ignore")
    is_text = encoded.decode() == cursor and len(encoded) <= _LONGEST_CURSOR
    return is_text and cursor.startswith(word) and "#" in cursor
