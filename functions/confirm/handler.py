"""Follows the link of a mail, on pages and by the API, and sends it again."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.confirm import api, link, new_link
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.observability import logger, metrics

app = ConfirmApp()
for part in (api, link, new_link):
    part.add_routes(app)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app(event, context)
