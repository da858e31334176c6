"""Trying again what others hindered."""

import random
from collections.abc import Callable
from typing import TypeVar

from registration.application.import_ports import Pause, TryLater

MOST_TRIES = 8
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 3.0

T = TypeVar("T")


def patiently(do: Callable[[], T], pause: Pause) -> T:
    """Do something, again after longer and longer pauses while others hinder it.

    Raises
    ------
    TryLater
        Others hindered it each time. Whoever asked for it asks again.
    """
    for attempt in range(MOST_TRIES - 1):
        try:
            return do()
        except TryLater:
            longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
            # Between half and all of it, so that those who met part.
            pause(longest * random.uniform(0.5, 1))  # noqa: S311 - no secret
    return do()
