"""The Back Office: staff sign in, look after customers, import files, see what was done."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.back_office import audit as record
from registration.entrypoints.back_office import customers, imports
from registration.entrypoints.back_office import login as signing_in
from registration.entrypoints.back_office.desk import Desk
from registration.entrypoints.observability import logger, metrics

desk = Desk()
for pages in (signing_in, customers, imports, record):
    pages.add_routes(desk)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return desk.app.resolve(event, context)
