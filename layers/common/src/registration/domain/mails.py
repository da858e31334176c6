"""Mails: which there are, and the promise to send one.

A promise holds everything that the mail is written from, except the link's token,
which is derived when the mail is sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registration.domain.customers import Customer
from registration.domain.links import Link, Purpose
from registration.domain.staff import StaffMember

_INVITATION_KEPT = timedelta(days=30)


class MailKind(StrEnum):
    """A mail's name is the name of the folder that its templates are in."""

    CONFIRM_REGISTRATION = "confirm_registration"
    CONFIRM_AND_CHOOSE_PASSWORD = "confirm_and_choose_password"  # noqa: S105 - a mail's name
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a mail's name
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a mail's name
    STAFF_INVITATION = "staff_invitation"


_PURPOSES = {
    MailKind.CONFIRM_REGISTRATION: Purpose.CONFIRM,
    MailKind.CONFIRM_AND_CHOOSE_PASSWORD: Purpose.CONFIRM,
    MailKind.RESET_PASSWORD: Purpose.RESET_PASSWORD,
    MailKind.STAFF_INVITATION: Purpose.INVITE_STAFF,
}


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

    @property
    def purpose(self) -> Purpose | None:
        """What the link is for that the mail carries, if it carries one."""
        return _PURPOSES.get(self.kind)

    def link(self, purpose: Purpose, lifetime: timedelta) -> Link:
        """Return the link that the mail carries, the same each time."""
        return Link(purpose, self.reference, self.token_id, self.link_since + lifetime)


def confirmation_mail(customer: Customer, promised_at: datetime) -> Mail:
    """Return the mail that carries a customer's newest confirmation link."""
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
