"""Signing keys from Secrets Manager: for links, and for access tokens."""

import json

from registration.adapters import clients
from registration.adapters.kept import Kept
from registration.domain.errors import LinkWrong
from registration.domain.links import Link, LinkSigner, Purpose
from registration.frozen import dataclass

_SECONDS_KEPT = 900
_SECONDS_BETWEEN_DOUBTS = 30


class RotatingKeys:
    """The keys in a secret, ``{"current": …, "previous": …}``.

    They are cached for 15 minutes, and longer while Secrets Manager is unavailable. A token
    that they do not verify may be signed with a newer key: then the caller fetches them
    again, at most twice a minute, so that forged tokens cannot cause many calls.
    """

    def __init__(self, secret_id: str) -> None:
        self._secret_id = secret_id
        self._kept = Kept(self._fetch)

    def oldest_first(self) -> tuple[str, ...]:
        """Return the keys; the last one signs, and all of them verify."""
        return self._kept.about(_SECONDS_KEPT)

    def in_doubt(self) -> tuple[str, ...]:
        """Return the keys, fetched again unless that was done a moment ago."""
        # Without an answer a token must not be called wrong.
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
        """Return the link of a token, or raise ``LinkWrong``."""
        known = self.keys.oldest_first()
        try:
            return LinkSigner(known).read(token, purpose)
        except LinkWrong:
            newer = self.keys.in_doubt()
            if newer == known:
                raise
            return LinkSigner(newer).read(token, purpose)

    def code(self, purpose: Purpose, reference: str, token_id: str) -> str:
        """Return the code beside a link, by the current key."""
        return LinkSigner(self.keys.oldest_first()).code(purpose, reference, token_id)

    def is_code(self, digits: str, purpose: Purpose, reference: str, token_id: str) -> bool:
        """Whether these are the digits of the code beside a link."""
        link = purpose, reference, token_id
        return LinkSigner(self.keys.oldest_first()).is_code(digits, *link) or LinkSigner(
            self.keys.in_doubt()
        ).is_code(digits, *link)
