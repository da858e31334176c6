"""The audit record: what staff do, recorded before it is done.

An entry says who did what, to whom, from where, and how it ended. It names a customer
only by the reference, so that it can be kept when the customer is anonymised. It names
the fields that were edited, never their values.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from registration.frozen import dataclass


class AuditAction(StrEnum):
    """What was done. ``INVITED`` and ``REMOVED`` were done to the member in the entry."""

    INVITED = "invited"
    REMOVED = "removed"
    ACCEPTED_INVITATION = "accepted_invitation"
    CHANGED_PASSWORD = "changed_password"  # noqa: S105 - an action's name
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    VIEWED_CUSTOMER = "viewed_customer"
    CREATED_CUSTOMER = "created_customer"
    EDITED_CUSTOMER = "edited_customer"
    DOWNLOADED_DATA = "downloaded_data"
    ANONYMISED_CUSTOMER = "anonymised_customer"
    RESENT_CONFIRMATION = "resent_confirmation"
    SENT_PASSWORD_MAIL = "sent_password_mail"  # noqa: S105 - an action's name
    LIFTED_SUPPRESSION = "lifted_suppression"
    ALLOWED_MAILS = "allowed_mails"
    UPLOADED_IMPORT = "uploaded_import"
    DOWNLOADED_FAILURES = "downloaded_failures"


class AuditOutcome(StrEnum):
    """How it ended. An action that stays ``BEGUN`` may or may not have been done: look it up."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class AuditEntry:
    """One action of a member of staff.

    ``email`` is the member's address at that time. ``client`` is the network address of the
    request; the operator of the service has none. ``reason`` is the type of the error that
    it failed with.
    """

    entry_id: str
    at: datetime
    staff_id: str
    email: str
    action: AuditAction
    outcome: AuditOutcome = AuditOutcome.BEGUN
    client: str | None = None
    customer: str | None = None
    import_id: str | None = None
    fields: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def position(self) -> str:
        """The position in the record, which later entries follow."""
        return f"{self.at.isoformat(timespec='microseconds')}#{self.entry_id}"

    def done(self) -> "AuditEntry":
        """Return the entry, marked as done."""
        return replace(self, outcome=AuditOutcome.DONE)

    def failed(self, reason: str) -> "AuditEntry":
        """Return the entry, marked as failed."""
        return replace(self, outcome=AuditOutcome.FAILED, reason=reason)
