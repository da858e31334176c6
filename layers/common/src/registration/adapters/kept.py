"""A cache for external values (parameters, secrets) in a warm process."""

import logging
import time
from collections.abc import Callable
from dataclasses import field
from typing import Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transient import is_transient
from registration.frozen import dataclass

_SECONDS_BETWEEN_FAILURES = 30

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """A cached value, fetched lazily and again when it is too old.

    Its age is measured in wall-clock time, because a monotonic clock may stand still while
    Lambda has frozen the process.
    """

    fetch: Callable[[], T]
    _value: T | None = field(default=None, init=False)
    _fetched_at: float = field(default=0.0, init=False)
    _failed_at: float = field(default=0.0, init=False)

    def younger_than(self, seconds: float) -> T:
        """Return the value, not older than this."""
        if self._value is None or not _is_within(seconds, self._fetched_at):
            self._value = self.fetch()
            self._fetched_at = time.time()
        return self._value

    def about(self, seconds: float) -> T:
        """Return the value, not older than this unless the store is unavailable.

        Then the old value is returned, and the store is tried twice a minute.
        """
        if self._value is not None and _is_within(_SECONDS_BETWEEN_FAILURES, self._failed_at):
            return self._value
        try:
            return self.younger_than(seconds)
        except (BotoCoreError, ClientError) as error:
            if self._value is None or not is_transient(error):
                raise
            logger.warning("a store is unavailable: %s", type(error).__name__)
            self._failed_at = time.time()
            return self._value


def _is_within(seconds: float, since: float) -> bool:
    # Turning back the clock must not make a value young again.
    return 0 <= time.time() - since <= seconds
