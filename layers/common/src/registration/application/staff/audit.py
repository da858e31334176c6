"""Recording what staff do: before it is done, and again when it has ended."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from registration.application.ports import Clock, NewId
from registration.domain.errors import Busy
from registration.domain.staff.audit import AuditAction, AuditEntry
from registration.domain.staff.members import StaffMember

logger = logging.getLogger(__name__)


class Unrecorded(Exception):
    """The record cannot be reached now."""


class AuditRecord(Protocol):
    """What staff did, newest first, in pages.

    Each page comes with the ``position`` of its last entry if there are older ones; that is
    the next page's ``before``. Text that is no position raises ``PageUnknown``.
    """

    def write(self, entry: AuditEntry) -> None:
        """Write an entry, over what was written of the same act before.

        Raises
        ------
        Unrecorded
        """
        ...

    def newest(self, limit: int, before: str | None = None) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries."""
        ...

    def of_customer(
        self, reference: str, limit: int, before: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Return the newest entries about a customer."""
        ...


@dataclass
class Act:
    """What is being done: to be completed with what is known only then.

    A ``failure`` is why it was not done although nothing was raised.
    """

    customer: str | None = None
    import_id: str | None = None
    fields: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class Audited:
    """Lets something be done only with an entry in the record.

    ::

        with audited(member, AuditAction.CREATED_CUSTOMER, client) as act:
            customer = create(...)
            act.customer = customer.reference

    What cannot be recorded is not begun. If the end cannot be recorded, or the process
    dies, the entry stays ``begun``.
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
        """Record that a member does something, and how it ends.

        Raises
        ------
        Busy
            It could not be recorded, and was not begun.
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
            # It is done, or has failed, already: the answer must say so.
            logger.warning("the end of an act was not recorded: %s", entry.action)


def _completed(entry: AuditEntry, act: Act) -> AuditEntry:
    return replace(entry, customer=act.customer, import_id=act.import_id, fields=act.fields)
