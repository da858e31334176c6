"""Which errors of AWS pass by themselves: throttles, conflicts, and a service that is away.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from http import HTTPStatus

from botocore import exceptions
from botocore.exceptions import ClientError, HTTPClientError

CONDITION = "ConditionalCheckFailed"
"""Why a transaction was cancelled: what others wrote is against its condition."""

# As the reasons of a cancelled transaction DynamoDB writes the first four of them.
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

    A mistake of ours (a missing permission, a malformed request) does not pass, and must not
    be passed over in silence. Neither does a condition that failed: it decides, whatever
    else hindered the same transaction.
    """
    if not isinstance(error, ClientError):
        return isinstance(error, exceptions.ConnectionError | HTTPClientError)
    if reasons := cancellation_codes(error):
        return reasons <= _CODES
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return error.response.get("Error", {}).get("Code") in _CODES or status in _STATUSES


def is_decided(error: ClientError) -> bool:
    """Whether a condition cancelled a transaction, and no mistake of ours."""
    reasons = cancellation_codes(error)
    return CONDITION in reasons and reasons <= {CONDITION, *_CODES}


def cancellation_codes(error: ClientError) -> set[str]:
    """Return why a transaction was cancelled, if it was: a code for each item to blame."""
    reasons = error.response.get("CancellationReasons", [])
    return {reason.get("Code", "None") for reason in reasons} - {"None"}
