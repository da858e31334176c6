"""Invites staff to the Back Office, and removes them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.invite_staff import InviteStaffApp
from registration.entrypoints.observability import logger, metrics

app = InviteStaffApp()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Invite somebody, or remove a member; say what was done, or why nothing was."""
    return app(event, context)
