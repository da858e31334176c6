"""What SES tells of mails after it took them, and staff's word against it."""

from dataclasses import dataclass
from enum import StrEnum

from registration.application.mail.ports import (
    Outbox,
    Recipients,
    SuppressionList,
    Suppressions,
)
from registration.application.ports import Clock
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Report


class Recorded(StrEnum):
    """What became of a report."""

    NEWS = "news"
    KNOWN = "known"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class RecordDelivery:
    """Notes on a customer what became of a mail, and suppresses an address that takes none.

    A report that comes twice, or after a later one, changes nothing. The suppression is
    written first: it holds even where the customer is gone.
    """

    recipients: Recipients
    suppressions: Suppressions

    def __call__(self, report: Report) -> Recorded:
        """Record one report."""
        suppressed = False
        if report.suppresses:
            # Each of them: no `any` on the fly, which stops at the first.
            news = [self.suppressions.suppress(email, report) for email in report.recipients]
            suppressed = any(news)
        reference = report.reference or self._whose(report)
        if reference is None:
            return Recorded.NEWS if suppressed else Recorded.NOBODYS
        noted = self.recipients.record(reference, report)
        return Recorded.NEWS if noted or suppressed else Recorded.KNOWN

    def _whose(self, report: Report) -> str | None:
        owners = map(self.recipients.reference_of, report.recipients)
        return next(filter(None, owners), None)


@dataclass(frozen=True)
class LiftSuppression:
    """Takes staff's word that an address may get mail again.

    Each step can be done twice, so that a try that dies half-way can be made again: the
    mails that waited are remembered until they wait for a sender again.
    """

    suppressions: Suppressions
    suppression_list: SuppressionList
    outbox: Outbox
    clock: Clock

    def __call__(self, email: EmailAddress) -> int:
        """Let an address get mail again; return how many parked mails are sent now."""
        # SES first: with its own list in the way, mails would come back at once.
        self.suppression_list.remove(email)
        parked = self.suppressions.lift(email, self.clock())
        self.outbox.unpark(parked)
        self.suppressions.forget_held(email, parked)
        return len(parked)
