"""Trying again what others hindered."""

import random
from collections.abc import Callable
from typing import TypeVar

from registration.application.imports.ports import PauseInTime, TryLater

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 3.0
_WAITS = (30, 120, 480, 1800)

T = TypeVar("T")


def with_retries(do: Callable[[], T], pause: PauseInTime) -> T:
    """Do something, again after longer and longer pauses while others hinder it.

    A table that is new, or was quiet, takes some thousand writes a second and learns to take
    more in minutes. So this waits as long as there is time: a call that is given up has to
    wait for its message to come again, and that takes longer.

    Raises
    ------
    TryLater
        Others hindered it each time. Whoever asked for it asks again.
    """
    longest = _FIRST_PAUSE
    while True:
        try:
            return do()
        except TryLater:
            # Between half and all of it, so that those who met part.
            pause(longest * random.uniform(0.5, 1))  # noqa: S311 - no secret
            longest = min(_LONGEST_PAUSE, 2 * longest)


def redelivery_delay(failures: int) -> int:
    """Return for how many seconds something waits that has failed so often.

    Half a minute after the first time, for what was bad luck; then two minutes, eight, and
    half an hour each time, for what somebody may have to mend.
    """
    return _WAITS[min(failures, len(_WAITS)) - 1]
