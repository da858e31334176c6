"""Transactions whose conditions decide, and the reasons why one was cancelled."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from registration.adapters.items import ReadItem

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_OTHERS_WROTE = {"ConditionalCheckFailed", "TransactionConflict"}


class Cancelled(Exception):
    """A transaction was cancelled because of what others wrote; nothing was written.

    ``reasons`` stand in the order of the transaction's items: the code ``None``,
    ``ConditionalCheckFailed`` or ``TransactionConflict`` of each.
    """

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(", ".join(reason.get("Code", "None") for reason in reasons))
        self.reasons = reasons

    def failed(self, position: int) -> bool:
        """Whether the condition of the item at a position did not hold."""
        return bool(self.reasons[position].get("Code") == "ConditionalCheckFailed")

    def found(self, position: int) -> ReadItem:
        """Return what the condition at a position found, if the item asked to be told."""
        item: ReadItem = self.reasons[position].get("Item") or {}
        return item


def write_all(client: "DynamoDBClient", items: "Sequence[TransactWriteItemTypeDef]") -> None:
    """Write all items or none.

    Raises
    ------
    Cancelled
        Others wrote first. Every other failure is DynamoDB's own ``ClientError``.
    """
    try:
        client.transact_write_items(TransactItems=items)
    except client.exceptions.TransactionCanceledException as error:
        reasons = error.response.get("CancellationReasons", [])
        codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
        if not codes or codes - _OTHERS_WROTE:
            raise
        raise Cancelled(reasons) from error
    except client.exceptions.TransactionInProgressException as error:
        # The first try of this very request is still at work: the caller reads again.
        raise Cancelled([{"Code": "TransactionConflict"}] * len(items)) from error
