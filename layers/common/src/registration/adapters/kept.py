"""Values from stores outside (parameters, secrets), kept for some time by a warm process."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transient import is_transient

_SECONDS_BETWEEN_FAILURES = 30

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """A value, fetched when first needed, and anew when it is too old.

    The time of day counts its age, rather than a clock that may stand still with a process
    that Lambda has frozen.
    """

    fetch: Callable[[], T]
    _value: T | None = field(default=None, init=False)
    _fetched_at: float = field(default=0.0, init=False)
    _failed_at: float = field(default=0.0, init=False)

    def younger_than(self, seconds: float) -> T:
        """Return the value as it was no longer ago than that."""
        if self._value is None or not _is_within(seconds, self._fetched_at):
            self._value = self.fetch()
            self._fetched_at = time.time()
        return self._value

    def about(self, seconds: float) -> T:
        """Return the value as it was no longer ago than that, unless the store is away.

        Then what is known stays, and the store is asked twice a minute.
        """
        if self._value is not None and _is_within(_SECONDS_BETWEEN_FAILURES, self._failed_at):
            return self._value
        try:
            return self.younger_than(seconds)
        except (BotoCoreError, ClientError) as error:
            if self._value is None or not is_transient(error):
                raise
            logger.warning("a store is away: %s", type(error).__name__)
            self._failed_at = time.time()
            return self._value


def _is_within(seconds: float, since: float) -> bool:
    # A clock that was put back makes nothing young.
    return 0 <= time.time() - since <= seconds
