"""Retries with exponential backoff, and delays before redelivery."""

import random
from collections.abc import Callable
from typing import TypeVar

from registration.application.imports.ports import PauseInTime, TryLater

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 3.0
_WAITS = (30, 120, 480, 1800)

T = TypeVar("T")


def with_retries(do: Callable[[], T], pause: PauseInTime) -> T:
    """Call a function, and retry with backoff as long as it raises ``TryLater``.

    A new or idle table accepts some thousand writes a second, and scales up within minutes.
    So this retries as long as there is time: giving up would mean waiting for the message to
    be redelivered, which takes longer.

    Raises
    ------
    TryLater
        Each try failed. The caller has to try again later.
    """
    longest = _FIRST_PAUSE
    while True:
        try:
            return do()
        except TryLater:
            # Jitter between half and all of it, so that colliding callers spread out.
            pause(longest * random.uniform(0.5, 1))  # noqa: S311 - no secret
            longest = min(_LONGEST_PAUSE, 2 * longest)


def redelivery_delay(failures: int) -> int:
    """Return the seconds until redelivery after a number of failures.

    Half a minute after the first failure, which may be transient; then two minutes, eight,
    and half an hour each time, because somebody may have to fix the cause.
    """
    return _WAITS[min(failures, len(_WAITS)) - 1]
