"""The audit record: what staff do, written down before it is done.

An entry says who did what, to whom, from where, and how it ended. Of a customer it has
the reference alone, so that it can be kept when the customer is anonymised; of an edit
it has the names of the fields, never what was in them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class AuditAction(StrEnum):
    """What was done. ``INVITED`` and ``REMOVED`` were done to the member the entry is of."""

    INVITED = "invited"
    REMOVED = "removed"
    ACCEPTED_INVITATION = "accepted_invitation"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    VIEWED_CUSTOMER = "viewed_customer"
    CREATED_CUSTOMER = "created_customer"
    EDITED_CUSTOMER = "edited_customer"
    ANONYMISED_CUSTOMER = "anonymised_customer"
    RESENT_CONFIRMATION = "resent_confirmation"
    SENT_PASSWORD_MAIL = "sent_password_mail"  # noqa: S105 - an action's name
    LIFTED_SUPPRESSION = "lifted_suppression"
    UPLOADED_IMPORT = "uploaded_import"
    DOWNLOADED_FAILURES = "downloaded_failures"


class AuditOutcome(StrEnum):
    """How it ended. What stays ``BEGUN`` may have been done or not: somebody has to look."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class AuditEntry:
    """One thing that somebody did.

    ``email`` is the member's address as it was then. ``client`` is the network address
    that the request came from; whoever runs the service has none. ``reason`` is the kind
    of error that it failed with.
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
        """Where it stands in the record: what later entries come after."""
        return f"{self.at.isoformat(timespec='microseconds')}#{self.entry_id}"

    def done(self) -> "AuditEntry":
        """Return the entry of what was done."""
        return replace(self, outcome=AuditOutcome.DONE)

    def failed(self, reason: str) -> "AuditEntry":
        """Return the entry of what was not done."""
        return replace(self, outcome=AuditOutcome.FAILED, reason=reason)
