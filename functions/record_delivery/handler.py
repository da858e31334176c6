"""Records what became of mails: SES tells a topic, and the topic tells this function."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.record_delivery import RecordDeliveryApp

app = RecordDeliveryApp()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Record each report; fail if one has to come again."""
    return app(event, context)
