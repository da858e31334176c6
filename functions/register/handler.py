"""Signs a customer up: ``POST /customers`` and the form at ``/register``."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.register import api, form
from registration.entrypoints.register.app import RegisterApp

app = RegisterApp()
for part in (api, form):
    part.add_routes(app)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app(event, context)
