"""Mails: which there are, and the promise to send one.

A promise holds everything that the mail is written from, except the link's token,
which is derived when the mail is sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registration.domain.customers import Customer
from registration.domain.links import Link, Purpose


class MailKind(StrEnum):
    """A mail's name is the name of the folder that its templates are in."""

    CONFIRM_REGISTRATION = "confirm_registration"
    CONFIRM_AND_CHOOSE_PASSWORD = "confirm_and_choose_password"  # noqa: S105 - a mail's name
    ALREADY_REGISTERED = "already_registered"


_PURPOSES = {
    MailKind.CONFIRM_REGISTRATION: Purpose.CONFIRM,
    MailKind.CONFIRM_AND_CHOOSE_PASSWORD: Purpose.CONFIRM,
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

    def link(self, lifetime: timedelta) -> Link | None:
        """Return the link that the mail carries, the same each time, if it carries one."""
        purpose = _PURPOSES.get(self.kind)
        if purpose is None:
            return None
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
