"""Sending many mails one after the other: those of a stream batch, and all that wait."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain, islice

from registration.application.mail.deliver import Deliver, MailOutcome, Result
from registration.application.mail.ports import Closed, NotSent, Outbox, Promise
from registration.application.ports import Clock, Conflict
from registration.domain.mail.mails import Lane
from registration.frozen import dataclass

HasTime = Callable[[], bool]
"""Whether there is time left for another mail."""

Tell = Callable[[Promise, Result], None]
"""Receives the result of each mail."""

# After this many failures in a row the fault is not in the mails.
_MOST_IN_A_ROW = 3
# The waiting mails after a sweep are counted up to this number.
_MOST_COUNTED = 1000
_WAITS = {MailOutcome.LEFT, MailOutcome.FAILED, MailOutcome.HELD}
_NONE = timedelta(0)


@dataclass(frozen=True)
class SendMails:
    """Tries mails one after the other, so that a failure does not stop the others.

    It ends early if no mail goes out at all; the rest stay promised. The first mail that
    fails is retried for some time; those after it are tried once.
    """

    deliver: Deliver

    def __call__(
        self, promises: Iterable[Promise], longest_wait: timedelta, has_time: HasTime
    ) -> Iterator[tuple[Promise, Result]]:
        """Try each mail while there is time, and yield its result."""
        in_a_row = 0
        waiting = iter(promises)
        # Check the time first: a promise that is taken is also tried.
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
    """Mails that people wait for: the age of the oldest, and how many are left.

    The count stops at a thousand.
    """

    oldest: timedelta
    left: int


@dataclass(frozen=True)
class Sweep:
    """Sends the mails that are overdue: those that people wait for first, imports last.

    The outbox is read only as far as mails can be sent, however many there are.
    """

    outbox: Outbox
    send: SendMails
    clock: Clock

    def __call__(
        self, older_than: timedelta, longest_wait: timedelta, has_time: HasTime, tell: Tell
    ) -> Backlog:
        """Try the mails promised longer ago than a time, and report the result of each."""
        now = self.clock()
        people, *others = (self.outbox.waiting(lane, now - older_than) for lane in Lane)
        oldest = list(islice(people, 1))
        age = max((now - each.promised_at for each in oldest if each.promised_at), default=_NONE)
        people, left = chain(oldest, people), 0
        for promise, result in self.send(chain(people, *others), longest_wait, has_time):
            tell(promise, result)
            left += promise.lane is Lane.PEOPLE and result.outcome in _WAITS
        return Backlog(age, left + sum(1 for _ in islice(people, _MOST_COUNTED)))
