"""A fake of the directory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registration.adapters.dynamodb.timelines import check_cursor
from registration.application.directory import Lines
from registration.domain.directory import Listed, Wanted
from registration.domain.emails import EmailAddress
from registration.domain.errors import PageUnknown


@dataclass
class FakeDirectory:
    """Customers, without any delay."""

    lines: dict[str, Listed] = field(default_factory=dict)

    def add(self, line: Listed) -> None:
        """List a customer."""
        self.lines[line.reference] = line

    def newest(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers in the order of their sign-ups."""
        check_cursor(cursor)
        placed = {
            f"{line.created_at.isoformat(timespec='microseconds')}#{line.reference}": line
            for line in self.lines.values()
            if wanted.takes(line)
        }
        places = sorted((place for place in placed if not cursor or place < cursor), reverse=True)
        return _page(placed, places, limit)

    def search(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers with a term that begins with the first word."""
        word = wanted.words[0]
        if cursor is not None and not (cursor.startswith(word) and "#" in cursor):
            raise PageUnknown
        placed = {
            f"{line.found_by(word)}#{line.reference}": line
            for line in self.lines.values()
            if wanted.takes(line)
        }
        places = sorted(place for place in placed if not cursor or place > cursor)
        return _page(placed, places, limit)

    def with_email(self, email: EmailAddress) -> Listed | None:
        """Return the customer with an address."""
        wanted = email.normalised
        found = (
            line for line in self.lines.values() if EmailAddress(line.email).normalised == wanted
        )
        return next(found, None)

    def with_reference(self, reference: str) -> Listed | None:
        """Return a customer."""
        return self.lines.get(reference)


def _page(placed: Mapping[str, Listed], places: Iterable[str], limit: int) -> Lines:
    wanted = list(places)
    lines = [placed[place] for place in wanted[:limit]]
    return Lines(lines, wanted[limit - 1] if len(wanted) > limit else None)
