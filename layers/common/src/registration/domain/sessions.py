"""Sessions: chains of refresh tokens, each of which replaces the one before.

A refresh token is opaque, ``<reference>.<session id>.<secret>``; only the secret's
digest is kept. A token that was used before comes back only when somebody else had it
too: then the whole session ends (RFC 9700, 4.14.2).
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from registration.domain.errors import RefreshFailed

LIFETIME = timedelta(days=30)
"""For how long after the last refresh a session can be refreshed."""

_SECRET_BYTES = 32
_TOKEN = re.compile(
    r"(?P<reference>[A-Za-z0-9_-]{1,64})\.(?P<session_id>[A-Za-z0-9_-]{1,22})\.(?P<secret>[A-Za-z0-9_-]{43})"
)


@dataclass(frozen=True)
class RefreshToken:
    """What a well-formed refresh token says; whether it counts is the session's to say."""

    reference: str
    session_id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.reference}.{self.session_id}.{self.secret}"

    @property
    def digest(self) -> str:
        """What is kept of the secret. It is random and long: no salt is needed."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """Read a token.

        Raises
        ------
        RefreshFailed
            It has not the form of one.
        """
        parts = _TOKEN.fullmatch(text)
        if parts is None:
            raise RefreshFailed
        return cls(parts["reference"], parts["session_id"], parts["secret"])

    @classmethod
    def new(cls, reference: str, session_id: str) -> "RefreshToken":
        """Return a token with a secret that nobody can guess."""
        return cls(reference, session_id, secrets.token_urlsafe(_SECRET_BYTES))


@dataclass(frozen=True)
class Session:
    """A chain of refresh tokens of a customer, of which the newest counts."""

    reference: str
    session_id: str
    digest: str
    generation: int
    expires_at: datetime

    @classmethod
    def begin(cls, token: RefreshToken, generation: int, now: datetime) -> "Session":
        """Return the session that a first token begins."""
        return cls(token.reference, token.session_id, token.digest, generation, now + LIFETIME)

    def is_newest(self, token: RefreshToken) -> bool:
        """Whether a token is the one that was handed out last."""
        return hmac.compare_digest(token.digest, self.digest)

    def has_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at <= now

    def go_on(self, token: RefreshToken, now: datetime) -> "Session":
        """Return the session with its next token."""
        return replace(self, digest=token.digest, expires_at=now + LIFETIME)
