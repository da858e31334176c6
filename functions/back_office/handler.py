"""The Back Office: staff sign in, look after customers, import files, see what was done."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.back_office import audit, customers, imports, login
from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.observability import logger, metrics

app = BackOfficeApp()
for part in (login, customers, imports, audit):
    part.add_routes(app)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app(event, context)
