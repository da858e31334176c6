"""Writing many independent items without conditions."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.dynamodb.retries import retries
from registration.adapters.dynamodb.together import together
from registration.domain.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef

_WRITES_PER_CALL = 25


def write_batches(table: str, writes: "Sequence[WriteRequestUnionTypeDef]") -> None:
    """Put and delete items in any order, 25 per call. No key may occur twice.

    Raises
    ------
    Busy
        The table accepted no more for some seconds. Some items may be written.
    """
    starts = range(0, len(writes), _WRITES_PER_CALL)
    together(partial(_write, table, writes[start : start + _WRITES_PER_CALL]) for start in starts)


def _write(table: str, writes: "Sequence[WriteRequestUnionTypeDef]") -> None:
    tried = retries.first_try()
    while True:
        answer = clients.dynamodb().batch_write_item(RequestItems={table: writes})
        # Items that a busy table left unprocessed.
        writes = answer["UnprocessedItems"].get(table, [])
        if not writes:
            return
        if not tried.again():
            raise Busy
