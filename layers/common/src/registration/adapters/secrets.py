"""Keys from Secrets Manager."""

import json
import time
from dataclasses import dataclass, field

from registration.adapters import clients
from registration.domain.errors import LinkWrong
from registration.domain.links import Link, LinkSigner, Purpose

_SECONDS_KEPT = 900
_SECONDS_BETWEEN_DOUBTS = 30


@dataclass
class SecretLinks:
    """The port ``Links`` with keys from a secret, ``{"current": …, "previous": …}``.

    The keys are kept for 15 minutes. A signature that they do not explain may be of a
    newer key: then they are fetched again, twice a minute at most, so that forged
    links cannot make calls.
    """

    secret_id: str
    _signer: LinkSigner | None = field(default=None, init=False)
    _fetched_at: float = field(default=0.0, init=False)

    def token(self, link: Link) -> str:
        """Return the token of a link, signed with the current key."""
        return self._current(_SECONDS_KEPT).token(link)

    def read(self, token: str, purpose: Purpose) -> Link:
        """Return what a token says, or raise ``LinkWrong``."""
        signer = self._current(_SECONDS_KEPT)
        try:
            return signer.read(token, purpose)
        except LinkWrong:
            newer = self._current(_SECONDS_BETWEEN_DOUBTS)
            if newer is signer:
                raise
            return newer.read(token, purpose)

    def _current(self, seconds: float) -> LinkSigner:
        if self._signer is None or time.monotonic() - self._fetched_at > seconds:
            answer = clients.secrets_manager().get_secret_value(SecretId=self.secret_id)
            keys = json.loads(answer["SecretString"])
            self._signer = LinkSigner([keys.get("previous", ""), keys["current"]])
            self._fetched_at = time.monotonic()
        return self._signer
