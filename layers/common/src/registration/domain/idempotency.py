"""The same request twice: a key that a client makes up, and the receipt of its answer.

A client that hears no answer sends the same request again with the same
``Idempotency-Key``, and gets the answer that it missed. The receipt holds nothing of
what was entered: the request brings it again, so what was made up here (the reference,
the time) is all that the answer has to be put together from.

Nobody gets an answer by guessing a key. The whole body has to be the same: all but the
password by a digest, keyed with the client's key, which is not kept, and the password by
the very hash that was made of it at sign-up. A digest of the password itself would be
one that can be tried a billion times a second.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from registration.domain.errors import KeyMalformed, KeyReused
from registration.domain.passwords import password_matches

KEPT = timedelta(hours=24)
"""For how long the same request gets the same answer."""

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_PASSWORDS = {"password", "confirm_password"}


@dataclass(frozen=True)
class IdempotentRequest:
    """A request that came with a key: digests of the key, and of the body but its passwords."""

    key_digest: str
    fingerprint: str

    @classmethod
    def of(cls, key: str, given: Mapping[str, object]) -> "IdempotentRequest":
        """Return the request with a key and values by the domain's names.

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
    """What a request with a key was answered."""

    request: IdempotentRequest
    password_hash: str
    reference: str
    answered_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When the key is anybody's again."""
        return self.answered_at + KEPT

    def has_expired(self, now: datetime) -> bool:
        """Whether it counts no more. TTL deletes late: the time decides."""
        return self.expires_at <= now

    def check(self, request: IdempotentRequest, password: str) -> None:
        """Make sure that a request with the same key is the same request.

        Raises
        ------
        KeyReused
        """
        same = hmac.compare_digest(self.request.fingerprint, request.fingerprint)
        if not same or not password_matches(password, self.password_hash):
            raise KeyReused
