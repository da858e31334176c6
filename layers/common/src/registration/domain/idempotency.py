"""Idempotent requests: a client's key, and the record of the answer.

A client that receives no answer repeats the request with the same ``Idempotency-Key``
and gets the answer that it missed. The record stores nothing that the customer entered:
the repeated request contains it again, so the record needs only the values that the
service generated (the reference, the time).

Guessing a key yields no answer, because the whole body has to be the same. The password
is compared with the hash that the sign-up stored; everything else by a digest, keyed with
the client's key, which is not stored. A fast digest of the password would let an attacker
try a billion passwords a second.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from registration.domain.errors import KeyMalformed, KeyReused
from registration.domain.passwords import password_matches
from registration.frozen import dataclass

KEPT = timedelta(hours=24)
"""How long the same request gets the same answer."""

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_PASSWORDS = {"password", "confirm_password"}


@dataclass(frozen=True)
class IdempotentRequest:
    """A request with a key: digests of the key, and of the body without its passwords."""

    key_digest: str
    fingerprint: str

    @classmethod
    def of(cls, key: str, given: Mapping[str, object]) -> "IdempotentRequest":
        """Return the request with a key and values under the domain's names.

        Raises
        ------
        KeyMalformed
        """
        if not _KEY.fullmatch(key):
            raise KeyMalformed
        body = {name: value for name, value in given.items() if name not in _PASSWORDS}
        content = json.dumps(body, sort_keys=True).encode()
        return cls(
            hashlib.sha256(f"idempotency key {key}".encode()).hexdigest(),
            hmac.new(key.encode(), content, hashlib.sha256).hexdigest(),
        )


@dataclass(frozen=True)
class IdempotencyRecord:
    """The answer to a request with a key."""

    request: IdempotentRequest
    password_hash: str
    reference: str
    answered_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When the key can be used for another request."""
        return self.answered_at + KEPT

    def has_expired(self, now: datetime) -> bool:
        """Whether the record has expired. TTL deletes late, so compare the time."""
        return self.expires_at <= now

    def check(self, request: IdempotentRequest, password: str) -> None:
        """Check that a request with the same key is the same request.

        Raises
        ------
        KeyReused
        """
        same = hmac.compare_digest(self.request.fingerprint, request.fingerprint)
        if not same or not password_matches(password, self.password_hash):
            raise KeyReused
