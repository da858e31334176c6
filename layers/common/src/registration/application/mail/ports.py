"""What sending mails needs of the world, and what can hinder it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from registration.application.ports import RenderedMail
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Report, Suppression
from registration.domain.mail.mails import Lane, Mail

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
    """Where a mail in the outbox stands. One that was accepted is not there any more."""

    WAITING = "waiting"
    PARKED = "parked"


@dataclass(frozen=True)
class MailProgress:
    """How far a promised mail has come; ``reason`` says why it was parked."""

    state: OutboxState
    reason: str | None
    promised_at: datetime


class Outbox(Protocol):
    """Mails promised and not sent yet.

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
        """Return a mail that waits, as it stands. One read."""
        ...

    def waiting(self, lane: Lane, before: datetime) -> Iterator[Promise]:
        """Find the mails of a lane promised before a time: oldest first, but for imports.

        It reads on only as far as somebody asks for more.
        """
        ...

    def lease(self, mail_id: str, lease_id: str, now: datetime) -> Lease | NotLeased:
        """Lease a mail to one sender, unless another sender holds it. One write."""
        ...

    def release(self, lease: Lease) -> None:
        """End a lease at once, as if the mail had not been leased."""
        ...

    def renew(self, lease: Lease, link_since: datetime) -> None:
        """Let the lifetime of a mail's link begin later.

        Raises
        ------
        Conflict
            The lease has expired.
        """
        ...

    def park(self, mail_id: str, reason: str) -> None:
        """Set a mail aside that is not to be tried again, and say why."""
        ...

    def unpark(self, mail_ids: Iterable[str]) -> None:
        """Let parked mails wait again, those that are still there."""
        ...

    def parked(self, reason: str) -> Iterator[str]:
        """Find the mails that were parked for a reason."""
        ...

    def remove(self, mail_id: str) -> None:
        """Forget a mail that was accepted. Once removed, removing again does nothing."""
        ...

    def remind(self, reminder: Mail) -> None:
        """Let a reminder wait in the place of the mail that was accepted."""
        ...

    def progress(self, mail_ids: Sequence[str]) -> dict[str, MailProgress]:
        """Return where mails stand, 100 at the most. Those missing were sent, or never were."""
        ...


@dataclass(frozen=True)
class Recipient:
    """Who a mail is for, as far as it matters: the customer, and whether mail is suppressed."""

    customer: Customer | None
    suppression: Suppression | None

    @property
    def is_suppressed(self) -> bool:
        """Whether the address gets no mail now."""
        return self.suppression is not None and self.suppression.holds


class Recipients(Protocol):
    """Who mails are for, and what became of the mails."""

    def of(self, mail: Mail) -> Recipient:
        """Return who a mail is for. One read."""
        ...

    def reference_of(self, email: EmailAddress) -> str | None:
        """Return whose an address is. One read."""
        ...

    def record(self, reference: str, report: Report) -> bool:
        """Note on a customer what became of a mail; return whether it was news. One write.

        What ranks below what is known already, and what concerns nobody who is still
        a customer, changes nothing.
        """
        ...


class Suppressions(Protocol):
    """Addresses that get no mail, until staff say that they may."""

    def of(self, email: EmailAddress) -> Suppression | None:
        """Return what is known of an address, if it ever was suppressed."""
        ...

    def suppress(self, email: EmailAddress, report: Report) -> bool:
        """Let an address get no mail any more; return whether that was news.

        An older report than the one that counts, or one from before staff's word,
        changes nothing.
        """
        ...

    def hold(self, email: EmailAddress, mail_id: str) -> bool:
        """Remember a mail to be parked; return whether the address is suppressed still."""
        ...

    def lift(self, email: EmailAddress, now: datetime) -> frozenset[str]:
        """Note staff's word; return the mails that were parked because of the address."""
        ...

    def forget_held(self, email: EmailAddress, mail_ids: Iterable[str]) -> None:
        """Forget mails that are parked no more."""
        ...


class SuppressionList(Protocol):
    """The mail provider's own list of addresses that it sends nothing to."""

    def remove(self, email: EmailAddress) -> None:
        """Take an address off the list, if it is on it."""
        ...


@dataclass(frozen=True)
class Quota:
    """What the mail provider's account may send. ``per_day`` is endless where it is None."""

    per_second: float
    per_day: float | None
    sent_today: float
    is_open: bool = True


class NotSent(Exception):
    """The root of what hinders a mail from being sent.

    ::

        NotSent
        ├── Refused        this mail will never be accepted, to this address: park it
        ├── Throttled      too many at once: a bit later, and slower
        ├── Closed         nothing is accepted now: quota used up, account paused
        ├── Misconfigured  ours to mend, until when nothing is accepted: ring the alarm
        ├── Failed         anything else that passes
        └── InDoubt        no answer came: it may have been accepted
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(NotSent):
    """The very mail will never be accepted, to the address that it has."""


class Throttled(NotSent):
    """The account's rate is exceeded at this moment."""


class Closed(NotSent):
    """The account sends nothing now: its day's quota is used up, or it is paused."""


class Misconfigured(NotSent):
    """Nothing is accepted until somebody has mended it: the identity, a permission."""


class Failed(NotSent):
    """It was not accepted now; the same mail may be later."""


class InDoubt(NotSent):
    """No answer came, so that it may have been accepted. The report of its delivery tells."""


class Mailer(Protocol):
    """Hands mails over for delivery."""

    def send(self, mail: Mail, rendered: RenderedMail) -> None:
        """Hand over one mail, in one try.

        Raises
        ------
        NotSent
        """
        ...
