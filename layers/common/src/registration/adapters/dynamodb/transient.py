"""The transient errors of AWS: throttling, conflicts, and an unavailable service.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from http import HTTPStatus

from botocore import exceptions
from botocore.exceptions import ClientError, HTTPClientError

CONDITION = "ConditionalCheckFailed"
"""The reason of a transaction that was cancelled by a failed condition."""

# DynamoDB uses the first four of them as reasons of a cancelled transaction.
_CODES = {
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "TransactionConflict",
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_STATUSES = {HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)}


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed a moment later.

    A bug (a missing permission, a malformed request) is permanent, and must not be retried in
    silence. A failed condition is permanent, too: it decides, whatever other reasons the same
    transaction had.
    """
    if not isinstance(error, ClientError):
        return isinstance(error, exceptions.ConnectionError | HTTPClientError)
    if reasons := cancellation_codes(error):
        return reasons <= _CODES
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return error.response.get("Error", {}).get("Code") in _CODES or status in _STATUSES


def is_decided(error: ClientError) -> bool:
    """Whether a condition cancelled a transaction, and not a bug."""
    reasons = cancellation_codes(error)
    return CONDITION in reasons and reasons <= {CONDITION, *_CODES}


def cancellation_codes(error: ClientError) -> set[str]:
    """Return the reasons of a cancelled transaction: a code for each item that caused it."""
    reasons = error.response.get("CancellationReasons", [])
    return {reason.get("Code", "None") for reason in reasons} - {"None"}
