"""Delivery reports of SES, and lifting a suppression."""

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
from registration.domain.mail.mails import MailKind
from registration.frozen import dataclass


class Recorded(StrEnum):
    """The result of recording a report."""

    NEWS = "news"
    KNOWN = "known"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class RecordDelivery:
    """Records the delivery of a mail on its customer, and suppresses dead addresses.

    A report that arrives twice, or after a higher-ranked one, changes nothing. The
    suppression is written first: it holds even if the customer is gone.
    """

    recipients: Recipients
    suppressions: Suppressions

    def __call__(self, report: Report) -> Recorded:
        """Record one report."""
        suppressed = False
        if report.suppresses:
            # A list, because `any` on a generator would stop at the first one.
            news = [self.suppressions.suppress(email, report) for email in report.recipients]
            suppressed = any(news)
        reference = report.reference or self._whose(report)
        if reference is None:
            return Recorded.NEWS if suppressed else Recorded.NOBODYS
        noted = record_on_customer(self.recipients, reference, report)
        return Recorded.NEWS if noted or suppressed else Recorded.KNOWN

    def _whose(self, report: Report) -> str | None:
        owners = map(self.recipients.reference_of, report.recipients)
        return next(filter(None, owners), None)


def record_on_customer(recipients: Recipients, reference: str, report: Report) -> bool:
    """Record a report on the customer; return whether it was new.

    A report on the notice to a former address says nothing of the address that the customer has.
    """
    of_former = (report.delivery.mail or "").startswith(f"{MailKind.EMAIL_CHANGED}/")
    return not of_former and recipients.record(reference, report)


@dataclass(frozen=True)
class LiftSuppression:
    """Lifts the suppression of an address, so that it gets mail again.

    Each step is idempotent, so that a try that dies half-way can be repeated: the parked
    mails are remembered until they wait for a sender again.
    """

    suppressions: Suppressions
    suppression_list: SuppressionList
    outbox: Outbox
    clock: Clock

    def __call__(self, email: EmailAddress) -> int:
        """Lift the suppression; return how many parked mails will be sent now."""
        # SES first: while the address is on its own list, mails would bounce at once.
        self.suppression_list.remove(email)
        parked = self.suppressions.lift(email, self.clock())
        self.outbox.unpark(parked)
        self.suppressions.forget_held(email, parked)
        return len(parked)
