"""Recording the actions of staff: before they begin, and when they have ended."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from registration.application.ports import Clock, NewId
from registration.domain.errors import Busy
from registration.domain.staff.audit import AuditAction, AuditEntry
from registration.domain.staff.members import StaffMember
from registration.frozen import dataclass

logger = logging.getLogger(__name__)


class Unrecorded(Exception):
    """The audit record is unavailable now."""


class AuditRecord(Protocol):
    """The actions of staff, newest first, in pages.

    Each page has the ``position`` of its last entry if there are older ones: the ``before`` of
    the next page. An invalid position raises ``PageUnknown``.
    """

    def write(self, entry: AuditEntry) -> None:
        """Write an entry, replacing an earlier one for the same act.

        Raises
        ------
        Unrecorded
        """

    def newest(self, limit: int, before: str | None = None) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries."""

    def of_customer(
        self, reference: str, limit: int, before: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries about a customer."""


@dataclass
class Act:
    """An action in progress, to be completed with data that is known only later.

    ``failure`` says why it was not done, if no error was raised.
    """

    customer: str | None = None
    import_id: str | None = None
    fields: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class Audited:
    """Allows an action only with an entry in the audit record.

    ::

        with audited(member, AuditAction.CREATED_CUSTOMER, client) as act:
            customer = create(...)
            act.customer = customer.reference

    An action that cannot be recorded does not begin. If its end cannot be recorded, or the
    process dies, the entry stays ``begun``.
    """

    record: AuditRecord
    clock: Clock
    new_id: NewId

    @contextmanager
    def __call__(
        self,
        member: StaffMember,
        action: AuditAction,
        client: str | None = None,
        *,
        customer: str | None = None,
        import_id: str | None = None,
        fields: tuple[str, ...] = (),
    ) -> Iterator[Act]:
        """Record the action of a member, and how it ends.

        Raises
        ------
        Busy
            The action could not be recorded, and did not begin.
        """
        act = Act(customer, import_id, fields)
        entry = AuditEntry(
            self.new_id(), self.clock(), member.staff_id, member.email.typed, action, client=client
        )
        try:
            self.record.write(_completed(entry, act))
        except Unrecorded as error:
            raise Busy from error
        try:
            yield act
        except Exception as error:
            self._finish(_completed(entry, act).failed(type(error).__name__))
            raise
        ended = _completed(entry, act)
        self._finish(ended.failed(act.failure) if act.failure else ended.done())

    def _finish(self, entry: AuditEntry) -> None:
        try:
            self.record.write(entry)
        except Unrecorded:
            # The action is already done or has failed: the answer must say so.
            logger.warning("the end of an action was not recorded: %s", entry.action)


def _completed(entry: AuditEntry, act: Act) -> AuditEntry:
    return replace(entry, customer=act.customer, import_id=act.import_id, fields=act.fields)
