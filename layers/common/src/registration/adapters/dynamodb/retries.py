"""Calls that a request waits for are tried again here: with full jitter, and not for long.

A table that is new, or was quiet, takes some thousand writes a second and learns to take more
in minutes; while an import fills it, it throttles sign-ups as well. Of the ways in which
DynamoDB says so, botocore's standard mode (``botocore/retries/standard.py``, its default for
DynamoDB: 4 attempts) tries these again:

==========================================  ======  =========================================
what DynamoDB answers                       again?  pauses of botocore
==========================================  ======  =========================================
``ThrottlingException``,                    yes     up to 1, 2, 4 s
``ProvisionedThroughputExceededException``,
``RequestLimitExceeded``,
``TransactionInProgressException``
5xx, no connection, no answer               yes     up to 25, 50, 100 ms
``TransactionCanceledException``            never   its reasons tell: a throttle, a conflict
``TransactionConflictException``            never   a plain write met somebody's transaction
``UnprocessedKeys``, ``UnprocessedItems``   never   they are no error
==========================================  ======  =========================================

Legacy mode (``botocore/data/_retry.json``) knows none of the last three either. Tries of ours
around tries of botocore's would multiply. So botocore tries a call of DynamoDB once, and
everything that passes is tried again here, within one time. So it is with Secrets Manager and
Parameter Store, where four tries without an answer would take longer than a request may. S3 and
SQS, which imports use, stay botocore's: it knows all of their throttles.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

import random
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transient import cancellation_codes, is_transient

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
# Nobody waits longer for a page.
_MOST_SECONDS = 5.0
# What the last try may take, if nothing comes back (see `clients`), and the answer after it.
_TO_ANSWER = 8.0


class Retries:
    """How long things are tried again. A process has one invocation at a time.

    ``sleep`` and ``clock`` are replaced by tests.
    """

    def __init__(self) -> None:
        self.sleep = time.sleep
        self.clock = time.monotonic
        self._end = float("inf")

    def begin(self, seconds_left: float) -> None:
        """Note how long the invocation may take that begins now."""
        self._end = self.clock() + seconds_left - _TO_ANSWER

    def first_try(self) -> "Try":
        """Return the try that begins now."""
        return Try(self, min(self._end, self.clock() + _MOST_SECONDS))


@dataclass
class Try:
    """A try, which may be followed by others until ``end``."""

    retries: Retries
    end: float
    longest_pause: float = _FIRST_PAUSE

    def again(self) -> bool:
        """Wait for the next try; return at once, and say so, if there is no time for one."""
        # Full jitter: those who were throttled together come back apart.
        pause = random.uniform(0, self.longest_pause)  # noqa: S311 - no secret
        if self.retries.clock() + pause > self.end:
            return False
        self.retries.sleep(pause)
        self.longest_pause = min(_LONGEST_PAUSE, 2 * self.longest_pause)
        return True


retries = Retries()
"""Those of this process."""


def retry_transient(client: Any) -> None:
    """Let each call of a client be tried again after an error that passes.

    Writes whose answer was lost are written again, as botocore does. So a condition may find
    what this very call has written: each caller with such a condition says how it knows.
    """

    # Behind every method, and behind the paginators. Looked up at each call, because what watches
    # all clients, a tracer for one, replaces it on their class at any time.
    def call_once(operation: str, parameters: dict[str, Any]) -> Any:
        return type(client)._make_api_call(client, operation, parameters)

    def call(operation: str, parameters: dict[str, Any]) -> Any:
        tried = retries.first_try()
        given = {**parameters, **_token(operation)}
        while True:
            try:
                # A copy: `wire` takes large parameters out.
                return call_once(operation, {**given})
            except (BotoCoreError, ClientError) as error:
                if not is_transient(error) or not tried.again():
                    raise
                # A transaction that was cancelled is over: the next try is another one. Else
                # it may be at work still, or done: with its token DynamoDB does it once.
                if isinstance(error, ClientError) and cancellation_codes(error):
                    given |= _token(operation)

    client._make_api_call = call


def _token(operation: str) -> dict[str, str]:
    return {"ClientRequestToken": uuid4().hex} if operation == "TransactWriteItems" else {}
