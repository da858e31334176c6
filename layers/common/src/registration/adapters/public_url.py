"""The base URL of links in mails, from Systems Manager's Parameter Store."""

from registration.adapters import clients
from registration.adapters.kept import Kept

# Warm senders notice a new address within this time. Each makes one call in it, of the 40 a
# second that an account has: https://docs.aws.amazon.com/general/latest/gr/ssm.html
_SECONDS_KEPT = 60


class PublicUrl:
    """Scheme and host of the links in mails, without a slash at the end."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._kept = Kept(self._fetch)

    def __call__(self) -> str:
        """Return the URL, at most a minute old."""
        return self._kept.about(_SECONDS_KEPT)

    def _fetch(self) -> str:
        value = clients.ssm().get_parameter(Name=self._parameter)["Parameter"]["Value"]
        return value.rstrip("/")
