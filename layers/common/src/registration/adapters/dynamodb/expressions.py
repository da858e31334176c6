"""Writes as DynamoDB takes them, in a transaction or alone: what is written, and on what condition.

``#name`` in an expression stands for the attribute ``name``, because many names are reserved words,
but none with an underscore:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
"""

import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from registration.adapters.dynamodb.items import Item, ReadItem
from registration.adapters.dynamodb.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

Write: TypeAlias = "TransactWriteItemTypeDef"
"""One write of a transaction."""

NEW = "attribute_not_exists(PK)"
"""There is no such item."""
FREE = f"{NEW} OR expires_at <= :now OR attribute_exists(abandoned)"
"""There is no such item, or an expired one, which TTL has not deleted yet, or a claim given up."""

_NONE: ReadItem = MappingProxyType({})
_NAME = re.compile(r"#(\w+)")


def put(
    table: str, item: Item, condition: str = "", values: ReadItem = _NONE, *, found: bool = False
) -> Write:
    """Return the write of an item; ``found`` asks for the one that fails the condition."""
    return {"Put": _only_if({"TableName": table, "Item": item}, condition, values, found=found)}


def delete(
    table: str, key: Key, condition: str = "", values: ReadItem = _NONE, *, found: bool = False
) -> Write:
    """Return the removal of an item; ``found`` asks for one that fails the condition."""
    return {"Delete": _only_if({"TableName": table, "Key": key}, condition, values, found=found)}


def check(table: str, key: Key, condition: str, values: Item) -> Write:
    """Return a condition on an item that is not written."""
    return {"ConditionCheck": _only_if({"TableName": table, "Key": key}, condition, values)}


def update(
    table: str,
    key: Key,
    sets: ReadItem,
    condition: str = "",
    values: ReadItem = _NONE,
    *,
    adds: ReadItem = _NONE,
    removes: Iterable[str] = (),
) -> Write:
    """Return the write that sets, increments and removes attributes of an item."""
    parts = {
        "SET": [f"{_spelled(name)} = :{name}" for name in sets],
        "ADD": [f"{_spelled(name)} :{name}" for name in adds],
        "REMOVE": map(_spelled, removes),
    }
    clauses = {verb: ", ".join(part) for verb, part in parts.items()}
    expression = " ".join(f"{verb} {clause}" for verb, clause in clauses.items() if clause)
    changed = {f":{name}": value for name, value in {**sets, **adds}.items()}
    parameters = {"TableName": table, "Key": key, "UpdateExpression": expression}
    return {"Update": _only_if(parameters, condition, {**changed, **values})}


def _only_if(
    parameters: dict[str, Any], condition: str, values: ReadItem, *, found: bool = False
) -> Any:
    if condition:
        parameters["ConditionExpression"] = condition
    if values:
        parameters["ExpressionAttributeValues"] = values
    if found:
        parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if names := names_in(parameters.get("UpdateExpression", ""), condition):
        parameters["ExpressionAttributeNames"] = names
    return parameters


def _spelled(name: str) -> str:
    return name if "_" in name else f"#{name}"


def names_in(*expressions: str) -> dict[str, str]:
    """Return the attributes that some expressions name."""
    together = " ".join(expressions)
    # Most name none.
    return {f"#{name}": name for name in _NAME.findall(together)} if "#" in together else {}
