"""Invites staff to the Back Office, and removes them.

No route leads here: IAM decides who may invoke it, and they run the service. It never returns the
invitation's token, which goes by mail alone.
"""

from functools import cached_property
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from registration.adapters.dynamodb.transient import is_transient
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.adapters.staff.members import DynamoDBStaff
from registration.application.staff.audit import Audited
from registration.application.staff.members import InviteStaff, RemoveStaff
from registration.domain.errors import Busy, RegistrationError
from registration.entrypoints.clock import utc_now
from registration.entrypoints.events.staff import Removal, WrongEvent, request_in
from registration.entrypoints.failures import place_of
from registration.entrypoints.function_app import EventApp
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count, logger
from registration.entrypoints.settings import InviteStaffSettings


class InviteStaffApp(EventApp[InviteStaffSettings]):
    """The function that invites and removes staff."""

    settings_model = InviteStaffSettings

    def handle(self, event: Any, _context: LambdaContext) -> dict[str, Any]:
        """Invite somebody, or remove a member; say what was done, or why nothing was."""
        try:
            return self._answer(event)
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

    def _answer(self, event: Any) -> dict[str, Any]:
        asked = request_in(event)
        if isinstance(asked, Removal):
            removed = self._remove(asked.email)
            count("StaffRemoved", int(removed))
            return {"removed": removed}
        expires_at = self._invite(asked.email, asked.role, asked.name)
        count("StaffInvited")
        return {"invited": True, "expires_at": expires_at.isoformat(timespec="seconds")}

    @cached_property
    def _staff(self) -> DynamoDBStaff:
        return DynamoDBStaff(self.settings.customers_table, self.settings.outbox_table)

    @cached_property
    def _audited(self) -> Audited:
        return Audited(DynamoDBAuditRecord(self.settings.customers_table), utc_now, new_id)

    @cached_property
    def _invite(self) -> InviteStaff:
        return InviteStaff(
            self._staff, self._audited, utc_now, new_id, self.settings.invitation_lifetime
        )

    @cached_property
    def _remove(self) -> RemoveStaff:
        return RemoveStaff(self._staff, self._audited)
