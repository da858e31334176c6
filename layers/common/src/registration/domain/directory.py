"""The directory of customers: the lines of the list, and the search terms.

The search ignores how a name is written: ``Müller``, ``MULLER`` and ``Mu\u0308ller`` are the
same word, and so are ``Łukasz`` and ``lukasz``.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from registration.domain.customers import Origin, Status
from registration.domain.emails import EmailAddress
from registration.domain.errors import SearchTooShort
from registration.domain.fields.own import OwnValue
from registration.domain.mail.deliveries import Delivery
from registration.frozen import dataclass

SHORTEST_SEARCH = 2
_LONGEST_TERM = 100
_MOST_TERMS = 8
# Letters that people read as a base letter with a mark, although Unicode does not decompose
# them.
_ALIKE = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
# Apostrophes: there are too many of them to type the right one.
_APOSTROPHES = "'`\u00b4\u2018\u2019"
_FOLDED = str.maketrans({**_ALIKE, **dict.fromkeys(_APOSTROPHES, "")})


def fold(text: str) -> str:
    """Return a text without what people omit in a search: case, marks, apostrophes."""
    folded = text.casefold().translate(_FOLDED)
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFKD", folded)
    return "".join(part for part in parts if not _is_left_out(part)).casefold()


def _is_left_out(part: str) -> bool:
    # Besides marks: joiners and other invisible characters, and surrogates.
    return bool(unicodedata.combining(part)) or unicodedata.category(part) in {"Cf", "Cs"}


@dataclass(frozen=True)
class Listed:
    """A customer as a line of the list. ``own`` are the shop's own fields that are searched.

    ``mail_id`` is the id of the newest confirmation mail. ``delivery`` is the delivery status
    of the last mail that SES accepted, once it is known.
    """

    reference: str
    status: Status
    origin: Origin
    email: str
    first_name: str
    last_name: str
    created_at: datetime
    expires_at: datetime | None
    mail_id: str
    delivery: Delivery | None = None
    own: Mapping[str, OwnValue] = field(default_factory=dict, kw_only=True)

    def has_expired(self, now: datetime) -> bool:
        """Whether the customer did not confirm in time. TTL deletes late, so compare the time."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def terms(self) -> tuple[str, ...]:
        """The search terms: the address and each word of the names. The first are the surest.

        Then the words of the shop's own fields, which take no term from the names.
        """
        address = EmailAddress(self.email).normalised
        names = _terms((address, *_words(self.last_name), *_words(self.first_name)))
        own = _terms(word for value in self.own.values() for word in _words(str(value)))
        return tuple(dict.fromkeys((*names, *own)))

    def found_by(self, word: str) -> str | None:
        """Return the first term, in order of the alphabet, that begins with a word."""
        return first_term(self.terms, word)


@dataclass(frozen=True)
class Wanted:
    """The filter: a status, an origin, and words that each begin some search term.

    Customers who have expired by ``now`` are left out.
    """

    now: datetime
    status: Status | None = None
    origin: Origin | None = None
    words: tuple[str, ...] = ()

    def takes(self, customer: Listed) -> bool:
        """Whether a customer passes the filter."""
        return (
            self.status in {None, customer.status}
            and self.origin in {None, customer.origin}
            and not customer.has_expired(self.now)
            and all(customer.found_by(word) for word in self.words)
        )


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a search, the longest first: it probably has the fewest matches.

    None of them begins another one.

    Raises
    ------
    SearchTooShort
        One character finds half of all customers.
    """
    longest_first = sorted(
        (fold(word)[:_LONGEST_TERM] for word in text.split()), key=len, reverse=True
    )
    if not longest_first or len(longest_first[0]) < SHORTEST_SEARCH:
        raise SearchTooShort
    words: tuple[str, ...] = ()
    for word in longest_first:
        # A customer found by "ada" is found by "a".
        if len(words) < _MOST_TERMS and not any(longer.startswith(word) for longer in words):
            words += (word,)
    return words


def first_term(terms: Iterable[str], word: str) -> str | None:
    """Return the first of some terms, in order of the alphabet, that begins with a word."""
    return min((term for term in terms if term.startswith(word)), default=None)


class ConfirmationState(StrEnum):
    """The state of the newest confirmation mail. ``PARKED``: SES refused it for good."""

    WAITING = "waiting"
    PARKED = "parked"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REFUSED = "refused"


def _terms(words: Iterable[str]) -> tuple[str, ...]:
    terms = (fold(word)[:_LONGEST_TERM] for word in words)
    found = dict.fromkeys(term for term in terms if len(term) >= SHORTEST_SEARCH)
    return tuple(found)[:_MOST_TERMS]


def _words(name: str) -> list[str]:
    """Return the words of a name, and all but the first part of a double-barrelled one.

    The first part needs no term of its own, because the whole word begins with it.
    """
    words = name.split()
    return words + [part for word in words for part in word.split("-")[1:]]
