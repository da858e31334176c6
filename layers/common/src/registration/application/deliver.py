"""Sending a mail that was promised."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registration.application.ports import (
    Clock,
    Links,
    Mailer,
    Outbox,
    Refused,
    WriteLetter,
)
from registration.domain.mails import Mail


class Delivery(StrEnum):
    """What became of a promise."""

    ACCEPTED = "accepted"
    SENT_BEFORE = "sent_before"
    OUTLIVED = "outlived"
    PARKED = "parked"


@dataclass(frozen=True)
class Deliver:
    """Sends one promised mail, from the stream and from the sweep alike.

    ::

        promised ──accepted──▶ removed
            │└─────refused───▶ parked, with the reason
            └──────postponed─▶ promised still: the sweep tries again

    Between the acceptance and the removal lies the one window in which a sender that
    dies lets the mail go out twice, with the same link: SES knows no idempotency token.
    """

    outbox: Outbox
    mailer: Mailer
    write: WriteLetter
    links: Links
    clock: Clock
    public_url: str
    link_lifetime: timedelta

    def __call__(self, mail_id: str) -> Delivery:
        """Send a mail, if it is still to be sent.

        Returns
        -------
        Delivery
            What became of it.

        Raises
        ------
        Postponed, Contested
            Not now. The promise stands.
        """
        mail = self.outbox.get(mail_id)
        if mail is None:
            return Delivery.SENT_BEFORE
        now = self.clock()
        if mail.expires_at and mail.expires_at <= now:
            self.outbox.remove(mail_id)
            return Delivery.OUTLIVED
        return self._send(self._with_useful_link(mail, now))

    def waiting(self, older_than: timedelta) -> list[str]:
        """Return the ids of mails that should have been sent by now, oldest first."""
        return self.outbox.waiting_since(self.clock() - older_than)

    def _send(self, mail: Mail) -> Delivery:
        try:
            self.mailer.send(mail, self.write(mail, self._target(mail)))
        except Refused as refusal:
            self.outbox.park(mail.mail_id, refusal.reason)
            return Delivery.PARKED
        self.outbox.remove(mail.mail_id)
        return Delivery.ACCEPTED

    def _with_useful_link(self, mail: Mail, now: datetime) -> Mail:
        # A mail that waited for most of its link's life gets the whole life anew. It
        # is written down first, so that a second copy would carry the same link.
        waited = now - mail.link_since
        return self.outbox.renew(mail, now) if waited * 2 > self.link_lifetime else mail

    def _target(self, mail: Mail) -> str:
        link = mail.link(self.link_lifetime)
        if link is None:
            return f"{self.public_url}/login"
        return f"{self.public_url}/confirm?token={self.links.token(link)}"
