"""Invites staff to the Back Office, and removes them.

No route leads here: whoever may invoke it by IAM runs the service. It never returns the
invitation's token, which goes by mail alone.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transient import is_transient
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.adapters.staff.members import DynamoDBStaff
from registration.application.staff.audit import Audited
from registration.application.staff.members import InviteStaff, RemoveStaff
from registration.domain.errors import Busy, RegistrationError
from registration.entrypoints.events.staff import Removal, WrongEvent, request_in
from registration.entrypoints.failures import place_of
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.settings import InviteStaffSettings
from registration.entrypoints.web.app import utc_now
from registration.entrypoints.web.ids import new_id


@cache
def _settings() -> InviteStaffSettings:
    return InviteStaffSettings.from_environment()


@cache
def _staff() -> DynamoDBStaff:
    return DynamoDBStaff(_settings().customers_table, _settings().outbox_table)


@cache
def _audited() -> Audited:
    return Audited(DynamoDBAuditRecord(_settings().customers_table), utc_now, new_id)


@cache
def _invite() -> InviteStaff:
    return InviteStaff(_staff(), _audited(), utc_now, new_id, _settings().invitation_lifetime)


@cache
def _remove() -> RemoveStaff:
    return RemoveStaff(_staff(), _audited())


def _answer(event: Any) -> dict[str, Any]:
    asked = request_in(event)
    if isinstance(asked, Removal):
        removed = _remove()(asked.email)
        count("StaffRemoved", int(removed))
        return {"removed": removed}
    expires_at = _invite()(asked.email, asked.role, asked.name)
    count("StaffInvited")
    return {"invited": True, "expires_at": expires_at.isoformat(timespec="seconds")}


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """Invite somebody, or remove a member; say what was done, or why nothing was."""
    try:
        return _answer(event)
    except (WrongEvent, RegistrationError) as error:
        # Returned rather than raised: Lambda would log the text of an exception.
        count(f"Refused{type(error).__name__}")
        return {"error": str(error)}
    except (BotoCoreError, ClientError) as error:
        if not is_transient(error):
            raise
        count("RefusedBusy")
        logger.warning("busy", extra=place_of(error))
        return {"error": Busy.detail}
