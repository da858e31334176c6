"""Imports customers from CSV files: plans a file that was dropped, works on its chunks."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.import_csv import ImportApp
from registration.entrypoints.observability import logger, metrics

app = ImportApp()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Plan files that were dropped, import chunks that wait, or look for what stalled."""
    return app(event, context)
