"""What passes: conflicts with others' writes, and more writes than a table takes now."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters import clients
from registration.adapters.transactions import Cancelled, write_all
from registration.application.import_ports import TryLater

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_PASSING = {
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionInProgressException",
}
_SERVER_ERROR = 500


def write_or_try_later(writes: "Sequence[TransactWriteItemTypeDef]") -> None:
    """Write all items or none.

    Raises
    ------
    Cancelled
        A condition did not hold.
    TryLater
        None failed, but others hindered the write. It would do later.
    """
    try:
        with busy_is_later():
            write_all(clients.dynamodb(), writes)
    except Cancelled as cancelled:
        if not any(map(cancelled.failed, range(len(writes)))):
            raise TryLater from cancelled
        raise


@contextmanager
def busy_is_later() -> Iterator[None]:
    """Raise TryLater where others are busy with the same table."""
    try:
        yield
    except ClientError as error:
        if passes(error):
            raise TryLater from error
        raise


def passes(error: ClientError) -> bool:
    """Whether an error says no more than that others are busy with the same table."""
    reasons = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    if not codes:
        return error.response.get("Error", {}).get("Code") in _PASSING
    # The conditions that failed are told by the next try.
    return codes <= {*_PASSING, "ConditionalCheckFailed"}


def is_away(error: BotoCoreError | ClientError) -> bool:
    """Whether DynamoDB is away, fails or is busy, rather than being asked the wrong thing.

    A mistake of ours (a missing permission, a malformed request) stays what it is: it
    must not be passed over in silence.
    """
    if isinstance(error, BotoCoreError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return passes(error) or status >= _SERVER_ERROR
