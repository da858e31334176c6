"""Fakes of the ports for sending mails. They pass the same contract tests as the adapters."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from registration.application.mail.ports import (
    Lease,
    MailProgress,
    NotLeased,
    OutboxState,
    Promise,
    Recipient,
)
from registration.application.ports import Conflict
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Report, Suppression
from registration.domain.mail.mails import Lane, Mail, MailKind

_LEASE = timedelta(minutes=2)


@dataclass
class FakeOutbox:
    """Promised mails that are not sent yet."""

    mails: dict[str, Mail] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    lasting: dict[str, timedelta] = field(default_factory=dict)

    def get(self, mail_id: str) -> Mail | None:
        """Return the current state of a waiting mail."""
        return None if mail_id in self.reasons else self.mails.get(mail_id)

    def waiting(self, lane: Lane, before: datetime) -> Iterator[Promise]:
        """Find the mails of a lane promised before a time."""
        found = [mail for mail in self.mails.values() if mail.promised_at < before]
        for mail in sorted(found, key=lambda mail: mail.promised_at):
            if mail.lane is lane and mail.mail_id not in self.reasons:
                yield Promise(mail.mail_id, lane, mail.promised_at)

    def lease(self, mail_id: str, lease_id: str, now: datetime) -> Lease | NotLeased:
        """Lease a mail to one sender."""
        if mail_id not in self.mails:
            return NotLeased.SENT_BEFORE
        if mail_id in self.reasons:
            return NotLeased.PARKED_BEFORE
        held = self.leases.get(mail_id)
        if held and held.until > now:
            return held if held.lease_id == lease_id else NotLeased.HELD
        lasts = self.lasting.get(mail_id, _LEASE)
        self.lasting[mail_id] = lasts + _LEASE
        until = now.replace(microsecond=0) + lasts
        self.leases[mail_id] = Lease(mail_id, lease_id, until, self.mails[mail_id])
        return self.leases[mail_id]

    def release(self, lease: Lease) -> None:
        """End a lease at once."""
        if self._is_leased_by(lease):
            self._let_go(lease.mail_id)

    def renew(self, lease: Lease, link_since: datetime) -> None:
        """Restart the lifetime of a mail's link at a later time."""
        if not self._is_leased_by(lease):
            raise Conflict
        kept = self.mails[lease.mail_id]
        self.mails[lease.mail_id] = kept.renewed(link_since)

    def park(self, mail_id: str, reason: str) -> None:
        """Park a mail."""
        if mail_id in self.mails:
            self.reasons[mail_id] = reason
            self._let_go(mail_id)

    def unpark(self, mail_ids: Iterable[str]) -> None:
        """Let parked mails wait again."""
        for mail_id in mail_ids:
            self.reasons.pop(mail_id, None)

    def parked(self, reason: str) -> Iterator[str]:
        """Find the mails parked for a reason."""
        return iter([mail_id for mail_id, why in self.reasons.items() if why == reason])

    def remove(self, mail_id: str) -> None:
        """Remove a mail."""
        self.mails.pop(mail_id, None)
        self.reasons.pop(mail_id, None)
        self._let_go(mail_id)

    def remind(self, reminder: Mail) -> None:
        """Replace the mail with its reminder."""
        if reminder.mail_id in self.mails:
            self.mails[reminder.mail_id] = reminder
            self._let_go(reminder.mail_id)

    def progress(self, mail_ids: Sequence[str]) -> dict[str, MailProgress]:
        """Return the progress of mails."""
        return {
            mail.mail_id: self._progress(mail)
            for mail in map(self.mails.get, mail_ids)
            if mail and mail.kind is not MailKind.CONFIRMATION_REMINDER
        }

    def _progress(self, mail: Mail) -> MailProgress:
        reason = self.reasons.get(mail.mail_id)
        state = OutboxState.PARKED if reason else OutboxState.WAITING
        return MailProgress(state, reason, mail.promised_at)

    def _is_leased_by(self, lease: Lease) -> bool:
        held = self.leases.get(lease.mail_id)
        return held is not None and held.lease_id == lease.lease_id

    def _let_go(self, mail_id: str) -> None:
        self.leases.pop(mail_id, None)
        self.lasting.pop(mail_id, None)


@dataclass
class FakeSuppressions:
    """Suppressed addresses."""

    known: dict[str, Suppression] = field(default_factory=dict)

    def of(self, email: EmailAddress) -> Suppression | None:
        """Return the suppression of an address."""
        return self.known.get(email.normalised)

    def suppress(self, email: EmailAddress, report: Report) -> bool:
        """Suppress an address."""
        told, before = report.delivery, self.of(email)
        if before and (before.at >= told.at or (before.lifted_at and before.lifted_at >= told.at)):
            return False
        changed = before or Suppression(told.status, told.at)
        detail = told.detail or told.status
        self.known[email.normalised] = replace(
            changed, status=told.status, at=told.at, detail=detail
        )
        return True

    def hold(self, email: EmailAddress, mail_id: str) -> bool:
        """Remember a mail to be parked."""
        found = self.of(email)
        if found is None or not found.holds:
            return False
        self.known[email.normalised] = replace(found, parked=found.parked | {mail_id})
        return True

    def lift(self, email: EmailAddress, now: datetime) -> frozenset[str]:
        """Lift the suppression of an address."""
        found = self.of(email)
        if found is None:
            return frozenset()
        self.known[email.normalised] = replace(found, lifted_at=now)
        return found.parked

    def forget_held(self, email: EmailAddress, mail_ids: Iterable[str]) -> None:
        """Forget mails that are no longer parked."""
        if found := self.of(email):
            self.known[email.normalised] = replace(found, parked=found.parked - set(mail_ids))


@dataclass
class FakeRecipients:
    """The recipients of mails, among the customers of another fake."""

    customers: dict[str, Customer]
    suppressions: FakeSuppressions = field(default_factory=FakeSuppressions)
    ranks: dict[str, str] = field(default_factory=dict)

    def of(self, mail: Mail) -> Recipient:
        """Return the recipient of a mail."""
        suppression = self.suppressions.of(EmailAddress(mail.to))
        return Recipient(self.customers.get(mail.reference), suppression)

    def reference_of(self, email: EmailAddress) -> str | None:
        """Return the reference of the customer with an address."""
        owned = (c.reference for c in self.customers.values() if c.email == email)
        return next(owned, None)

    def record(self, reference: str, report: Report) -> bool:
        """Record a report on a customer."""
        found = self.customers.get(reference)
        if found is None or (found.delivery and self.ranks.get(reference, "") >= report.rank):
            return False
        self.customers[reference] = replace(found, delivery=report.delivery)
        self.ranks[reference] = report.rank
        return True
