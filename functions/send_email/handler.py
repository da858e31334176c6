"""Sends the mails that the outbox promises."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.send_email import SendEmailApp

app = SendEmailApp()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send what the stream's records promise, or, on the schedule, what it missed."""
    return app(event, context)
