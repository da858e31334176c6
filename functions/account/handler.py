"""What customers do with their own accounts; forgotten passwords. By the API and on pages."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.account import api
from registration.entrypoints.account import forgotten_password as forgotten
from registration.entrypoints.account import profile as mine
from registration.entrypoints.account.desk import Desk
from registration.entrypoints.observability import logger, metrics

desk = Desk()
for part in (api, forgotten, mine):
    part.add_routes(desk)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return desk.app.resolve(event, context)
