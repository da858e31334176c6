"""The list of customers, as staff sees it: the newest first, or those that are looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from registration.application.mail.ports import MailProgress
from registration.application.ports import Clock
from registration.domain.customers import Origin, Status, is_reference
from registration.domain.directory import ConfirmationState, Listed, Wanted, words_of
from registration.domain.emails import EmailAddress, resembles_address
from registration.domain.errors import EmailTooLong, InvalidEmail

PAGE = 25
"""Customers on a page, unless told otherwise. 100 at the most."""


@dataclass(frozen=True)
class Lines:
    """Some lines of the directory, and the cursor of those that come next, if any do."""

    lines: list[Listed]
    cursor: str | None


class Directory(Protocol):
    """The customers in two orders. It follows them within seconds, not at once.

    A page that has fewer lines than the limit and a cursor nevertheless stands for a long
    way without a line that is wanted. A cursor comes back from outside: one that is none
    raises ``PageUnknown``.
    """

    def newest(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers by the time of their sign-up, the newest first."""
        ...

    def search(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers by what the first of the wanted words begins, in its alphabet."""
        ...

    def with_email(self, email: EmailAddress) -> Listed | None:
        """Return the customer that an address belongs to, as of now. Two reads."""
        ...

    def with_reference(self, reference: str) -> Listed | None:
        """Return a customer as of now. One read."""
        ...


class MailsUnderWay(Protocol):
    """What is in the outbox."""

    def progress(self, mail_ids: Sequence[str]) -> Mapping[str, MailProgress]:
        """Return those of some mails, 100 at the most, that are not sent. One read."""
        ...


@dataclass(frozen=True)
class DirectoryRow:
    """A customer of the list, and what became of the confirmation mail.

    ``mail`` is ``None`` where nothing is known and nobody has to know: the customer is
    verified. ``reason`` says more: of a mail that was parked, or that came back.
    """

    customer: Listed
    mail: ConfirmationState | None
    reason: str | None = None


@dataclass(frozen=True)
class Page:
    """A page of the list, and the cursor of the next one.

    It may be short, or even empty, and not be the last.
    """

    rows: tuple[DirectoryRow, ...]
    cursor: str | None


@dataclass(frozen=True)
class ListCustomers:
    """Lists customers, page by page."""

    directory: Directory
    mails: MailsUnderWay
    clock: Clock

    def newest(
        self,
        status: Status | None = None,
        origin: Origin | None = None,
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> Page:
        """Return the newest customers of a status and an origin.

        Raises
        ------
        PageUnknown
        """
        wanted = Wanted(self.clock(), status, origin)
        return self._page(self.directory.newest(wanted, limit, cursor))

    def search(
        self,
        text: str,
        status: Status | None = None,
        origin: Origin | None = None,
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> Page:
        """Return the customers in whose address or names every word of a text begins a word.

        Raises
        ------
        SearchTooShort, PageUnknown
        """
        wanted = Wanted(self.clock(), status, origin, words_of(text))
        found = self.directory.search(wanted, limit, cursor)
        return self._page(found if cursor else self._exact_first(found, text.strip(), wanted))

    def _exact_first(self, found: Lines, text: str, wanted: Wanted) -> Lines:
        """Put the customer in front whose very address or reference was entered.

        That one is read as it is now: whoever was created a moment ago is found.
        """
        exact = self._exact(text)
        if exact is None or not Wanted(wanted.now, wanted.status, wanted.origin).takes(exact):
            return found
        others = [line for line in found.lines if line.reference != exact.reference]
        return Lines([exact, *others], found.cursor)

    def _exact(self, text: str) -> Listed | None:
        if is_reference(text):
            return self.directory.with_reference(text)
        if not resembles_address(text):
            return None
        try:
            return self.directory.with_email(EmailAddress.parse(text))
        except (InvalidEmail, EmailTooLong):
            return None

    def _page(self, found: Lines) -> Page:
        progress = self.mails.progress([line.mail_id for line in found.lines])
        rows = tuple(_row(line, progress.get(line.mail_id)) for line in found.lines)
        return Page(rows, found.cursor)


def _row(line: Listed, progress: MailProgress | None) -> DirectoryRow:
    # A newer mail than the one of which news has come back may be under way.
    if progress:
        return DirectoryRow(line, ConfirmationState(progress.state), progress.reason)
    if line.delivery:
        return DirectoryRow(line, ConfirmationState(line.delivery.status), line.delivery.detail)
    return DirectoryRow(line, None if line.status is Status.VERIFIED else ConfirmationState.SENT)
