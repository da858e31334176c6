"""How much time the running invocation of a function has left."""

import time

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.application.imports.ports import TryLater

# Enough to save what a planner knows of the largest file.
_TO_LEAVE_OFF = 45.0
# Enough to tell that something failed, which is better than to be cut off.
_TO_END = 15.0


class Invocation:
    """The invocation that runs: a process has one at a time."""

    def __init__(self) -> None:
        self._context: LambdaContext | None = None

    def begin(self, context: LambdaContext) -> None:
        """Note that the next one has begun."""
        self._context = context

    @property
    def seconds_left(self) -> float:
        """Until Lambda ends it."""
        assert self._context, "begun first"  # noqa: S101
        return self._context.get_remaining_time_in_millis() / 1000

    def time_is_up(self) -> bool:
        """Whether it is time to save what is to be gone on with."""
        return self.seconds_left < _TO_LEAVE_OFF

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises
        ------
        TryLater
            There is no time for that.
        """
        if self.seconds_left - seconds < _TO_END:
            raise TryLater
        time.sleep(seconds)
