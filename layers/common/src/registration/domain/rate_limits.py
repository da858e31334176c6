"""Rate limits: by client, and by e-mail address.

Attempts are counted in fixed time windows (every full hour, for example). A counter
belongs to one window: its digest contains the end of the window. So nothing has to be
reset when a window ends, counting is an atomic addition, and nobody reads a counter that
DynamoDB's TTL deletes late. The price: around the end of a window twice as many attempts
can pass. That is acceptable, because a limit has to stop thousands of attempts.
"""

import base64
import hashlib
import ipaddress
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from registration.domain.emails import EmailAddress
from registration.domain.errors import TooManyAttempts
from registration.frozen import dataclass

_IPV6_NETWORK = 64

KNOWN_FOR = timedelta(days=90)
"""For how long a client is known after a log-in: for longer than the session that it begins."""

_SECONDS_A_DAY = 24 * 60 * 60
_MOST_DEVICES = 5
_MARK_CHARACTERS = 2


class LimitedAction(StrEnum):
    """An action with a rate limit."""

    SIGN_UP = "sign_up"
    RESEND = "resend"
    FORGOTTEN_PASSWORD = "forgotten_password"  # noqa: S105 - an action's name
    LOGIN = "login"
    STAFF_LOGIN = "staff_login"
    GUEST_CART = "guest_cart"
    CHANGE_EMAIL = "change_email"
    CODE = "code"

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
    """The maximum number of attempts in a time window; ``most`` 0 means no limit."""

    most: int
    window: timedelta

    def ends(self, now: datetime) -> datetime:
        """Return the end of the window that contains a time."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)

    def check(self, earlier: int, now: datetime) -> None:
        """Check that one more attempt is allowed after the earlier ones in this window.

        Raises
        ------
        TooManyAttempts
            The limit is reached. The error says when the window ends.
        """
        if self.most and earlier >= self.most:
            left = self.ends(now).timestamp() - now.timestamp()
            raise TooManyAttempts(math.ceil(left))


@dataclass(frozen=True)
class Counter:
    """The counter for one client, or for one address, in one window.

    ``digest`` names it without revealing the client or the address.
    """

    digest: str
    limit: Limit
    ends: datetime

    @classmethod
    def of_client(
        cls, action: LimitedAction, address: str | None, limit: Limit, now: datetime
    ) -> "Counter":
        """Return the counter for a client, by its network address."""
        return cls.of(action, f"client {_client(address)}", limit, now)

    @classmethod
    def of_email(
        cls, action: LimitedAction, email: EmailAddress, limit: Limit, now: datetime
    ) -> "Counter":
        """Return the counter for an e-mail address, the same for all its spellings."""
        return cls.of(action, f"email {email.normalised}", limit, now)

    @classmethod
    def note(cls, action: LimitedAction, who: str, email: EmailAddress, now: datetime) -> "Counter":
        """Return the counter that is not 0 if a client has proven to own an address."""
        named = f"{action} knows {who} of {email.normalised}"
        return cls(hashlib.sha256(named.encode()).hexdigest(), Limit(0, KNOWN_FOR), now + KNOWN_FOR)

    @property
    def proven_on(self) -> int:
        """The value of a note: the day of the proof, in days since 1970."""
        return int((self.ends - KNOWN_FOR).timestamp()) // _SECONDS_A_DAY

    @classmethod
    def lasting(cls, action: LimitedAction, subject: str, limit: Limit, now: datetime) -> "Counter":
        """Return a counter that knows no windows: it lasts for the limit's after each attempt."""
        named = hashlib.sha256(f"{action} by {subject}".encode()).hexdigest()
        return cls(named, limit, now + limit.window)

    @classmethod
    def of(cls, action: LimitedAction, subject: str, limit: Limit, now: datetime) -> "Counter":
        """Return the counter for a subject, such as the known client of an address."""
        ends = limit.ends(now)
        named = f"{action} by {subject} until {int(ends.timestamp())}"
        return cls(hashlib.sha256(named.encode()).hexdigest(), limit, ends)


@dataclass(frozen=True)
class Client:
    """A client that proves to own an address, by a log-in for example.

    ``devices`` are the secrets that a browser keeps since it did so, the newest first: one for
    each of the latest addresses. ``next_device`` is the one that it gets now. An API client has
    none: its network address stands for it.
    https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
    """

    address: str | None
    devices: tuple[str, ...] | None = None
    next_device: str = ""

    def named(self, action: LimitedAction, email: EmailAddress) -> str | None:
        """Return what the client is known by, if it is known as the owner of an address.

        A browser that keeps no secret for the address is not: nothing need be looked up.
        """
        if self.devices is None:
            return f"client {_client(self.address)}"
        mark = _mark(action, email)
        return next((f"device {one}" for one in self.devices if one.startswith(mark)), None)

    def proven(self, action: LimitedAction, email: EmailAddress) -> "Client":
        """Return the client after it has proven to own an address."""
        if self.devices is None:
            return self
        mark = _mark(action, email)
        others = [one for one in self.devices if not one.startswith(mark)]
        return replace(self, devices=(mark + self.next_device, *others)[:_MOST_DEVICES])

    def note(self, action: LimitedAction, email: EmailAddress, now: datetime) -> Counter:
        """Return the note of a proof that is given now."""
        who = self.proven(action, email).named(action, email)
        assert who, "it was just proven"  # noqa: S101
        return Counter.note(action, who, email, now)


@dataclass(frozen=True)
class WindowCount:
    """The number of attempts in a window, stored with the item that they concern."""

    count: int
    ends: datetime

    @staticmethod
    def one_more(seen: "WindowCount | None", limit: Limit, now: datetime) -> "WindowCount":
        """Return the count plus one, in a new window if the last one has ended.

        Raises
        ------
        TooManyAttempts
            The limit is reached.
        """
        # TTL does not delete it, so compare the time.
        current = seen if seen and seen.ends > now else WindowCount(0, limit.ends(now))
        limit.check(current.count, now)
        return WindowCount(current.count + 1, current.ends)


def _mark(action: LimitedAction, email: EmailAddress) -> str:
    """Return what tells a browser's secrets apart: 12 bits, which many addresses have."""
    digest = hashlib.sha256(f"{action} {email.normalised}".encode()).digest()
    return base64.urlsafe_b64encode(digest)[:_MARK_CHARACTERS].decode()


def _client(address: str | None) -> str:
    """Return the key of a client: an IPv4 address, or an IPv6 network of 64 bits.

    A client with one IPv6 address has 2^64 of them.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        # API Gateway always sends an address. Anything else counts as one client.
        return address or ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False))
