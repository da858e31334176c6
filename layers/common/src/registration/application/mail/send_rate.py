"""The send rate of one sender, so that all senders together keep to the account's quota."""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta

from registration.application.mail.ports import Closed, Quota, Sleep
from registration.application.ports import Clock
from registration.domain.mail.mails import Lane
from registration.frozen import dataclass

_ASKED_EACH = timedelta(minutes=1)
# The number of senders is unknown, and so are other users of the account. So each sender
# starts at the account's full rate, halves its rate when it is throttled, and adds a
# hundredth of the full rate for each accepted mail (additive increase, multiplicative
# decrease): together they settle at the full rate, each with an equal share.
_GAIN, _LEAST_SHARE = 0.01, 1 / 64
_RATE_IF_UNKNOWN = 14.0
_LONGEST = timedelta(seconds=10)
# Mails that nobody waits for use at most this share of the rate and of the daily quota.
_SHARE_OF_RATE, _SHARE_OF_DAY = 0.8, 0.9


@dataclass
class SendRate:
    """The send rate of one process.

    A single mail goes at once, without a check. From the second mail within a minute on, the
    account's quota applies, which is read once a minute; as long as it is unknown, mails go
    as fast as they are accepted.
    """

    ask: Callable[[], Quota | None]
    clock: Clock
    pause: Sleep
    _quota: Quota | None = field(default=None, init=False)
    _asked_at: datetime | None = field(default=None, init=False)
    _sent: int = field(default=0, init=False)
    _last: datetime | None = field(default=None, init=False)
    _share: float = field(default=1.0, init=False)

    def wait(self, lane: Lane) -> None:
        """Wait until the next mail of a lane may be sent.

        Raises
        ------
        Closed
            The account sends nothing now, or nothing in this lane.
        """
        now = self.clock()
        alone = self._last is None or now - self._last > _ASKED_EACH
        if not (alone and lane is Lane.PEOPLE):
            quota = self._known(now)
            if quota:
                _check(quota, self._sent, lane)
            self._keep_distance(quota, lane)
        self._last = self.clock()

    def accepted(self) -> None:
        """Count an accepted mail."""
        self._sent += 1
        self._share = min(1.0, self._share + _GAIN)

    def throttled(self) -> None:
        """Slow down, because a mail was throttled."""
        self._share = max(_LEAST_SHARE, self._share / 2)

    def _known(self, now: datetime) -> Quota | None:
        if self._asked_at is None or now - self._asked_at > _ASKED_EACH:
            self._quota, self._asked_at, self._sent = self.ask(), now, 0
        return self._quota

    def _keep_distance(self, quota: Quota | None, lane: Lane) -> None:
        if self._last is None or (quota is None and self._share == 1):
            return
        rate = quota.per_second if quota and quota.per_second > 0 else _RATE_IF_UNKNOWN
        share = self._share if lane is Lane.PEOPLE else self._share * _SHARE_OF_RATE
        distance = min(timedelta(seconds=1 / (rate * share)), _LONGEST)
        left = (self._last + distance - self.clock()).total_seconds()
        if left > 0:
            self.pause(left)


def _check(quota: Quota, sent_since: int, lane: Lane) -> None:
    if not quota.is_open:
        raise Closed("paused")
    if quota.per_day is None:
        return
    people = lane is Lane.PEOPLE
    share = quota.per_day if people else quota.per_day * _SHARE_OF_DAY
    if quota.sent_today + sent_since >= share:
        raise Closed("quota_used_up" if people else "quota_kept_for_people")
