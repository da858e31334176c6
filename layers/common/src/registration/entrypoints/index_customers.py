"""Keeps the directory of customers up to date: from the table's stream, or made anew."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.directory.index import DynamoDBDirectoryIndex
from registration.adapters.dynamodb.retries import retries
from registration.entrypoints.function_app import EventApp, Failed
from registration.entrypoints.observability import logger
from registration.entrypoints.settings import IndexCustomersSettings
from registration.entrypoints.shop.fields import customer_fields

if TYPE_CHECKING:
    from registration.entrypoints.events.directory import Rebuild

# Left unused of the function's time: a page of the walk is finished, none is begun.
_MILLISECONDS_SPARED = 20_000


class IndexCustomersApp(EventApp[IndexCustomersSettings]):
    """The function that keeps the directory."""

    settings_model = IndexCustomersSettings

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Follow the stream's records, or walk through the table and put all entries right."""
        retries.begin(context.get_remaining_time_in_millis() / 1000)
        if "Records" in event:
            return self._follow(event["Records"])
        # Imported here: its library takes longer to import than the stream's records to follow.
        from registration.entrypoints.events.directory import Rebuild  # noqa: PLC0415

        try:
            walk = Rebuild.model_validate(event)
        except ValueError as error:
            raise Failed(str(error)) from None
        return self._rebuild(walk, context)

    def _follow(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        try:
            self._index.follow(records)
        except Exception as error:  # noqa: BLE001 - whatever it is, some records may go well
            logger.warning(
                "batch failed", extra={"error": type(error).__name__, "size": len(records)}
            )
            return self._follow_one_by_one(records)
        return {"batchItemFailures": []}

    def _follow_one_by_one(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        """Follow as many records as go well; Lambda brings the rest again, and gives up on one."""
        for position, record in enumerate(records):
            sequence = record["dynamodb"]["SequenceNumber"]
            try:
                self._index.follow([record])
            except Exception as error:
                logger.error(
                    "record failed", extra={"error": type(error).__name__, "record": sequence}
                )
                # Told that it fails from its first record on, Lambda would give up on all of the
                # batch in the end. A batch that fails as a whole is halved until one is left.
                if position == 0:
                    raise
                return {"batchItemFailures": [{"itemIdentifier": sequence}]}
        return {"batchItemFailures": []}

    def _rebuild(self, walk: "Rebuild", context: LambdaContext) -> dict[str, Any]:
        while True:
            walked = self._index.walk(walk.segment, walk.segments, walk.after)
            walk = walk.gone_on(walked.customers, walked.entries, walked.last)
            out_of_time = context.get_remaining_time_in_millis() < _MILLISECONDS_SPARED
            if walked.last is None or out_of_time:
                logger.info("walked", extra={"customers": walk.customers, "entries": walk.entries})
                return walk.answer()

    @cached_property
    def _index(self) -> DynamoDBDirectoryIndex:
        table = self.settings.customers_table
        return DynamoDBDirectoryIndex(table, customer_fields().searchable)
