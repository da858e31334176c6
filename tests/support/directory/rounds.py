"""Rounds of calls: those of a round are all under way before one of them is answered."""

from collections.abc import Sequence
from threading import Barrier

from tests.support.cloud import Call

_SECONDS = 20


class Rounds:
    """Lets calls go on when all of their round have begun, so one after the other they fail.

    To be a cloud's ``on_call``. ``sizes`` are those of the rounds.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self._barriers = iter([barrier for size in sizes for barrier in [Barrier(size)] * size])

    def __call__(self, call: Call) -> None:
        """Wait for the others of the round."""
        barrier = next(self._barriers, None)
        assert barrier, f"one more call than in all rounds: {call.operation}"
        barrier.wait(_SECONDS)
