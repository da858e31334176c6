"""Reading items: one by its key, many by their keys, all that a query finds."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from registration.adapters import clients
from registration.adapters.dynamodb.items import Item, ReadItem
from registration.adapters.dynamodb.keys import Key
from registration.adapters.dynamodb.retries import retries
from registration.domain.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

_MOST_KEYS = 100


def read_one(table: str, key: Key) -> ReadItem | None:
    """Return the item with a key, as it is after every write before."""
    answer = clients.dynamodb().get_item(TableName=table, Key=key, ConsistentRead=True)
    return answer.get("Item")


def query(table: str, condition: str, values: Item, **options: Any) -> Iterator[ReadItem]:
    """Return the items that a query finds, page by page.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html

    Parameters
    ----------
    table
        Name of the table.
    condition
        The ``KeyConditionExpression``.
    values
        Its ``ExpressionAttributeValues``.
    options
        More parameters of the call; ``Limit`` is the size of a page.
    """
    return items_of_pages(
        clients.dynamodb().query,
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **options,
    )


def items_of_pages(call: Callable[..., Any], **request: Any) -> Iterator[ReadItem]:
    """Return the items of all pages of a query or a scan, each read when it is reached."""
    while True:
        answer = call(**request)
        yield from answer["Items"]
        if not (last := answer.get("LastEvaluatedKey")):
            return
        request["ExclusiveStartKey"] = last


def read_batch(
    table: str, keys: Sequence[Key], *, only: str | None = None, consistent: bool = True
) -> list[ReadItem]:
    """Return the items with some keys, in any order: 100 in each call.

    DynamoDB may leave some keys unprocessed for the next call: if the table is busy, or if
    the items exceed 16 MB. ``only`` names the attributes to read; the default is all.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html

    Raises
    ------
    Busy
        Some keys stayed unprocessed each time.
    """
    found: list[ReadItem] = []
    for start in range(0, len(keys), _MOST_KEYS):
        some = keys[start : start + _MOST_KEYS]
        wanted: KeysAndAttributesTypeDef = {"Keys": some, "ConsistentRead": consistent}
        if only:
            wanted["ProjectionExpression"] = only
        found += _read_some(table, wanted)
    return found


def _read_some(table: str, wanted: "KeysAndAttributesTypeDef") -> Iterator[ReadItem]:
    tried = retries.first_try()
    while True:
        answer = clients.dynamodb().batch_get_item(RequestItems={table: wanted})
        yield from answer["Responses"].get(table, [])
        if not (left := answer["UnprocessedKeys"].get(table)):
            return
        wanted["Keys"] = [dict(key) for key in left["Keys"]]
        if not tried.again():
            raise Busy
