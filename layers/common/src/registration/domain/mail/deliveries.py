"""What became of mails after they were sent, and addresses that get none any more.

SES tells of each mail that it took whether it arrived, came back or was complained of: late,
twice, and in any order. So reports are put in an order of their own, and only a later one
counts: that of the mail sent last; of one mail, the gravest::

    bounced, may pass < delivered < refused < bounced for good < complained

("May pass" comes first because an answer of the kind "out of office" is told as such a bounce
after the delivery.) Whatever the order they come in, the end is the same.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registration.domain.emails import EmailAddress


class DeliveryStatus(StrEnum):
    """How a mail ended."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REFUSED = "refused"


@dataclass(frozen=True)
class Delivery:
    """What became of the mail that a customer was sent last.

    ``detail`` says more, as in ``Permanent/NoEmail``. ``mail`` is the mail's label.
    """

    status: DeliveryStatus
    at: datetime
    detail: str | None = None
    mail: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the mail did not arrive, or was unwelcome."""
        return self.status is not DeliveryStatus.DELIVERED


_GRAVITY = {
    DeliveryStatus.BOUNCED: 3,
    DeliveryStatus.DELIVERED: 1,
    DeliveryStatus.REFUSED: 2,
    DeliveryStatus.COMPLAINED: 4,
}


@dataclass(frozen=True)
class Report:
    """What was told of one mail.

    ``passing`` marks a bounce that says nothing of the next mail: a full mailbox, say.
    ``reference`` is unknown where the mail did not say whose it was.
    """

    delivery: Delivery
    sent_at: datetime
    recipients: tuple[EmailAddress, ...]
    reference: str | None = None
    passing: bool = False

    @property
    def rank(self) -> str:
        """Where it stands in the order of reports, to be compared as text."""
        gravity = 0 if self.passing else _GRAVITY[self.delivery.status]
        return f"{self.sent_at.isoformat(timespec='milliseconds')}#{gravity}"

    @property
    def suppresses(self) -> bool:
        """Whether its recipients are to get no mail any more."""
        graves = {DeliveryStatus.BOUNCED, DeliveryStatus.COMPLAINED}
        return self.delivery.status in graves and not self.passing


@dataclass(frozen=True)
class Suppression:
    """An address that gets no mail, until staff say that it may.

    It stays when it was ``lifted``, so that an old report that comes once more changes
    nothing; a new one counts again. ``parked`` are the mails that wait for staff's word.
    """

    status: DeliveryStatus
    at: datetime
    detail: str | None = None
    lifted_at: datetime | None = None
    parked: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether the address gets no mail now."""
        return self.lifted_at is None or self.lifted_at < self.at
