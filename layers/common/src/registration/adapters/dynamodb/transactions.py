"""Transactions whose conditions decide, and the reasons why one was cancelled."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.transient import CONDITION, is_decided

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


class Cancelled(Exception):
    """A transaction was cancelled because of what others wrote; nothing was written.

    ``reasons`` stand in the order of the transaction's items. One of them at least has the
    code ``ConditionalCheckFailed``. Others may have been throttled, or in conflict, and have
    not been judged.
    """

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(", ".join(reason.get("Code", "None") for reason in reasons))
        self.reasons = reasons

    def failed(self, position: int) -> bool:
        """Whether the condition of the item at a position did not hold."""
        return bool(self.reasons[position].get("Code") == CONDITION)

    def found(self, position: int) -> ReadItem:
        """Return what the condition at a position found, if the item asked to be told."""
        item: ReadItem = self.reasons[position].get("Item") or {}
        return item


def write_all(client: "DynamoDBClient", items: "Sequence[TransactWriteItemTypeDef]") -> None:
    """Write all items or none.

    Raises
    ------
    Cancelled
        A condition did not hold. Every other failure is DynamoDB's own ``ClientError``.
    """
    try:
        client.transact_write_items(TransactItems=items)
    except client.exceptions.TransactionCanceledException as error:
        if not is_decided(error):
            raise
        raise Cancelled(error.response["CancellationReasons"]) from error
