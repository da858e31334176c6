"""The address that links point to, from Systems Manager's Parameter Store."""

from registration.adapters import clients
from registration.adapters.kept import Kept

# Senders that are warm notice a new address so soon. Each asks once in that time, of a store
# that takes 40 calls a second of an account: https://docs.aws.amazon.com/general/latest/gr/ssm.html
_SECONDS_KEPT = 60


class PublicUrl:
    """Scheme and host of the links in mails, without a slash at the end."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._kept = Kept(self._fetch)

    def __call__(self) -> str:
        """Return it as it was a minute ago at the most."""
        return self._kept.about(_SECONDS_KEPT)

    def _fetch(self) -> str:
        value = clients.ssm().get_parameter(Name=self._parameter)["Parameter"]["Value"]
        return value.rstrip("/")
