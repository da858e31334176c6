"""Sending many mails, one after the other: those of a stream's batch, and all that wait."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice

from registration.application.mail.deliver import Deliver, MailOutcome, Result
from registration.application.mail.ports import Closed, NotSent, Outbox, Promise
from registration.application.ports import Clock, Conflict
from registration.domain.mail.mails import Lane

HasTime = Callable[[], bool]
"""Whether there is time left to begin another mail."""

Tell = Callable[[Promise, Result], None]
"""Hears what became of each mail."""

# So many mails in a row that could not be sent are not the mails' fault.
_MOST_IN_A_ROW = 3
# What waits after a sweep is counted so far, and no further.
_MOST_COUNTED = 1000
_WAITS = {MailOutcome.LEFT, MailOutcome.FAILED, MailOutcome.HELD}
_NONE = timedelta(0)


@dataclass(frozen=True)
class SendMails:
    """Tries mails one after the other, so that none stops its neighbours.

    It ends early where no mail goes out at all; what it leaves is still promised. The
    first mail that fails is tried for some time; those that follow it, once.
    """

    deliver: Deliver

    def __call__(
        self, promises: Iterable[Promise], longest_wait: timedelta, has_time: HasTime
    ) -> Iterator[tuple[Promise, Result]]:
        """Try each mail while there is time; tell what became of it."""
        in_a_row = 0
        waiting = iter(promises)
        # Time first: what is taken out of the line is tried.
        while has_time() and (promise := next(waiting, None)):
            result = self._try(promise, timedelta(0) if in_a_row else longest_wait)
            yield promise, result
            if result.outcome is MailOutcome.ACCEPTED:
                in_a_row = 0
            elif result.outcome in {MailOutcome.LEFT, MailOutcome.FAILED}:
                in_a_row += 1
            if in_a_row == _MOST_IN_A_ROW or isinstance(result.error, Closed):
                return

    def _try(self, promise: Promise, longest_wait: timedelta) -> Result:
        try:
            return self.deliver(promise, longest_wait)
        except NotSent as hindrance:
            return Result(MailOutcome.LEFT, hindrance.reason, error=hindrance)
        except Conflict as conflict:
            return Result(MailOutcome.LEFT, "lease_lost", error=conflict)
        except Exception as error:  # noqa: BLE001 - one mail that fails must not stop its neighbours
            return Result(MailOutcome.FAILED, type(error).__name__, error=error)


@dataclass(frozen=True)
class Backlog:
    """Mails that people wait for: how old the oldest was, and how many are left.

    They are counted up to a thousand.
    """

    oldest: timedelta
    left: int


@dataclass(frozen=True)
class Sweep:
    """Sends what should have been sent by now: people's mails first, the imports' last.

    The outbox is read no further than mails can be sent, however many there are.
    """

    outbox: Outbox
    send: SendMails
    clock: Clock

    def __call__(
        self, older_than: timedelta, longest_wait: timedelta, has_time: HasTime, tell: Tell
    ) -> Backlog:
        """Try the mails promised longer ago than a time, and tell what became of each."""
        now = self.clock()
        people, *others = (self.outbox.waiting(lane, now - older_than) for lane in Lane)
        oldest = list(islice(people, 1))
        age = max((now - each.promised_at for each in oldest if each.promised_at), default=_NONE)
        people, left = chain(oldest, people), 0
        for promise, result in self.send(chain(people, *others), longest_wait, has_time):
            tell(promise, result)
            left += promise.lane is Lane.PEOPLE and result.outcome in _WAITS
        return Backlog(age, left + sum(1 for _ in islice(people, _MOST_COUNTED)))
