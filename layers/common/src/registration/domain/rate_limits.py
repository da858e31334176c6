"""How often something may be tried: by one client, and with one e-mail address.

Attempts are counted in windows of time that begin at fixed moments (every full hour,
say). A counter belongs to one window: its digest holds when the window ends. So nothing
has to be set back when a window is over, counting is a plain addition that cannot race,
and a counter that DynamoDB's TTL deletes late is never looked at again. The price is
that the end of one window and the start of the next together let twice as many
attempts through; a limit is there to stop thousands, not to count to the last one.
"""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from registration.domain.emails import EmailAddress
from registration.domain.errors import TooManyAttempts

_IPV6_NETWORK = 64


class LimitedAction(StrEnum):
    """What is counted."""

    SIGN_UP = "sign_up"
    RESEND = "resend"
    FORGOTTEN_PASSWORD = "forgotten_password"  # noqa: S105 - an action's name
    LOGIN = "login"
    STAFF_LOGIN = "staff_login"
    GUEST_CART = "guest_cart"

    @property
    def fails_open(self) -> bool:
        """Whether it may go on uncounted while the counters are unavailable.

        A sign-up is counted a second time, in the claim on its address; a guest's cart costs
        a few writes and expires. The others fail closed: they send mails to third parties, or
        protect passwords.
        """
        return self in {LimitedAction.SIGN_UP, LimitedAction.GUEST_CART}


@dataclass(frozen=True)
class Limit:
    """So many attempts in a window of time; ``most`` 0 is no limit."""

    most: int
    window: timedelta

    def ends(self, now: datetime) -> datetime:
        """Return when the window ends that a time lies in."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)

    def check(self, earlier: int, now: datetime) -> None:
        """Allow one more attempt after so many earlier ones in this window.

        Raises
        ------
        TooManyAttempts
            It is one too many. It says when the window ends.
        """
        if self.most and earlier >= self.most:
            left = self.ends(now).timestamp() - now.timestamp()
            raise TooManyAttempts(math.ceil(left))


@dataclass(frozen=True)
class Counter:
    """The attempts of one client, or with one address, in one window.

    ``digest`` names it without saying whose it is.
    """

    digest: str
    limit: Limit
    ends: datetime

    @classmethod
    def of_client(
        cls, action: LimitedAction, address: str | None, limit: Limit, now: datetime
    ) -> "Counter":
        """Return the counter of a client, by its network address."""
        return cls._of(action, f"client {_client(address)}", limit, now)

    @classmethod
    def of_email(
        cls, action: LimitedAction, email: EmailAddress, limit: Limit, now: datetime
    ) -> "Counter":
        """Return the counter of an e-mail address, the same for all its spellings."""
        return cls._of(action, f"email {email.normalised}", limit, now)

    @classmethod
    def _of(cls, action: LimitedAction, subject: str, limit: Limit, now: datetime) -> "Counter":
        ends = limit.ends(now)
        named = f"{action} by {subject} until {int(ends.timestamp())}"
        return cls(hashlib.sha256(named.encode()).hexdigest(), limit, ends)


@dataclass(frozen=True)
class WindowCount:
    """How often something was done in a window, kept with what it was done to."""

    count: int
    ends: datetime

    @staticmethod
    def one_more(seen: "WindowCount | None", limit: Limit, now: datetime) -> "WindowCount":
        """Return the count with one more, in a new window if the one seen is over.

        Raises
        ------
        TooManyAttempts
            It would be one too many.
        """
        # TTL does not touch it: the time decides whether it still counts.
        current = seen if seen and seen.ends > now else WindowCount(0, limit.ends(now))
        limit.check(current.count, now)
        return WindowCount(current.count + 1, current.ends)


def _client(address: str | None) -> str:
    """Return what a client is known by: an IPv4 address, or an IPv6 network of 64 bits.

    Whoever has one IPv6 address has 2^64 of them.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        # API Gateway always names an address. What it might name else is one client.
        return address or ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False))
