"""DynamoDB under load: throttling, conflicts, and unprocessed keys."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from registration.adapters import clients
from tests.support.calls.exchanges import Exchange, Told, watched
from tests.support.cloud import Call
from tests.support.stack import Json

PLAIN_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


def error_of(call: Call, code: str, status: int = 400, **more: Any) -> ClientError:
    """Return an error of DynamoDB with the class that the client raises."""
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    kind: Any = clients.dynamodb().exceptions.from_code(code)
    found: ClientError = kind(response, call.operation)
    return found


def cancelled(call: Call, *codes: str) -> ClientError:
    """Return the error of a cancelled transaction; items beyond ``codes`` have no reason."""
    blamed = [*codes, *["None"] * (len(call.parameters["TransactItems"]) - len(codes))]
    reasons = [{"Code": code} for code in blamed]
    return error_of(call, "TransactionCanceledException", CancellationReasons=reasons)


def _throttled(call: Call, reason: str, plain: str) -> Exception:
    if call.operation == "TransactWriteItems":
        return cancelled(call, "None", reason)
    return error_of(call, plain)


def _in_conflict(call: Call) -> Exception | None:
    if call.operation == "TransactWriteItems":
        return cancelled(call, "TransactionConflict")
    # Reads outside of transactions never conflict.
    is_write = call.operation in PLAIN_WRITES
    return error_of(call, "TransactionConflictException") if is_write else None


def _in_progress(call: Call) -> Exception | None:
    is_transaction = call.operation == "TransactWriteItems"
    return error_of(call, "TransactionInProgressException") if is_transaction else None


BUSY: dict[str, Callable[[Call], Exception | None]] = {
    "throttled": lambda call: _throttled(call, "ThrottlingError", "ThrottlingException"),
    "beyond its throughput": lambda call: _throttled(
        call, "ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException"
    ),
    "beyond the account's": lambda call: _throttled(
        call, "RequestLimitExceeded", "RequestLimitExceeded"
    ),
    "failing": lambda call: error_of(call, "InternalServerError", 500),
    "away": lambda _: EndpointConnectionError(endpoint_url="https://dynamodb"),
}
"""The errors of any call."""

CONTENDED: dict[str, Callable[[Call], Exception | None]] = {
    "in conflict": _in_conflict,
    "in progress": _in_progress,
}
"""The errors of writes only."""


class Once:
    """Lets each call fail at its first tries, once with each of some errors."""

    def __init__(self, *errors: Callable[[Call], Exception | None]) -> None:
        self.errors = errors
        self.failures = 0
        self._left: dict[str, list[Exception]] = {}

    def __call__(self, call: Call) -> None:
        if call.service != "dynamodb":
            return
        parameters = {k: v for k, v in call.parameters.items() if k != "ClientRequestToken"}
        tried = f"{call.operation} {json.dumps(parameters, default=str, sort_keys=True)}"
        ways = [error for each in self.errors if (error := each(call))]
        left = self._left.setdefault(tried, ways)
        if left:
            self.failures += 1
            raise left.pop()


@dataclass
class Always:
    """Lets every try of every call fail."""

    error: Callable[[Call], Exception | None]
    tries: int = 0

    def __call__(self, call: Call) -> None:
        error = self.error(call) if call.service == "dynamodb" else None
        if error:
            self.tries += 1
            raise error


@contextmanager
def unprocessed_keys(times: float) -> Iterator[list[int]]:
    """Let batch reads return all keys unprocessed a number of times; yield the counts."""
    left: list[int] = []

    def leave(_service: str, operation: str, parameters: Json, ask: Exchange) -> Told:
        status, answer = ask(operation, parameters)
        if operation == "BatchGetItem" and len(left) < times:
            asked = parameters["RequestItems"]
            left.append(sum(len(each["Keys"]) for each in asked.values()))
            answer |= {"Responses": {}, "UnprocessedKeys": asked}
        return status, answer

    with watched(leave, "dynamodb"):
        yield left
