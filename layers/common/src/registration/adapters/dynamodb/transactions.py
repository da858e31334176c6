"""Transactions with conditions, and the reasons of a cancelled one."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from registration.adapters import clients
from registration.adapters.dynamodb.expressions import Write
from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.transient import CONDITION, is_decided
from registration.adapters.json_client import JsonText

Writes: TypeAlias = Sequence[Write] | JsonText
"""The writes of a transaction, or the text of such a list."""


class Cancelled(Exception):
    """A condition cancelled a transaction; nothing was written.

    ``reasons`` are in the order of the transaction's items. At least one of them has the
    code ``ConditionalCheckFailed``. Others may be throttled or in conflict, so that their
    conditions were not evaluated.
    """

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(", ".join(reason.get("Code", "None") for reason in reasons))
        self.reasons = reasons

    def failed(self, position: int) -> bool:
        """Whether the condition of the item at a position did not hold."""
        return bool(self.reasons[position].get("Code") == CONDITION)

    def found(self, position: int) -> ReadItem:
        """Return the item that failed the condition at a position, if the write asked for it."""
        item: ReadItem = self.reasons[position].get("Item") or {}
        return item


def write_all(writes: Writes) -> None:
    """Write all items or none.

    Raises
    ------
    Cancelled
        A condition failed. Every other failure is DynamoDB's own ``ClientError``.
    """
    client: Any = clients.dynamodb()
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        if not is_decided(error):
            raise
        raise Cancelled(error.response["CancellationReasons"]) from error
