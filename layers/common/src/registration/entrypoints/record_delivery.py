"""Records what became of mails: SES tells a topic, and the topic tells this function."""

from functools import cached_property
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.mail.recipients import DynamoDBRecipients
from registration.adapters.mail.suppressions import DynamoDBSuppressions
from registration.application.mail.delivery_reports import RecordDelivery, Recorded
from registration.entrypoints.events.mail import MalformedReport, Unknown, report_in
from registration.entrypoints.failures import place_of
from registration.entrypoints.function_app import EventApp, Failed
from registration.entrypoints.observability import count, count_by, logger
from registration.entrypoints.settings import RecordDeliverySettings


class RecordDeliveryApp(EventApp[RecordDeliverySettings]):
    """The function that records what became of mails."""

    settings_model = RecordDeliverySettings

    def handle(self, event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        """Record each report; fail if one has to come again."""
        failed = [record for record in event["Records"] if not self._record(record)]
        if failed:
            raise Failed(f"{len(failed)} of {len(event['Records'])}")
        return {"recorded": len(event["Records"])}

    def _record(self, record: dict[str, Any]) -> bool:
        """Record one report; return whether it needs no other try."""
        try:
            report = report_in(record)
            recorded = self._record_delivery(report)
        except Unknown:
            count("ReportUnknown")
        except MalformedReport as error:
            # Another try would find it the same.
            count("ReportMalformed")
            logger.error("report malformed", extra=place_of(error))
        except Exception as error:  # noqa: BLE001 - one report that fails must not stop its neighbours
            count("ReportFailed")
            logger.error("report failed", extra=place_of(error))
            return False
        else:
            count(f"Mail{report.delivery.status.title()}")
            self._count(recorded)
        return True

    @staticmethod
    def _count(recorded: Recorded) -> None:
        # Nearly all are news: a reason beside each would double what a report logs.
        if recorded is Recorded.NEWS:
            count("ReportRecorded")
        else:
            count_by("ReportRecorded", reason=recorded)

    @cached_property
    def _record_delivery(self) -> RecordDelivery:
        table = self.settings.customers_table
        return RecordDelivery(DynamoDBRecipients(table), DynamoDBSuppressions(table))
