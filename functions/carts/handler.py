"""Keeps the carts of guests and of customers, up to the checkout. By the API and on pages."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.carts import api, cart, checkout
from registration.entrypoints.carts.app import CartsApp
from registration.entrypoints.observability import logger, metrics

app = CartsApp()
for part in (api, cart, checkout):
    part.add_routes(app)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app(event, context)
