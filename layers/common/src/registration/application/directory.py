"""The list of customers for staff: the newest first, or the results of a search."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Protocol

from registration.application.mail.ports import MailProgress
from registration.application.ports import Clock
from registration.domain.customers import Origin, Status, is_reference
from registration.domain.directory import ConfirmationState, Listed, Wanted, words_of
from registration.domain.emails import EmailAddress, resembles_address
from registration.domain.errors import EmailTooLong, InvalidEmail
from registration.domain.invisible import trimmed
from registration.frozen import dataclass

PAGE = 25
"""The default number of customers on a page. The maximum is 100."""


@dataclass(frozen=True)
class Lines:
    """Some lines of the directory, and the cursor of the next ones, if there are any.

    ``mails`` tells the progress of the mails that were read with them, ``None`` of those sent.
    """

    lines: list[Listed]
    cursor: str | None
    mails: Mapping[str, MailProgress | None] = field(default_factory=dict)


class Directory(Protocol):
    """The customers in two orders. The directory is eventually consistent, within seconds.

    A page with fewer lines than the limit may still have a cursor, after many lines without
    a match. Clients send cursors back: an invalid one raises ``PageUnknown``.
    """

    def newest(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return customers in the order of their sign-ups, the newest first."""

    def search(self, wanted: Wanted, limit: int, cursor: str | None = None) -> Lines:
        """Return the customers with all words, in the order of the terms that begin with one."""

    def with_email(self, email: EmailAddress) -> Listed | None:
        """Return the current state of the customer with an address. Two reads."""

    def with_reference(self, reference: str) -> Listed | None:
        """Return the current state of a customer. One read."""


class MailsUnderWay(Protocol):
    """The mails in the outbox."""

    def progress(self, mail_ids: Sequence[str]) -> Mapping[str, MailProgress]:
        """Return the progress of those mails, of 100 at most, that are not sent. One read."""


@dataclass(frozen=True)
class DirectoryRow:
    """A customer of the list, and the state of the confirmation mail.

    ``mail`` is ``None`` if the state is unknown and does not matter, because the customer is
    verified. ``reason`` says why a mail was parked or bounced.
    """

    customer: Listed
    mail: ConfirmationState | None
    reason: str | None = None


@dataclass(frozen=True)
class Page:
    """A page of the list, and the cursor of the next one.

    A page may be short, or even empty, without being the last.
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
        """Return the customers whose address or names match every word of a text as a prefix.

        Raises
        ------
        SearchTooShort, PageUnknown
        """
        wanted = Wanted(self.clock(), status, origin, words_of(text))
        found = self.directory.search(wanted, limit, cursor)
        return self._page(found if cursor else self._exact_first(found, trimmed(text), wanted))

    def _exact_first(self, found: Lines, text: str, wanted: Wanted) -> Lines:
        """Put the customer first whose exact address or reference was entered.

        That customer is read directly, so that one created a moment ago is found.
        """
        exact = self._exact(text)
        if exact is None or not Wanted(wanted.now, wanted.status, wanted.origin).takes(exact):
            return found
        others = [line for line in found.lines if line.reference != exact.reference]
        return replace(found, lines=[exact, *others])

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
        others = [line.mail_id for line in found.lines if line.mail_id not in found.mails]
        mails = {**found.mails, **self.mails.progress(others)}
        rows = tuple(_row(line, mails.get(line.mail_id)) for line in found.lines)
        return Page(rows, found.cursor)


def _row(line: Listed, progress: MailProgress | None) -> DirectoryRow:
    # A newer mail than the one in the last report may be under way.
    if progress:
        return DirectoryRow(line, ConfirmationState(progress.state), progress.reason)
    if line.delivery:
        return DirectoryRow(line, ConfirmationState(line.delivery.status), line.delivery.detail)
    return DirectoryRow(line, None if line.status is Status.VERIFIED else ConfirmationState.SENT)
