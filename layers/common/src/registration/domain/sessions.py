"""Sessions: chains of refresh tokens, where each token replaces the one before.

A refresh token is opaque, ``<reference>.<session id>.<secret>``; only the digest of the
secret is stored. If a used token comes back, somebody else had it too, and the whole
session ends (RFC 9700, 4.14.2).

Two tabs of one client may refresh with the same token at once. Where a reuse interval allows
that, the next token is derived from the token before, with a key of the service: so both get
the same one, and nobody without the key knows it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

from registration.domain.errors import RefreshFailed
from registration.domain.rate_limits import Counter
from registration.frozen import dataclass

LIFETIME = timedelta(days=30)
"""How long after the last refresh a session can be refreshed."""

_SECRET_BYTES = 32
_TOKEN = re.compile(
    r"(?P<reference>[A-Za-z0-9_-]{1,64})\.(?P<session_id>[A-Za-z0-9_-]{1,22})\.(?P<secret>[A-Za-z0-9_-]{43})"
)


@dataclass(frozen=True)
class RefreshToken:
    """The contents of a well-formed refresh token. The session decides whether it is valid."""

    reference: str
    session_id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.reference}.{self.session_id}.{self.secret}"

    @property
    def digest(self) -> str:
        """The stored digest of the secret. The secret is random and long, so it needs no salt."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a token.

        Raises
        ------
        RefreshFailed
            It does not have the form of a token.
        """
        parts = _TOKEN.fullmatch(text)
        if parts is None:
            raise RefreshFailed
        return cls(parts["reference"], parts["session_id"], parts["secret"])

    @classmethod
    def new(cls, reference: str, session_id: str) -> Self:
        """Return a token with a random secret."""
        return cls(reference, session_id, secrets.token_urlsafe(_SECRET_BYTES))

    def following(self, key: str) -> "RefreshToken":
        """Return the token that replaces this one: the same for the same key."""
        secret = hmac.digest(key.encode(), f"refresh|{self.secret}".encode(), hashlib.sha256)
        text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
        return RefreshToken(self.reference, self.session_id, text)


@dataclass(frozen=True)
class BrowserToken(RefreshToken):
    """The token in the cookie of a browser's session, of a customer or of staff.

    A browser sends many requests at once, so that it is not replaced on use. It has the form of
    a refresh token and another digest: neither is taken for the other.
    """

    @property
    def digest(self) -> str:
        """The stored digest of the secret."""
        return hashlib.sha256(f"browser {self.secret}".encode()).hexdigest()


@dataclass(frozen=True)
class Session:
    """A customer's chain of refresh tokens, of which only the newest is valid, or a browser's.

    ``refreshed_at`` is when the newest replaced the one before. ``note`` is kept when it begins,
    so that its client is known.
    """

    reference: str
    session_id: str
    digest: str
    generation: int
    expires_at: datetime
    refreshed_at: datetime | None = None
    note: Counter | None = None

    @classmethod
    def begin(cls, token: RefreshToken, generation: int, now: datetime) -> "Session":
        """Return a new session with its first token."""
        return cls(token.reference, token.session_id, token.digest, generation, now + LIFETIME)

    @property
    def began_at(self) -> datetime | None:
        """When it began; that is not kept once it was refreshed."""
        return None if self.refreshed_at else self.expires_at - LIFETIME

    def is_newest(self, token: RefreshToken) -> bool:
        """Whether a token is the newest of the session."""
        return hmac.compare_digest(token.digest, self.digest)

    def has_expired(self, now: datetime) -> bool:
        """Whether the session has expired."""
        return self.expires_at <= now

    def go_on(self, token: RefreshToken, now: datetime) -> "Session":
        """Return the session with its next token."""
        return replace(self, digest=token.digest, expires_at=now + LIFETIME, refreshed_at=now)

    def was_refreshed_within(self, interval: timedelta, now: datetime) -> bool:
        """Whether the newest token replaced the one before only a moment ago."""
        return self.refreshed_at is not None and now - self.refreshed_at < interval
