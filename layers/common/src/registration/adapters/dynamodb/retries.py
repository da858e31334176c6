"""Retries of calls that a request waits for: with full jitter, and not for long.

A new or idle table accepts some thousand writes a second, and scales up within minutes; while
an import fills it, it throttles sign-ups as well. botocore's standard mode
(``botocore/retries/standard.py``, its default for DynamoDB: 4 attempts) retries only some of
the errors:

==========================================  ======  =========================================
error of DynamoDB                           retry?  pauses of botocore
==========================================  ======  =========================================
``ThrottlingException``,                    yes     up to 1, 2, 4 s
``ProvisionedThroughputExceededException``,
``RequestLimitExceeded``,
``TransactionInProgressException``
5xx, no connection, no answer               yes     up to 25, 50, 100 ms
``TransactionCanceledException``            never   the reasons may be a throttle, a conflict
``TransactionConflictException``            never   a single write met a transaction
``UnprocessedKeys``, ``UnprocessedItems``   never   these are not errors
==========================================  ======  =========================================

Legacy mode (``botocore/data/_retry.json``) does not retry the last three either. So the small
client (`json_client.py`) tries a call once, and every transient error is retried here, within one
deadline. The same holds for Secrets Manager and Parameter Store, where four tries without an answer
would take longer than a request may. For S3 and SQS, which imports use, botocore retries: it knows
all of their throttling errors.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transient import cancellation_codes, is_transient

CallOnce = Callable[[str, dict[str, Any]], dict[str, Any]]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
# Nobody waits longer than this for a page.
_MOST_SECONDS = 5.0
# The time of a last try without an answer (see `clients`), and of the response after it.
_TO_ANSWER = 8.0


class Retries:
    """The deadline for retries. A process has one invocation at a time.

    ``sleep`` and ``clock`` are replaced by tests.
    """

    def __init__(self) -> None:
        self.sleep = time.sleep
        self.clock = time.monotonic
        self._end = float("inf")

    def begin(self, seconds_left: float) -> None:
        """Begin an invocation, and note how long it may take."""
        self._end = self.clock() + seconds_left - _TO_ANSWER

    def first_try(self) -> "Try":
        """Return the first try, which begins now."""
        return Try(self, min(self._end, self.clock() + _MOST_SECONDS))


@dataclass
class Try:
    """A try; others may follow it until ``end``."""

    retries: Retries
    end: float
    longest_pause: float = _FIRST_PAUSE

    def again(self) -> bool:
        """Wait for the next try; return False at once if there is no time for one."""
        # Full jitter: callers that were throttled together retry at different times.
        pause = random.uniform(0, self.longest_pause)  # noqa: S311 - no secret
        if self.retries.clock() + pause > self.end:
            return False
        self.retries.sleep(pause)
        self.longest_pause = min(_LONGEST_PAUSE, 2 * self.longest_pause)
        return True


retries = Retries()
"""The retries of this process."""


def retried(call_once: CallOnce, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a call, repeated after transient errors.

    A write is repeated if its answer was lost. So a condition may find the result of the same
    call: each caller with such a condition says how it recognises it.
    """
    tried = retries.first_try()
    given = {**parameters, **_token(operation)}
    while True:
        try:
            return call_once(operation, given)
        except (BotoCoreError, ClientError) as error:
            if not is_transient(error) or not tried.again():
                raise
            # A cancelled transaction is over, and the next try is another one. Any other may
            # still be running, or be done: with the same token DynamoDB does it only once.
            if isinstance(error, ClientError) and cancellation_codes(error):
                given |= _token(operation)


def _token(operation: str) -> dict[str, str]:
    return {"ClientRequestToken": uuid4().hex} if operation == "TransactWriteItems" else {}
