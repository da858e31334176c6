"""Reading several items in one call."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.items import ReadItem
from registration.adapters.keys import Key
from registration.domain.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

_MOST_TRIES = 6
_FIRST_PAUSE = 0.02


def read_batch(table: str, keys: Sequence[Key]) -> list[ReadItem]:
    """Return the items with some keys, 100 at the most, in any order.

    DynamoDB may leave some for the next call: where the table is busy, and where they
    are more than 16 MB.

    Raises
    ------
    Busy
        It left some each time.
    """
    found: list[ReadItem] = []
    wanted: dict[str, KeysAndAttributesTypeDef] = {table: {"Keys": keys, "ConsistentRead": True}}
    for attempt in range(_MOST_TRIES):
        answer = clients.dynamodb().batch_get_item(RequestItems=wanted)
        found += answer["Responses"].get(table, [])
        wanted = dict(answer["UnprocessedKeys"])  # type: ignore[arg-type]
        if not wanted:
            return found
        time.sleep(_FIRST_PAUSE * 2**attempt)
    raise Busy
