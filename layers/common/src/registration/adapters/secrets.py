"""Keys from Secrets Manager: of links, and of access tokens."""

import json
from dataclasses import dataclass

from registration.adapters import clients
from registration.adapters.kept import Kept
from registration.domain.errors import LinkWrong
from registration.domain.links import Link, LinkSigner, Purpose

_SECONDS_KEPT = 900
_SECONDS_BETWEEN_DOUBTS = 30


class RotatingKeys:
    """The keys in a secret, ``{"current": …, "previous": …}``.

    They are kept for 15 minutes, and longer while Secrets Manager is away. What they do not
    explain may be signed with a newer key: then the caller has them fetched again, twice
    a minute at most, so that forgeries cannot make calls.
    """

    def __init__(self, secret_id: str) -> None:
        self._secret_id = secret_id
        self._kept = Kept(self._fetch)

    def oldest_first(self) -> tuple[str, ...]:
        """Return the keys; the last one signs, each verifies."""
        return self._kept.about(_SECONDS_KEPT)

    def in_doubt(self) -> tuple[str, ...]:
        """Return the keys, fetched anew unless that was done a moment ago."""
        # Without an answer nobody may say that a token is wrong.
        return self._kept.younger_than(_SECONDS_BETWEEN_DOUBTS)

    def _fetch(self) -> tuple[str, ...]:
        answer = clients.secrets_manager().get_secret_value(SecretId=self._secret_id)
        kept = json.loads(answer["SecretString"])
        both = (kept.get("previous", ""), kept["current"])
        return tuple(key for key in both if key)


@dataclass(frozen=True)
class SecretLinks:
    """The port ``Links`` with the keys of a secret."""

    keys: RotatingKeys

    def token(self, link: Link) -> str:
        """Return the token of a link, signed with the current key."""
        return LinkSigner(self.keys.oldest_first()).token(link)

    def read(self, token: str, purpose: Purpose) -> Link:
        """Return what a token says, or raise ``LinkWrong``."""
        known = self.keys.oldest_first()
        try:
            return LinkSigner(known).read(token, purpose)
        except LinkWrong:
            newer = self.keys.in_doubt()
            if newer == known:
                raise
            return LinkSigner(newer).read(token, purpose)
