"""Every kind of mail, written to the same customer."""

from datetime import timedelta

from local.preview.people import CUSTOMER, EMAIL
from local.preview.writers import NOW, Writers
from registration.application.ports import RenderedMail
from registration.domain.mail.mails import Mail, MailKind

_TOKEN = f"{CUSTOMER.reference}.sample.6a3f1c2b.Jd8sK2l0aPq9Zx7Yw3Vb5Nm1Qe4Rt6Uy8Io0Pa2Sd4F"
_CODED = {MailKind.CONFIRM_REGISTRATION, MailKind.RESET_PASSWORD, MailKind.CONFIRM_NEW_EMAIL}


def mail(kind: MailKind, to: Writers) -> RenderedMail:
    """Return a mail of a kind, with the link and the code that it has."""
    sample = Mail(
        mail_id="sample",
        kind=kind,
        to=EMAIL,
        locale=to.locale,
        reference=CUSTOMER.reference,
        token_id="sample",
        promised_at=NOW,
        link_since=NOW,
        expires_at=NOW + timedelta(days=30),
        salutation=CUSTOMER.profile.salutation,
        first_name=CUSTOMER.profile.first_name,
        last_name=CUSTOMER.profile.last_name,
        own=to.answered(CUSTOMER).profile.own,
        quiet_since=NOW - timedelta(days=3) if kind is MailKind.QUIET_ADDRESS else None,
    )
    path = f"/confirm?token={_TOKEN}" if sample.purpose else "/login"
    not_me = f"/not-me?token={_TOKEN}" if sample.not_me_link else ""
    return to.mail(sample, path, "12345678" if kind in _CODED else "", not_me)
