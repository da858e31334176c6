"""The directory of customers: what a line of the list shows, and what finds it.

Names are found however they are written: ``Müller``, ``MULLER`` and ``Mu\u0308ller`` are one
word to search for, and so are ``Łukasz`` and ``lukasz``.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registration.domain.customers import Origin, Status
from registration.domain.emails import EmailAddress
from registration.domain.errors import SearchTooShort
from registration.domain.mail.deliveries import Delivery

SHORTEST_SEARCH = 2
_LONGEST_TERM = 100
_MOST_TERMS = 8
# Letters that people take for others with a mark, as Unicode does not.
_ALIKE = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
# Apostrophes, of which there are too many for anybody to type the right one.
_APOSTROPHES = "'`\u00b4\u2018\u2019"
_FOLDED = str.maketrans({**_ALIKE, **dict.fromkeys(_APOSTROPHES, "")})


def fold(text: str) -> str:
    """Return text without what people leave out who search: case, marks, apostrophes."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_FOLDED))
    return "".join(part for part in parts if not _is_left_out(part)).casefold()


def _is_left_out(part: str) -> bool:
    # Besides marks: joiners and the like, which nobody sees, and halves of characters.
    return bool(unicodedata.combining(part)) or unicodedata.category(part) in {"Cf", "Cs"}


@dataclass(frozen=True)
class Findable:
    """What a customer is found by."""

    reference: str
    status: Status
    origin: Origin
    email: str
    first_name: str
    last_name: str
    created_at: datetime
    expires_at: datetime | None

    def has_expired(self, now: datetime) -> bool:
        """Whether nobody confirmed it in time. TTL deletes late: the time decides."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def terms(self) -> tuple[str, ...]:
        """What finds it: the address, and each word of the names. The first are the surest."""
        address = EmailAddress(self.email).normalised
        words = [*_words(self.last_name), *_words(self.first_name)]
        terms = (fold(word)[:_LONGEST_TERM] for word in (address, *words))
        found = dict.fromkeys(term for term in terms if len(term) >= SHORTEST_SEARCH)
        return tuple(found)[:_MOST_TERMS]

    def found_by(self, word: str) -> str | None:
        """Return the one of its terms that stands for it where several begin with a word."""
        return min((term for term in self.terms if term.startswith(word)), default=None)


@dataclass(frozen=True)
class Listed(Findable):
    """A customer as a line of the list.

    ``mail_id`` is the newest confirmation mail's. ``delivery`` is what became of the mail
    that SES took last, once that is known.
    """

    mail_id: str
    delivery: Delivery | None = None


@dataclass(frozen=True)
class Wanted:
    """Which customers are wanted: of a status, of an origin, with words that all begin some term.

    Whoever has run out by ``now`` is not there any more.
    """

    now: datetime
    status: Status | None = None
    origin: Origin | None = None
    words: tuple[str, ...] = ()

    def takes(self, customer: Findable) -> bool:
        """Whether a customer is one of those."""
        return (
            self.status in {None, customer.status}
            and self.origin in {None, customer.origin}
            and not customer.has_expired(self.now)
            and all(customer.found_by(word) for word in self.words)
        )


def words_of(text: str) -> tuple[str, ...]:
    """Return the words that somebody searches for, the longest, which finds the fewest, first.

    Raises
    ------
    SearchTooShort
        One character finds half of all customers.
    """
    words = dict.fromkeys(fold(word)[:_LONGEST_TERM] for word in text.split())
    longest_first = tuple(sorted(words, key=len, reverse=True))
    if not longest_first or len(longest_first[0]) < SHORTEST_SEARCH:
        raise SearchTooShort
    return longest_first[:_MOST_TERMS]


class ConfirmationState(StrEnum):
    """What became of the newest confirmation mail. ``PARKED``: SES refused it for good."""

    WAITING = "waiting"
    PARKED = "parked"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REFUSED = "refused"


def _words(name: str) -> list[str]:
    """Return the words of a name, and the parts of a double-barrelled one but its first.

    The first part needs no term of its own: the whole begins with it.
    """
    words = name.split()
    return words + [part for word in words for part in word.split("-")[1:]]
