"""Writing many items, each for itself and without a condition."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.dynamodb.retries import retries
from registration.domain.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef

_WRITES_PER_CALL = 25


def write_batches(table: str, writes: "Sequence[WriteRequestUnionTypeDef]") -> None:
    """Put and delete items in this order, 25 a call. No key may come twice in 25.

    Raises
    ------
    Busy
        The table took no more for some seconds. Some may be written.
    """
    for start in range(0, len(writes), _WRITES_PER_CALL):
        _write(table, writes[start : start + _WRITES_PER_CALL])


def _write(table: str, writes: "Sequence[WriteRequestUnionTypeDef]") -> None:
    tried = retries.first_try()
    while True:
        answer = clients.dynamodb().batch_write_item(RequestItems={table: writes})
        # What a busy table has left for the next call.
        writes = answer["UnprocessedItems"].get(table, [])
        if not writes:
            return
        if not tried.again():
            raise Busy
