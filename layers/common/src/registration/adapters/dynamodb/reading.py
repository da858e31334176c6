"""Reading several items in one call."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from registration.adapters import clients
from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.keys import Key
from registration.adapters.dynamodb.retries import retries
from registration.domain.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef


def read_batch(
    table: str, keys: Sequence[Key], *, only: str | None = None, consistent: bool = True
) -> list[ReadItem]:
    """Return the items with some keys, at most 100, in any order.

    DynamoDB may leave some keys unprocessed for the next call: if the table is busy, or if
    the items exceed 16 MB. ``only`` names the attributes to read; the default is all.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html

    Raises
    ------
    Busy
        Some keys stayed unprocessed each time.
    """
    found: list[ReadItem] = []
    wanted: KeysAndAttributesTypeDef = {"Keys": keys, "ConsistentRead": consistent}
    if only:
        wanted["ProjectionExpression"] = only
    tried = retries.first_try()
    while True:
        answer = clients.dynamodb().batch_get_item(RequestItems={table: wanted})
        found += answer["Responses"].get(table, [])
        if not (left := answer["UnprocessedKeys"].get(table)):
            return found
        wanted["Keys"] = [dict(key) for key in left["Keys"]]
        if not tried.again():
            raise Busy
