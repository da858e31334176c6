"""Delivery reports of mails, and suppressed addresses.

For each accepted mail SES reports whether it was delivered, bounced or complained of:
late, twice, and in any order. So reports are ranked, and only a higher rank counts: first
the newer mail; for the same mail, the more serious report::

    transient bounce < delivered < refused < permanent bounce < complaint

(A transient bounce ranks lowest because SES reports an "out of office" reply as such a
bounce after the delivery.) The result does not depend on the order of arrival.
"""

from datetime import datetime
from enum import StrEnum

from registration.domain.emails import EmailAddress
from registration.frozen import dataclass


class DeliveryStatus(StrEnum):
    """The delivery status of a mail."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REFUSED = "refused"


@dataclass(frozen=True)
class Delivery:
    """The delivery of the last mail to a customer.

    ``detail`` adds to the status, as in ``Permanent/NoEmail``. ``mail`` is the mail's label.
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
    """A report of SES on one mail.

    ``passing`` marks a transient bounce, which says nothing about the next mail: a full
    mailbox, for example. ``reference`` is None if the mail did not name its customer.
    """

    delivery: Delivery
    sent_at: datetime
    recipients: tuple[EmailAddress, ...]
    reference: str | None = None
    passing: bool = False

    @property
    def rank(self) -> str:
        """The rank of the report, to be compared as text."""
        gravity = 0 if self.passing else _GRAVITY[self.delivery.status]
        return f"{self.sent_at.isoformat(timespec='milliseconds')}#{gravity}"

    @property
    def suppresses(self) -> bool:
        """Whether the recipients' addresses are to be suppressed."""
        graves = {DeliveryStatus.BOUNCED, DeliveryStatus.COMPLAINED}
        return self.delivery.status in graves and not self.passing


@dataclass(frozen=True)
class Suppression:
    """A suppressed address: it gets no mail until staff lift the suppression.

    A lifted suppression is kept, so that an old report that arrives again changes nothing; a
    new one suppresses again. ``parked`` are the mails that wait until it is lifted.
    """

    status: DeliveryStatus
    at: datetime
    detail: str | None = None
    lifted_at: datetime | None = None
    parked: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether the address is suppressed now."""
        return self.lifted_at is None or self.lifted_at < self.at
