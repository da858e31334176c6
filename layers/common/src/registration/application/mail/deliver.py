"""Sending a promised mail."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from registration.application.mail.delivery_reports import record_on_customer
from registration.application.mail.ports import (
    Closed,
    Failed,
    Lease,
    Mailer,
    NotLeased,
    Outbox,
    Promise,
    Recipient,
    Recipients,
    Refused,
    Sleep,
    Suppressions,
    Throttled,
)
from registration.application.mail.send_rate import SendRate
from registration.application.ports import (
    Clock,
    Conflict,
    Links,
    NewId,
    RenderedMail,
    Withdrawals,
    WriteLetter,
)
from registration.domain.emails import EmailAddress
from registration.domain.links import Link, Purpose
from registration.domain.mail.deliveries import Delivery, DeliveryStatus, Report
from registration.domain.mail.mails import Mail, MailKind, Needless, needless, reminder_of
from registration.frozen import dataclass

_PATHS = {
    Purpose.CONFIRM: "/confirm",
    Purpose.RESET_PASSWORD: "/restore-password",
    Purpose.INVITE_STAFF: "/back-office/invitation",
    Purpose.CHANGE_EMAIL: "/confirm-email",
    Purpose.RESTORE_EMAIL: "/restore-email",
    Purpose.NOT_ME: "/not-me",
    Purpose.ALLOW_MAILS: "/allow-mails",
    Purpose.WITHDRAW_CONSENT: "/withdraw-consent",
}
# The items of a transaction become visible one by one. Until a mail is this old, the state
# of its customer is no reason to skip it.
_SETTLED = timedelta(minutes=1)
# One call to SES, the time to connect included. No try begins that could outlast the lease.
_LONGEST_CALL = timedelta(seconds=15)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0
# Why a mail is parked that cannot be read or rendered.
_BROKEN = "broken"


class MailOutcome(StrEnum):
    """The outcome of a try to send a mail."""

    ACCEPTED = "accepted"
    SENT_BEFORE = "sent_before"
    PARKED_BEFORE = "parked_before"
    HELD = "held"
    OUTLIVED = "outlived"
    NEEDLESS = "needless"
    PARKED = "parked"
    LEFT = "left"
    FAILED = "failed"


@dataclass(frozen=True)
class Result:
    """An outcome with its reason, and for an accepted mail the time since the promise."""

    outcome: MailOutcome
    reason: str | None = None
    mail: Mail | None = None
    took: timedelta | None = None
    error: Exception | None = None


@dataclass(frozen=True)
class Deliver:
    """Sends one promised mail, from the stream and from the sweep alike.

    The mail is leased first, so that two senders never both send it; the port ``Outbox``
    draws its states. One window is left: a sender that dies between SES's acceptance and
    the removal lets the mail go out twice, with the same link, because SES knows no
    idempotency token. Even then the next sender skips the mail if SES has reported on the
    first copy meanwhile.

    ``reminder`` is how long before the link expires the reminder is sent.
    """

    outbox: Outbox
    recipients: Recipients
    suppressions: Suppressions
    mailer: Mailer
    write: WriteLetter
    links: Links
    pace: SendRate
    clock: Clock
    pause: Sleep
    new_id: NewId
    public_url: Callable[[], str]
    lifetimes: Mapping[Purpose, timedelta]
    reminder: timedelta | None = None

    def __call__(self, promise: Promise, longest_wait: timedelta = timedelta(0)) -> Result:
        """Send a mail if it is still unsent, retrying for some time if necessary.

        Raises
        ------
        NotSent, Conflict
            It cannot be sent now. The promise stands.
        """
        self.pace.wait(promise.lane)
        lease = self.outbox.lease(promise.mail_id, self.new_id(), self.clock())
        if isinstance(lease, NotLeased):
            return Result(MailOutcome(lease.value))
        if lease.mail is None:
            self.outbox.park(lease.mail_id, _BROKEN)
            return Result(MailOutcome.PARKED, _BROKEN)
        try:
            return self._judge(lease, lease.mail, longest_wait)
        except (Throttled, Closed):
            # The mail did not fail, so the next try need not wait.
            self.outbox.release(lease)
            raise

    def _judge(self, lease: Lease, mail: Mail, longest_wait: timedelta) -> Result:
        now = self.clock()
        if mail.expires_at and mail.expires_at <= now:
            return self._drop(mail, MailOutcome.OUTLIVED)
        recipient = self.recipients.of(mail)
        if _was_accepted(mail, recipient):
            return self._drop(mail, MailOutcome.SENT_BEFORE, "reported")
        if why := _needless(mail, recipient, now):
            return self._drop(mail, MailOutcome.NEEDLESS, why)
        if recipient.suppression and recipient.is_suppressed:
            after = recipient.suppression.status
            if not self.suppressions.hold(EmailAddress(mail.to), mail.mail_id):
                raise Failed("suppression_lifted")
            return self._park(mail, "suppressed", f"suppressed: {after}")
        if mail.kind is MailKind.CONFIRMATION_REMINDER:
            if self._link_ends(mail) <= now:
                return self._drop(mail, MailOutcome.NEEDLESS, "too_late")
        elif self._link_is_old(mail, now):
            # Stored before sending, so that a second copy has the same link.
            self.outbox.renew(lease, now)
            mail = mail.renewed(now)
        return self._send(lease, mail.telling(recipient.customer), recipient, longest_wait)

    def _send(
        self, lease: Lease, mail: Mail, recipient: Recipient, longest_wait: timedelta
    ) -> Result:
        target, code = self._target(mail), self._code(mail)
        not_me = self._url(mail.not_me_link) if mail.not_me_link else ""
        try:
            rendered = self.write(mail, target, code, not_me, self._withdrawals(mail, recipient))
        except Exception as error:  # noqa: BLE001 - whatever is wrong will be so next time
            return replace(self._park(mail, _BROKEN, _BROKEN), error=error)
        latest = lease.until - _LONGEST_CALL
        if self.clock() > latest:
            # Held up for longer than the lease lasts: another sender may hold the mail now.
            raise Conflict
        try:
            self._hand_over(mail, rendered, min(self.clock() + longest_wait, latest))
        except Refused as refusal:
            return self._park(mail, refusal.reason, refusal.reason)
        self._done(mail)
        return Result(MailOutcome.ACCEPTED, None, mail, self.clock() - mail.promised_at)

    def _hand_over(self, mail: Mail, rendered: RenderedMail, until: datetime) -> None:
        for pause in _pauses():
            try:
                self.mailer.send(mail, rendered)
            except (Throttled, Failed) as hindrance:
                if isinstance(hindrance, Throttled):
                    self.pace.throttled()
                if self.clock() + timedelta(seconds=pause) > until:
                    raise
                self.pause(pause)
            else:
                self.pace.accepted()
                return

    def _done(self, mail: Mail) -> None:
        due_at = self._reminder_due(mail)
        if due_at:
            self.outbox.remind(reminder_of(mail, due_at))
        else:
            self.outbox.remove(mail.mail_id)

    def _drop(self, mail: Mail, outcome: MailOutcome, reason: str | None = None) -> Result:
        self.outbox.remove(mail.mail_id)
        return Result(outcome, reason, mail)

    def _park(self, mail: Mail, reason: str, detail: str) -> Result:
        # The customer first: if the sender dies in between, the next one repeats both.
        now = self.clock()
        refused = Delivery(DeliveryStatus.REFUSED, now, detail, mail.label)
        report = Report(refused, now, (EmailAddress(mail.to),))
        record_on_customer(self.recipients, mail.reference, report)
        self.outbox.park(mail.mail_id, reason)
        return Result(MailOutcome.PARKED, reason, mail)

    def _reminder_due(self, mail: Mail) -> datetime | None:
        first = mail.purpose is Purpose.CONFIRM and mail.kind is not MailKind.CONFIRMATION_REMINDER
        if not first or not self.reminder:
            return None
        due_at = self._link_ends(mail) - self.reminder
        return due_at if due_at > self.clock() else None

    def _link_ends(self, mail: Mail) -> datetime:
        return mail.link_since + self.lifetimes[Purpose.CONFIRM]

    def _link_is_old(self, mail: Mail, now: datetime) -> bool:
        # A mail that waited for more than half of its link's lifetime gets a full new lifetime.
        # But a way back ends when the claim on the address does.
        if mail.purpose is None or mail.purpose is Purpose.RESTORE_EMAIL:
            return False
        return (now - mail.link_since) * 2 > self.lifetimes[mail.purpose]

    def _code(self, mail: Mail) -> str:
        if mail.purpose is None or not mail.has_code:
            return ""
        return self.links.code(mail.purpose, mail.reference, mail.token_id)

    def _target(self, mail: Mail) -> str:
        if mail.purpose is None:
            return f"{self.public_url()}/login"
        return self._url(mail.link(mail.purpose, self.lifetimes[mail.purpose]))

    def _withdrawals(self, mail: Mail, recipient: Recipient) -> Withdrawals:
        """Return what a customer has agreed to, with links, in a mail to the proven address."""
        known = recipient.customer
        if known is None or known.email.normalised != EmailAddress(mail.to).normalised:
            return ()
        agreed = (each.agreement for each in known.active_consents)
        return tuple((a.text, self._url(known.withdrawal_link(a.name))) for a in agreed)

    def _url(self, link: Link) -> str:
        return f"{self.public_url()}{_PATHS[link.purpose]}?token={self.links.token(link)}"


def _needless(mail: Mail, recipient: Recipient, now: datetime) -> Needless | None:
    if mail.not_me_link and recipient.claim and recipient.claim.keeps_quiet(now):
        return Needless.QUIET
    return needless(mail, recipient.customer, now) if now - mail.promised_at > _SETTLED else None


def _was_accepted(mail: Mail, recipient: Recipient) -> bool:
    known = recipient.customer.delivery if recipient.customer else None
    if known is None or known.status is DeliveryStatus.REFUSED:
        return False
    return known.mail == mail.label


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)
