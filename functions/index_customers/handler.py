"""Keeps the directory of customers up to date: from the table's stream, or made anew."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.index_customers import IndexCustomersApp
from registration.entrypoints.observability import logger, metrics

app = IndexCustomersApp()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Follow the stream's records, or walk through the table and put all entries right."""
    return app(event, context)
