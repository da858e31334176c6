"""Links in mails: derived from keys, never stored.

A token is ``<reference>.<token id>.<expiry>.<signature>``: readable, but it cannot be
forged without a key. The signature is HMAC-SHA-256 over everything before it, with a
key derived per purpose, so that a link for one purpose is invalid for another. The
customer knows the newest token id; only that one confirms.

Beside the link a mail may have a code of eight digits, for people who read the mail on another
device. It is derived from the same key, purpose, reference and token id. It does not tell them,
nor its age: the customer that it is compared with does.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from registration.domain.errors import (
    FieldFlaw,
    FlawKind,
    InvalidFields,
    LinkExpired,
    LinkWrong,
)
from registration.frozen import dataclass

LONGEST_TOKEN = 150
CODE_DIGITS = 8
LONGEST_REFERENCE = 64

_LONGEST_TYPED = 100
# The signs that people and mails group digits with: blanks of every kind, hyphens and dashes.
_GROUPING = re.compile(r"[\s\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff-]")
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
    WITHDRAW_CONSENT = "withdraw-consent"


ENDLESS = datetime.fromtimestamp(0xFFFF_FFFF, UTC)
"""When a link ends that works for as long as what it changes is there: as late as one can tell."""


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


def digits_of(typed: str) -> str:
    """Return the digits of a code as somebody typed or pasted it: ``1234 5678``, ``1234-5678``.

    Raises
    ------
    InvalidFields
        These are not eight digits.
    """
    digits = _GROUPING.sub("", unicodedata.normalize("NFKC", typed[:_LONGEST_TYPED]))
    if len(digits) != CODE_DIGITS or not digits.isdecimal():
        raise InvalidFields((FieldFlaw("code", FlawKind.NOT_VALID),))
    # The digits of another script are digits, too.
    return "".join(str(unicodedata.decimal(digit)) for digit in digits)


class LinkSigner:
    """Signs and verifies tokens and codes.

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

    def code(self, purpose: Purpose, reference: str, token_id: str) -> str:
        """Return the code beside a link: eight digits, the same ones for the same link and key."""
        return self._code(self._keys[-1], purpose, reference, token_id)

    def is_code(self, digits: str, purpose: Purpose, reference: str, token_id: str) -> bool:
        """Whether these are the digits of the code beside a link, by one of the keys."""
        codes = (self._code(key, purpose, reference, token_id) for key in self._keys)
        return any(hmac.compare_digest(digits, code) for code in codes)

    def _code(self, key: str, purpose: Purpose, reference: str, token_id: str) -> str:
        # Its own salt, so that no digits tell anything of a token's signature.
        signer = Signer(key, salt=f"registration.code.{purpose}", digest_method=hashlib.sha256)
        signature = base64_decode(signer.get_signature(f"{reference}.{token_id}"))
        return f"{int.from_bytes(signature) % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    def _signer(self, purpose: Purpose) -> Signer:
        return Signer(self._keys, salt=f"registration.{purpose}", digest_method=hashlib.sha256)
