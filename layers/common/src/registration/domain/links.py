"""Links in mails: derived from keys, never stored.

A token is ``<reference>.<token id>.<expiry>.<signature>``: readable, but it cannot be
forged without a key. The signature is HMAC-SHA-256 over everything before it, with a
key derived per purpose, so that a link for one purpose is invalid for another. The
customer knows the newest token id; only that one confirms.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from registration.domain.errors import LinkExpired, LinkWrong

LONGEST_TOKEN = 150
LONGEST_REFERENCE = 64

_LONGEST_BROKEN = 4 * LONGEST_TOKEN
# Space of every kind, the marks that nobody sees, and the soft break of quoted-printable, from
# which browsers take the line end.
_BREAK = re.compile(r"[=\s\u00ad\u200b-\u200f\u2060\ufeff]")
# To its last letter: the time is that of the length, not of its square.
_TOKEN = re.compile(r"[<(\[\"']*+(.*[A-Za-z0-9_-])", re.DOTALL)
_CONTENT = re.compile(
    r"(?P<reference>[A-Za-z0-9_-]{1,64})\.(?P<token_id>[A-Za-z0-9_-]{1,22})\.(?P<expiry>[0-9a-f]{8})"
)


class Purpose(StrEnum):
    """The purpose of a link. Confirming and choosing the first password are one purpose."""

    CONFIRM = "confirm"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a purpose's name
    INVITE_STAFF = "invite-staff"
    CHANGE_EMAIL = "change-email"
    RESTORE_EMAIL = "restore-email"
    NOT_ME = "not-me"
    ALLOW_MAILS = "allow-mails"


@dataclass(frozen=True)
class Link:
    """The contents of a genuine token. The customer decides whether it is still valid."""

    purpose: Purpose
    reference: str
    token_id: str
    expires_at: datetime

    def has_expired(self, now: datetime) -> bool:
        """Whether the link has expired."""
        return now >= self.expires_at

    def check_time(self, now: datetime) -> None:
        """Check that the link has not expired.

        Raises
        ------
        LinkExpired
        """
        if self.has_expired(now):
            raise LinkExpired


def whole(token: str) -> str:
    """Return a token without what mail programs add to it when they break a link.

    They break lines, put ``=`` before the break (RFC 2045, 6.7), and take the sign after a link
    for a part of it.
    """
    found = _TOKEN.match(_BREAK.sub("", token[:_LONGEST_BROKEN]))
    return found[1] if found else ""


class LinkSigner:
    """Signs and verifies tokens.

    Parameters
    ----------
    keys
        Secret keys, oldest first. The last one signs and all of them verify, so that
        links signed before a key rotation stay valid.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key for key in keys if key]
        if not self._keys:
            message = "there is no key to sign links with"
            raise ValueError(message)

    def token(self, link: Link) -> str:
        """Return the token of a link: the same one for the same link and key."""
        expiry = int(link.expires_at.timestamp())
        content = f"{link.reference}.{link.token_id}.{expiry:08x}"
        return self._signer(link.purpose).sign(content).decode()

    def read(self, token: str, purpose: Purpose) -> Link:
        """Verify a token and return its link.

        Raises
        ------
        LinkWrong
            It was truncated or changed, or was not signed for this purpose by one of the keys.
        """
        token = whole(token)
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise LinkWrong
        try:
            content = self._signer(purpose).unsign(token).decode()
            signature = token.rpartition(".")[2].encode()
            # The last character of Base64 has unused bits: accept one spelling only.
            if base64_encode(base64_decode(signature)) != signature:
                raise LinkWrong
        except BadData as error:
            raise LinkWrong from error
        parts = _CONTENT.fullmatch(content)
        if parts is None:
            raise LinkWrong
        expires_at = datetime.fromtimestamp(int(parts["expiry"], 16), UTC)
        return Link(purpose, parts["reference"], parts["token_id"], expires_at)

    def _signer(self, purpose: Purpose) -> Signer:
        return Signer(self._keys, salt=f"registration.{purpose}", digest_method=hashlib.sha256)
