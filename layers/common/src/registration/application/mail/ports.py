"""The ports for sending mails, and the errors of sending."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from registration.application.ports import RenderedMail
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Report, Suppression
from registration.domain.mail.mails import Lane, Mail
from registration.frozen import dataclass

Sleep = Callable[[float], None]
"""Sleeps for some seconds."""


@dataclass(frozen=True)
class Promise:
    """A mail in the outbox, as far as it is known before it is leased."""

    mail_id: str
    lane: Lane = Lane.PEOPLE
    promised_at: datetime | None = None


@dataclass(frozen=True)
class Lease:
    """One sender's hold on a mail ``until`` a time. ``lease_id`` proves it.

    ``mail`` is missing if the item in the outbox cannot be read as a mail.
    """

    mail_id: str
    lease_id: str
    until: datetime
    mail: Mail | None


class NotLeased(StrEnum):
    """Why a mail cannot be leased."""

    SENT_BEFORE = "sent_before"
    PARKED_BEFORE = "parked_before"
    HELD = "held"


class OutboxState(StrEnum):
    """The state of a mail in the outbox. An accepted mail is no longer there."""

    WAITING = "waiting"
    PARKED = "parked"


@dataclass(frozen=True)
class MailProgress:
    """The progress of a promised mail; ``reason`` says why it was parked."""

    state: OutboxState
    reason: str | None
    promised_at: datetime


@dataclass(frozen=True)
class UnsentMail:
    """A mail in the outbox; ``parked`` says why it is no longer tried, if so."""

    mail: Mail
    parked: str | None


class Outbox(Protocol):
    """Promised mails that are not sent yet.

    ::

        waiting ──lease──▶ leased ───────accepted, remove──▶ (gone)
           ▲                 │  └─accepted, remind─▶ waiting, until the reminder is due
           ├──release────────┤
           ├──expires────────┘└─refused for good, park─▶ parked, with the reason
           └──────────────────────unpark───────────────────┘

    A lease is one conditional write. The first one lasts two minutes, and each further
    one two minutes longer: a mail that fails again and again, or kills its senders, is
    tried less and less often and does not hold up the others.
    """

    def get(self, mail_id: str) -> Mail | None:
        """Return the current state of a waiting mail. One read."""

    def waiting(self, lane: Lane, before: datetime) -> Iterator[Promise]:
        """Find the mails of a lane promised before a time: oldest first, except imports.

        The result is lazy: it reads no further than it is consumed.
        """

    def lease(self, mail_id: str, lease_id: str, now: datetime) -> Lease | NotLeased:
        """Lease a mail to one sender, unless another sender holds it. One write."""

    def release(self, lease: Lease) -> None:
        """End a lease at once, as if the mail had not been leased."""

    def renew(self, lease: Lease, link_since: datetime) -> None:
        """Restart the lifetime of a mail's link at a later time.

        Raises
        ------
        Conflict
            The lease has expired.
        """

    def park(self, mail_id: str, reason: str) -> None:
        """Park a mail that is not to be tried again, with the reason."""

    def unpark(self, mail_ids: Iterable[str]) -> None:
        """Let parked mails wait again, if they still exist."""

    def parked(self, reason: str) -> Iterator[str]:
        """Find the mails parked for a reason."""

    def remove(self, mail_id: str) -> None:
        """Remove an accepted mail. Removing it again does nothing."""

    def remind(self, reminder: Mail) -> None:
        """Replace an accepted mail with its reminder, which waits."""

    def progress(self, mail_ids: Sequence[str]) -> dict[str, MailProgress]:
        """Return the progress of 100 mails at most. A missing mail was sent, or never existed."""


@dataclass(frozen=True)
class Recipient:
    """The recipient of a mail: the customer, and the suppression of the address.

    ``claim`` is the one on the address, where that may be quiet.
    """

    customer: Customer | None
    suppression: Suppression | None
    claim: Claim | None = None

    @property
    def is_suppressed(self) -> bool:
        """Whether the address is suppressed now."""
        return self.suppression is not None and self.suppression.holds


class Recipients(Protocol):
    """The recipients of mails, and the delivery of the mails."""

    def of(self, mail: Mail) -> Recipient:
        """Return the recipient of a mail. One read; another one where the address may be quiet."""

    def reference_of(self, email: EmailAddress) -> str | None:
        """Return the reference of the customer with an address. One read."""

    def record(self, reference: str, report: Report) -> bool:
        """Record a report on a customer; return whether it was new. One write.

        A report that ranks below the known one, or whose customer no longer exists, changes
        nothing.
        """


class Suppressions(Protocol):
    """Suppressed addresses, which get no mail until staff lift the suppression."""

    def of(self, email: EmailAddress) -> Suppression | None:
        """Return the suppression of an address, even a lifted one."""

    def suppress(self, email: EmailAddress, report: Report) -> bool:
        """Suppress an address; return whether that was new.

        A report older than the known one, or older than the lifting, changes nothing.
        """

    def hold(self, email: EmailAddress, mail_id: str) -> bool:
        """Remember a mail to be parked; return whether the address is still suppressed."""

    def lift(self, email: EmailAddress, now: datetime) -> frozenset[str]:
        """Lift the suppression of an address; return the mails parked because of it."""

    def forget_held(self, email: EmailAddress, mail_ids: Iterable[str]) -> None:
        """Forget mails that are no longer parked."""


class SuppressionList(Protocol):
    """The mail provider's own suppression list."""

    def remove(self, email: EmailAddress) -> None:
        """Remove an address from the list, if it is there."""


@dataclass(frozen=True)
class Quota:
    """The sending quota of the provider's account. ``per_day`` None means unlimited."""

    per_second: float
    per_day: float | None
    sent_today: float
    is_open: bool = True


class NotSent(Exception):
    """The root of the errors of sending.

    ::

        NotSent
        ├── Refused        the mail will never be accepted for this address: park it
        ├── Throttled      too many at once: retry later, and more slowly
        ├── Closed         nothing is accepted now: quota used up, account paused
        ├── Misconfigured  nothing is accepted until somebody fixes it: raise the alarm
        ├── Failed         any other transient failure
        └── InDoubt        no answer came: it may have been accepted
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(NotSent):
    """The mail will never be accepted for its address."""


class Throttled(NotSent):
    """The account's rate is exceeded now."""


class Closed(NotSent):
    """The account sends nothing now: its daily quota is used up, or it is paused."""


class Misconfigured(NotSent):
    """Nothing is accepted until somebody fixes the identity or a permission."""


class Failed(NotSent):
    """The mail was not accepted now, but may be later."""


class InDoubt(NotSent):
    """No answer came: the mail may have been accepted. The delivery report will tell."""


class Mailer(Protocol):
    """Hands mails over for delivery."""

    def send(self, mail: Mail, rendered: RenderedMail) -> None:
        """Hand over one mail, in one try.

        Raises
        ------
        NotSent
        """
