"""Opens, refreshes and ends sessions, by the API and on pages; serves what pages load."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.sign_in import api, login
from registration.entrypoints.sign_in.app import SignInApp

app = SignInApp()
for part in (api, login):
    part.add_routes(app)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app(event, context)
