"""Reading the directory in DynamoDB."""

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from itertools import product
from typing import Any

from registration.adapters import clients
from registration.adapters.directory.items import (
    all_customers,
    line_of,
    marked,
    reference_of,
    some_customers,
    terms_of,
)
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.dynamodb.shards import newest_of, sort_key
from registration.adapters.dynamodb.timelines import check_cursor
from registration.adapters.dynamodb.together import together
from registration.application.directory import Lines, MailsUnderWay
from registration.application.mail.ports import MailProgress
from registration.domain.customers import Origin, Status
from registration.domain.directory import SHORTEST_SEARCH, Listed, Wanted, first_term
from registration.domain.emails import EmailAddress
from registration.domain.errors import PageUnknown
from registration.frozen import dataclass

_LONGEST_CURSOR = 1024
# With the session before and the mails beside the customers, a page takes twelve calls at the most,
# and one for each further hundred customers whose mails are read: where many of a page are gone.
_MOST_CALLS = 10
_KEYS_A_CALL = 100
# A first read with a filter looks at this many terms, the next ones at 1 MB: at some 8,000.
_LOOKED_AT = 1000
_WORDS_TRIED = 3

Found = tuple[list[ReadItem], str | None, int]
"""Some entries, the cursor of the next ones, and the number of calls."""


@dataclass(frozen=True)
class DynamoDBDirectory:
    """The port ``Directory`` on the table ``customers``.

    ``searched`` are the names of the shop's own fields that customers are found by.
    """

    table: str
    mails: MailsUnderWay
    searched: tuple[str, ...] = ()

    def newest(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers in the order of their sign-ups."""
        check_cursor(cursor)
        partitions = self._partitions(wanted)

        def read(limit: int, cursor: str | None, _: int) -> Found:
            return *newest_of(self.table, partitions, limit, cursor), len(partitions)

        return self._page(read, wanted, limit, cursor)

    def search(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers with a term that begins with the first word."""
        return self._page(partial(self._found, wanted), wanted, limit, cursor)

    def with_email(self, email: EmailAddress) -> Listed | None:
        """Return the customer with an address."""
        claim = read_one(self.table, keys.claim(email.normalised))
        return self.with_reference(claim["reference"]["S"]) if claim else None

    def with_reference(self, reference: str) -> Listed | None:
        """Return a customer."""
        return line_of(read_one(self.table, keys.customer(reference)), self.searched)

    def _partitions(self, wanted: Wanted) -> list[str]:
        if not (wanted.status or wanted.origin):
            return list(all_customers(self.table).partitions)
        statuses = [wanted.status] if wanted.status else Status
        origins = [wanted.origin] if wanted.origin else Origin
        lists = (some_customers(self.table, *each) for each in product(statuses, origins))
        return [pk for each in lists for pk in each.partitions]

    def _found(self, wanted: Wanted, limit: int, cursor: str | None, most: int) -> Found:
        """Return the next entries of one of the words, those that the others begin, too.

        It is the first one, unless that has many entries and few of them pass, and another one
        has so few that a read looks at them all.
        """
        words = [word for word in wanted.words if cursor is None or _is_of_search(cursor, word)]
        long = [word for word in words if len(word) >= SHORTEST_SEARCH][:_WORDS_TRIED]
        if not long:
            raise PageUnknown
        tried = [_Search(self.table, wanted, word, limit, cursor) for word in long]
        chosen, calls = tried[0], 1
        chosen.read(_LOOKED_AT)
        if len(tried) > 1 and not chosen.is_done:
            together(each.read for each in tried)
            calls += len(tried)
            chosen = next((each for each in tried if each.is_done), chosen)
        while calls < most and not chosen.is_done:
            chosen.read()
            calls += 1
        return *chosen.page, calls

    def _page(
        self,
        read: Callable[[int, str | None, int], Found],
        wanted: Wanted,
        limit: int,
        cursor: str | None,
    ) -> Lines:
        """Return the customers of some entries who pass the filter, as they are now.

        Nearly all do, unless a search is for a status, which terms do not have. Some were removed
        a moment ago, or have expired. For those in their place, reading goes on.
        """
        found: dict[str, tuple[str, Listed]] = {}
        mails: dict[str, MailProgress | None] = {}
        size, left = limit, _MOST_CALLS
        while True:
            entries, cursor, calls = read(size, cursor, left - _batches(size))
            lines, progress = self._current(entries)
            mails |= progress
            for entry in entries:
                line = lines.get(reference_of(entry))
                if line and wanted.takes(line):
                    # While an entry takes another's place, there are both.
                    found.setdefault(line.reference, (sort_key(entry), line))
            left -= calls + _batches(size)
            size *= 4
            if cursor is None or len(found) >= limit or left < calls + _batches(size):
                break
        page = list(found.values())[:limit]
        if len(found) > limit:
            cursor = page[-1][0]
        return Lines([line for _, line in page], cursor, mails)

    def _current(
        self, entries: list[ReadItem]
    ) -> tuple[dict[str, Listed], dict[str, MailProgress | None]]:
        """Return the customers of some entries, and the progress of the mails that these name."""
        references = dict.fromkeys(map(reference_of, entries))
        mail_ids = [entry["mail_id"]["S"] for entry in entries if "mail_id" in entry]
        reads: list[Callable[[], Any]] = [
            partial(read_batch, self.table, list(map(keys.customer, references))),
            partial(self.mails.progress, mail_ids),
        ]
        items, progress = together(reads)
        lines = (line_of(item, self.searched) for item in items)
        return (
            {line.reference: line for line in lines if line},
            {mail_id: progress.get(mail_id) for mail_id in mail_ids},
        )


@dataclass
class _Search:
    """The entries of the terms that begin with a word, in alphabetical order, read on and on.

    DynamoDB leaves out those that the other words or the origin do not fit.
    """

    table: str
    wanted: Wanted
    word: str
    limit: int
    read_to: str | None
    more: bool = True
    found: list[ReadItem] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to read, or no need to."""
        return len(self.found) > self.limit or not self.more

    @property
    def page(self) -> tuple[list[ReadItem], str | None]:
        """The entries, and the cursor of the next ones."""
        if len(self.found) > self.limit:
            return self.found[: self.limit], sort_key(self.found[self.limit - 1])
        return self.found, self.read_to if self.more else None

    def read(self, most: int | None = None) -> None:
        """Look at the next entries, at ``most`` of them or at 1 MB."""
        condition, values = self._filter()
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "PK = :pk AND begins_with(SK, :word)",
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.search_partition(self.word)},
                ":word": {"S": self.word},
                **values,
            },
        }
        if condition:
            request["FilterExpression"] = condition
        if most:
            # Without a filter most of them fit.
            request["Limit"] = most if condition else 4 * self.limit
        if self.read_to:
            # The item need not exist: this is only the position to start from.
            request["ExclusiveStartKey"] = keys.at(keys.search_partition(self.word), self.read_to)
        answer = clients.dynamodb().query(**request)
        self.found += filter(self._stands_for_its_customer, answer["Items"])
        last = answer.get("LastEvaluatedKey")
        self.more, self.read_to = bool(last), sort_key(last) if last else None

    def _filter(self) -> tuple[str, Mapping[str, Any]]:
        others = [word for word in self.wanted.words if word != self.word]
        conditions = [f"contains(terms, :other{n})" for n in range(len(others))]
        values = {f":other{n}": {"S": marked(other)} for n, other in enumerate(others)}
        if self.wanted.origin:
            conditions.append("origin = :origin")
            values[":origin"] = {"S": self.wanted.origin.value}
        return " AND ".join(conditions), values

    def _stands_for_its_customer(self, entry: ReadItem) -> bool:
        # Two terms of Ada with ada@example.com begin with "ada": return her once.
        return sort_key(entry).rpartition("#")[0] == first_term(terms_of(entry), self.word)


def _batches(keys_read: int) -> int:
    return -(-keys_read // _KEYS_A_CALL)


def _is_of_search(cursor: str, word: str) -> bool:
    encoded = cursor.encode(errors="ignore")
    is_text = encoded.decode() == cursor and len(encoded) <= _LONGEST_CURSOR
    return is_text and cursor.startswith(word) and "#" in cursor
