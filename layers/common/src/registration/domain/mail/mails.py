"""Mails: which there are, and the promise to send one.

A promise holds everything that the mail is written from, except the link's token,
which is derived when the mail is sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from registration.domain.customers import Customer, Origin
from registration.domain.links import Link, Purpose
from registration.domain.staff.members import StaffMember

_INVITATION_KEPT = timedelta(days=30)


class MailKind(StrEnum):
    """A mail's name is the name of the folder that its templates are in."""

    CONFIRM_REGISTRATION = "confirm_registration"
    CONFIRM_AND_CHOOSE_PASSWORD = "confirm_and_choose_password"  # noqa: S105 - a mail's name
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a mail's name
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a mail's name
    CONFIRMATION_REMINDER = "confirmation_reminder"
    STAFF_INVITATION = "staff_invitation"


class Lane(StrEnum):
    """Who waits for a mail. Each lane goes before the ones below it."""

    PEOPLE = "people"
    """Somebody sits and waits: signing up, a new link, a forgotten password."""
    REMINDERS = "reminders"
    IMPORT = "import"
    """Perhaps a million at once, which nobody waits for."""


_PURPOSES = {
    MailKind.CONFIRM_REGISTRATION: Purpose.CONFIRM,
    MailKind.CONFIRM_AND_CHOOSE_PASSWORD: Purpose.CONFIRM,
    MailKind.RESET_PASSWORD: Purpose.RESET_PASSWORD,
    MailKind.CONFIRMATION_REMINDER: Purpose.CONFIRM,
    MailKind.STAFF_INVITATION: Purpose.INVITE_STAFF,
}
# Mails that nobody asked for who may not want them: whoever gets one was entered by
# somebody else, or has let the first mail lie.
_UNASKED = {MailKind.CONFIRM_AND_CHOOSE_PASSWORD, MailKind.CONFIRMATION_REMINDER}


@dataclass(frozen=True)
class Mail:
    """A mail that was promised.

    ``link_since`` is when the link's lifetime begins: when the mail was promised, or
    later, for a mail that had to wait so long that its link would be of no use.
    """

    mail_id: str
    kind: MailKind
    to: str
    locale: str | None
    reference: str
    token_id: str
    promised_at: datetime
    link_since: datetime
    expires_at: datetime | None
    salutation: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    lane: Lane = Lane.PEOPLE

    @property
    def label(self) -> str:
        """What tells this mail from every other: a reminder has the id of the first mail."""
        return f"{self.kind}/{self.mail_id}"

    @property
    def purpose(self) -> Purpose | None:
        """What the link is for that the mail carries, if it carries one."""
        return _PURPOSES.get(self.kind)

    @property
    def unasked(self) -> bool:
        """Whether its receiver did nothing to get it, and may want no more of the kind."""
        return self.kind in _UNASKED or self.lane is Lane.IMPORT

    def link(self, purpose: Purpose, lifetime: timedelta) -> Link:
        """Return the link that the mail carries, the same each time."""
        return Link(purpose, self.reference, self.token_id, self.link_since + lifetime)


def confirmation_mail(customer: Customer, promised_at: datetime) -> Mail:
    """Return the mail that carries a customer's newest confirmation link.

    An imported customer's first one was asked for by nobody who waits; any later one was.
    """
    imported = customer.consent.origin is Origin.IMPORT and promised_at == customer.created_at
    kind = (
        MailKind.CONFIRM_REGISTRATION
        if customer.password_hash
        else MailKind.CONFIRM_AND_CHOOSE_PASSWORD
    )
    return Mail(
        mail_id=customer.token_id,
        kind=kind,
        to=customer.email.typed,
        locale=customer.profile.locale,
        reference=customer.reference,
        token_id=customer.token_id,
        promised_at=promised_at,
        link_since=promised_at,
        expires_at=customer.expires_at,
        salutation=customer.profile.salutation,
        first_name=customer.profile.first_name,
        last_name=customer.profile.last_name,
        lane=Lane.IMPORT if imported else Lane.PEOPLE,
    )


def reminder_of(mail: Mail, due_at: datetime) -> Mail:
    """Return the mail that reminds of a confirmation mail, with the same link."""
    return replace(
        mail, kind=MailKind.CONFIRMATION_REMINDER, promised_at=due_at, lane=Lane.REMINDERS
    )


def already_registered_mail(
    *,
    to: str,
    reference: str,
    mail_id: str,
    locale: str | None,
    promised_at: datetime,
    lifetime: timedelta,
) -> Mail:
    """Return the mail that tells a customer of a sign-up with the customer's address.

    It takes nothing from that sign-up: a stranger's words have no place in it.
    """
    return Mail(
        mail_id=mail_id,
        kind=MailKind.ALREADY_REGISTERED,
        to=to,
        locale=locale,
        reference=reference,
        token_id=mail_id,
        promised_at=promised_at,
        link_since=promised_at,
        expires_at=promised_at + lifetime,
    )


def reset_password_mail(
    customer: Customer, token_id: str, promised_at: datetime, lifetime: timedelta
) -> Mail:
    """Return the mail whose link leads to a new password."""
    return _to_customer(customer, MailKind.RESET_PASSWORD, token_id, promised_at, lifetime)


def password_changed_mail(customer: Customer, mail_id: str, promised_at: datetime) -> Mail:
    """Return the mail that tells a customer of a new password, in case it was somebody else."""
    kept = timedelta(days=7)
    return _to_customer(customer, MailKind.PASSWORD_CHANGED, mail_id, promised_at, kept)


def staff_invitation_mail(member: StaffMember, token_id: str, promised_at: datetime) -> Mail:
    """Return the mail whose link leads into the Back Office."""
    return Mail(
        mail_id=token_id,
        kind=MailKind.STAFF_INVITATION,
        to=member.email.typed,
        locale=None,
        reference=member.staff_id,
        token_id=token_id,
        promised_at=promised_at,
        link_since=promised_at,
        expires_at=promised_at + _INVITATION_KEPT,
        first_name=member.name,
    )


def _to_customer(
    customer: Customer, kind: MailKind, mail_id: str, promised_at: datetime, kept: timedelta
) -> Mail:
    return Mail(
        mail_id=mail_id,
        kind=kind,
        to=customer.email.typed,
        locale=customer.profile.locale,
        reference=customer.reference,
        token_id=mail_id,
        promised_at=promised_at,
        link_since=promised_at,
        expires_at=promised_at + kept,
        salutation=customer.profile.salutation,
        first_name=customer.profile.first_name,
        last_name=customer.profile.last_name,
    )


class Needless(StrEnum):
    """Why nobody needs a mail any more."""

    GONE = "gone"
    CONFIRMED = "confirmed"
    REPLACED = "replaced"
    UNDELIVERED = "undelivered"


def needless(mail: Mail, customer: Customer | None, now: datetime) -> Needless | None:
    """Return why a mail that waited needs not be sent any more, by its customer as it is now."""
    if mail.purpose is Purpose.INVITE_STAFF:
        return None
    if customer is None or customer.has_expired(now):
        return Needless.GONE
    if mail.purpose is Purpose.CONFIRM and customer.is_verified:
        return Needless.CONFIRMED
    newest = {Purpose.CONFIRM: customer.token_id, Purpose.RESET_PASSWORD: customer.reset_token_id}
    if mail.purpose and newest.get(mail.purpose) != mail.token_id:
        return Needless.REPLACED
    if mail.kind is MailKind.CONFIRMATION_REMINDER and customer.delivery:
        return Needless.UNDELIVERED if customer.delivery.failed else None
    return None
