"""The kinds of mails, and the promise to send one.

A promise holds everything that the mail is rendered from, except the token of the link,
which is derived when the mail is sent.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from registration.domain.claims import Claim
from registration.domain.customers import ENTERED, Customer, LinkedEmail, Origin
from registration.domain.fields.own import OwnValue
from registration.domain.links import Link, Purpose
from registration.domain.staff.members import StaffMember
from registration.frozen import dataclass

_INVITATION_KEPT = timedelta(days=30)


class MailKind(StrEnum):
    """The value names the mail's texts: ``mail.<kind>``."""

    CONFIRM_REGISTRATION = "confirm_registration"
    CONFIRM_AND_CHOOSE_PASSWORD = "confirm_and_choose_password"  # noqa: S105 - a mail's name
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a mail's name
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a mail's name
    CONFIRMATION_REMINDER = "confirmation_reminder"
    STAFF_INVITATION = "staff_invitation"
    CONFIRM_NEW_EMAIL = "confirm_new_email"
    EMAIL_CHANGED = "email_changed"
    QUIET_ADDRESS = "quiet_address"


class Lane(StrEnum):
    """The priority of a mail. Each lane goes before the ones below it."""

    PEOPLE = "people"
    """Somebody is waiting: a sign-up, a new link, a forgotten password."""
    REMINDERS = "reminders"
    IMPORT = "import"
    """Nobody is waiting, and there may be a million at once."""


_PURPOSES = {
    MailKind.CONFIRM_REGISTRATION: Purpose.CONFIRM,
    MailKind.CONFIRM_AND_CHOOSE_PASSWORD: Purpose.CONFIRM,
    MailKind.RESET_PASSWORD: Purpose.RESET_PASSWORD,
    MailKind.CONFIRMATION_REMINDER: Purpose.CONFIRM,
    MailKind.STAFF_INVITATION: Purpose.INVITE_STAFF,
    MailKind.CONFIRM_NEW_EMAIL: Purpose.CHANGE_EMAIL,
    MailKind.EMAIL_CHANGED: Purpose.RESTORE_EMAIL,
    MailKind.QUIET_ADDRESS: Purpose.ALLOW_MAILS,
}
# Unsolicited mails, which the receiver may not want: somebody else entered the address,
# or the receiver ignored the first mail.
_UNASKED = {MailKind.CONFIRM_AND_CHOOSE_PASSWORD, MailKind.CONFIRMATION_REMINDER}

TELLS_OWN_FIELDS = frozenset(
    {
        MailKind.CONFIRM_REGISTRATION,
        MailKind.CONFIRM_AND_CHOOSE_PASSWORD,
        MailKind.CONFIRMATION_REMINDER,
        MailKind.RESET_PASSWORD,
        MailKind.PASSWORD_CHANGED,
    }
)
"""The mails that may tell the shop's own fields: those to the customer's own address, by name."""


@dataclass(frozen=True)
class Mail:
    """A mail that was promised.

    ``link_since`` is the start of the link's lifetime: when the mail was promised, or later
    if the mail had to wait so long that its link would soon expire. ``has_code``: a code stands
    beside the link, as a browser asks for it. A ``withheld`` mail is never sent; it only makes the
    same work as one that is. ``quiet_since`` is told to the owner of a quiet address. ``own``
    are the shop's own fields of the customer, as they are when the mail is sent.
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
    has_code: bool = False
    withheld: bool = False
    quiet_since: datetime | None = None
    own: Mapping[str, OwnValue] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The unique name of the mail: a reminder shares the id of the mail it reminds of."""
        return f"{self.kind}/{self.mail_id}"

    @property
    def purpose(self) -> Purpose | None:
        """The purpose of the mail's link, if it has a link."""
        return _PURPOSES.get(self.kind)

    @property
    def unasked(self) -> bool:
        """Whether the mail is unsolicited, so that the receiver may want no more of the kind."""
        return self.kind in _UNASKED or self.lane is Lane.IMPORT

    def renewed(self, now: datetime) -> "Mail":
        """Return the mail with a link that begins now; no browser waits for its code any more."""
        return replace(self, link_since=now, has_code=False)

    def telling(self, customer: Customer | None) -> "Mail":
        """Return the mail with what it may tell of its customer, as long as the address is theirs.

        No promise holds it: an import's has no room, and a mail that waits would tell what was.
        """
        if customer is None or self.kind not in TELLS_OWN_FIELDS or customer.email.typed != self.to:
            return self
        return replace(self, own=customer.profile.own)

    def link(self, purpose: Purpose, lifetime: timedelta) -> Link:
        """Return the link of the mail, the same each time."""
        return Link(purpose, self.reference, self.token_id, self.link_since + lifetime)

    @property
    def not_me_link(self) -> Link | None:
        """The second link of a mail to an unproven address: it was somebody else who signed up.

        It works for as long as what it removes is there.
        """
        if self.purpose not in {Purpose.CONFIRM, Purpose.CHANGE_EMAIL} or not self.expires_at:
            return None
        return Link(Purpose.NOT_ME, self.reference, self.token_id, self.expires_at)


def confirmation_mail(customer: Customer, promised_at: datetime) -> Mail:
    """Return the mail that carries a customer's newest confirmation link.

    Nobody waits for the first one to an imported customer; somebody waits for any later one. Where
    somebody has signed up, a code is waited for.
    """
    imported = customer.consent.origin is Origin.IMPORT and promised_at == customer.created_at
    told = customer.sign_up or customer
    kind = (
        MailKind.CONFIRM_REGISTRATION
        if customer.password_hash or told.password_hash
        else MailKind.CONFIRM_AND_CHOOSE_PASSWORD
    )
    lane = Lane.IMPORT if imported else Lane.PEOPLE
    return _to_customer(
        customer,
        kind,
        customer.token_id,
        promised_at,
        customer.expires_at,
        lane,
        has_code=told.consent.origin not in ENTERED,
    )


def reminder_of(mail: Mail, due_at: datetime) -> Mail:
    """Return the reminder of a confirmation mail, with the same link."""
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
    """Return the mail that informs a customer about a sign-up with the customer's address.

    It contains nothing from that sign-up, which a stranger may have typed.
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


def quiet_address_mail(*, to: str, mail_id: str, claim: Claim, promised_at: datetime) -> Mail:
    """Return the mail that tells the owner of a quiet address how to get mail again.

    Nobody else's words are in it: a stranger may have asked for a mail.
    """
    return Mail(
        mail_id=mail_id,
        kind=MailKind.QUIET_ADDRESS,
        to=to,
        locale=claim.locale,
        reference=claim.reference,
        token_id=mail_id,
        promised_at=promised_at,
        link_since=promised_at,
        expires_at=claim.expires_at,
        quiet_since=claim.quiet_since,
    )


def reset_password_mail(
    customer: Customer, token_id: str, promised_at: datetime, lifetime: timedelta
) -> Mail:
    """Return the mail with a link to choose a new password."""
    expires_at = promised_at + lifetime
    mail = _to_customer(customer, MailKind.RESET_PASSWORD, token_id, promised_at, expires_at)
    return replace(mail, has_code=customer.reset_browser is not None)


def password_changed_mail(customer: Customer, mail_id: str, promised_at: datetime) -> Mail:
    """Return the mail that warns a customer of a changed password."""
    expires_at = promised_at + timedelta(days=7)
    return _to_customer(customer, MailKind.PASSWORD_CHANGED, mail_id, promised_at, expires_at)


def new_email_mail(customer: Customer, new: LinkedEmail, promised_at: datetime) -> Mail:
    """Return the mail to a customer's new address, whose link proves it."""
    mail = _to_linked(customer, MailKind.CONFIRM_NEW_EMAIL, new, promised_at)
    return replace(mail, has_code=new.since is not None)


def email_changed_mail(customer: Customer, promised_at: datetime) -> Mail:
    """Return the mail to the address before a change, whose link restores it."""
    return _to_linked(customer, MailKind.EMAIL_CHANGED, customer.former_emails[-1], promised_at)


def staff_invitation_mail(member: StaffMember, token_id: str, promised_at: datetime) -> Mail:
    """Return the mail that invites a member of staff to the Back Office."""
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


def _to_linked(customer: Customer, kind: MailKind, to: LinkedEmail, promised_at: datetime) -> Mail:
    addressed = replace(customer, email=to.email)
    return _to_customer(addressed, kind, to.token_id, promised_at, to.until)


def _to_customer(
    customer: Customer,
    kind: MailKind,
    mail_id: str,
    promised_at: datetime,
    expires_at: datetime | None,
    lane: Lane = Lane.PEOPLE,
    *,
    has_code: bool = False,
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
        expires_at=expires_at,
        salutation=customer.profile.salutation,
        first_name=customer.profile.first_name,
        last_name=customer.profile.last_name,
        lane=lane,
        has_code=has_code,
    )


class Needless(StrEnum):
    """Why a mail is no longer needed."""

    GONE = "gone"
    CONFIRMED = "confirmed"
    REPLACED = "replaced"
    UNDELIVERED = "undelivered"
    QUIET = "quiet"


def needless(mail: Mail, customer: Customer | None, now: datetime) -> Needless | None:
    """Return why a mail is no longer needed, given the customer as it is now."""
    if mail.purpose in {Purpose.INVITE_STAFF, Purpose.ALLOW_MAILS}:
        return None
    if customer is None or customer.has_expired(now):
        return Needless.GONE
    if mail.purpose is Purpose.CONFIRM and customer.is_verified:
        return Needless.CONFIRMED
    newest: dict[Purpose, set[str | None]] = {
        Purpose.CONFIRM: {customer.token_id},
        Purpose.RESET_PASSWORD: {customer.reset_token_id},
        Purpose.CHANGE_EMAIL: {customer.new_email.token_id if customer.new_email else None},
        Purpose.RESTORE_EMAIL: {each.token_id for each in customer.former_emails},
    }
    if mail.purpose and mail.token_id not in newest[mail.purpose]:
        return Needless.REPLACED
    if mail.kind is MailKind.CONFIRMATION_REMINDER and customer.delivery:
        return Needless.UNDELIVERED if customer.delivery.failed else None
    return None
