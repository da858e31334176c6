"""What customers do with their own accounts; forgotten passwords. By the API and on pages."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.account import api, forgotten_password, profile
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.observability import logger, metrics

app = AccountApp()
for part in (api, forgotten_password, profile):
    part.add_routes(app)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app(event, context)
