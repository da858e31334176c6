"""Sending a mail that was promised."""

from collections.abc import Mapping
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
from registration.domain.links import Purpose
from registration.domain.mails import Mail


class Delivery(StrEnum):
    """What became of a promise."""

    ACCEPTED = "accepted"
    SENT_BEFORE = "sent_before"
    OUTLIVED = "outlived"
    PARKED = "parked"


_PATHS = {
    Purpose.CONFIRM: "/confirm",
    Purpose.RESET_PASSWORD: "/restore-password",
    Purpose.INVITE_STAFF: "/back-office/invitation",
}


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
    lifetimes: Mapping[Purpose, timedelta]

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
        lifetime = self.lifetimes.get(mail.purpose) if mail.purpose else None
        return self.outbox.renew(mail, now) if lifetime and waited * 2 > lifetime else mail

    def _target(self, mail: Mail) -> str:
        if mail.purpose is None:
            return f"{self.public_url}/login"
        token = self.links.token(mail.link(mail.purpose, self.lifetimes[mail.purpose]))
        return f"{self.public_url}{_PATHS[mail.purpose]}?token={token}"
