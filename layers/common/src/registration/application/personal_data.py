"""All that is kept about a customer, to be handed out to them.

The rights of access and of data portability: GDPR, Art. 15 (3) and 20 (1). Neither may harm others
(Art. 15 (4), 20 (4)), so nothing of staff or of other customers is in it.
https://eur-lex.europa.eu/eli/reg/2016/679/oj
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from registration.application.carts import Carts
from registration.application.mail.ports import Suppressions, UnsentMail
from registration.application.ports import Clock
from registration.domain.carts import Cart, SignedIn
from registration.domain.customers import Customer
from registration.domain.mail.deliveries import Delivery, Suppression
from registration.domain.mail.mails import MailKind
from registration.domain.sessions import Session
from registration.domain.staff.audit import AuditEntry
from registration.frozen import dataclass

# An answer of Lambda holds 6 MB: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_MOST = 1000
_MOST_CARTS = 100


class CustomerSessions(Protocol):
    """The sessions of customers, to be listed."""

    def of(self, reference: str, limit: int) -> list[Session]:
        """Return some of a customer's sessions. A read for each 100."""


class UnsentMails(Protocol):
    """The outbox, as far as customers are told of it."""

    def unsent_to(self, reference: str, known: str) -> list[UnsentMail]:
        """Return the mails that wait or are parked; ``known`` is one that no index may hold."""


class StaffActions(Protocol):
    """The audit record, as far as customers are told of it."""

    def of_customer(
        self, reference: str, limit: int, before: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries about a customer."""


@dataclass(frozen=True)
class PersonalData:
    """What is kept about a customer at a time; ``incomplete`` names the lists that were cut."""

    at: datetime
    customer: Customer
    sessions: Sequence[Session]
    carts: Sequence[Cart]
    unsent: Sequence[UnsentMail]
    last_report: Delivery | None
    suppression: Suppression | None
    staff_actions: Sequence[AuditEntry]
    incomplete: tuple[str, ...]


@dataclass(frozen=True)
class CollectPersonalData:
    """Reads what is kept about one customer."""

    sessions: CustomerSessions
    carts: Carts
    outbox: UnsentMails
    suppressions: Suppressions
    record: StaffActions
    clock: Clock

    def __call__(self, customer: Customer) -> PersonalData:
        """Return what is kept about a customer who was just read."""
        now, owner = self.clock(), SignedIn(customer.reference)
        sessions = self.sessions.of(customer.reference, _MOST + 1)
        cart_ids = self.carts.held_by(owner).cart_ids
        carts = self.carts.get(cart_ids[:_MOST_CARTS])
        actions, older = self.record.of_customer(customer.reference, _MOST)
        cut = {
            "sessions": len(sessions) > _MOST,
            "carts": len(cart_ids) > _MOST_CARTS,
            "staffActions": older is not None,
        }
        unsent = self.outbox.unsent_to(customer.reference, customer.token_id)
        return PersonalData(
            at=now,
            customer=customer,
            sessions=sessions[:_MOST],
            carts=[cart for cart in carts if cart.is_of(owner, now)],
            # Whether such a mail is there tells who has the address that was asked for.
            unsent=[each for each in unsent if each.mail.kind is not MailKind.CONFIRM_NEW_EMAIL],
            last_report=_last_report(customer),
            suppression=self.suppressions.of(customer.email),
            staff_actions=actions,
            incomplete=tuple(name for name, is_cut in cut.items() if is_cut),
        )


def _last_report(customer: Customer) -> Delivery | None:
    # One on the mail to an address that waits replaces it, and there is none if another customer
    # has that address. So it is told only when it cannot have been replaced.
    report = customer.delivery
    of_another = report and (report.mail or "").startswith(f"{MailKind.CONFIRM_NEW_EMAIL}/")
    return None if customer.new_email or of_another else report
