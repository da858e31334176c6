"""Whether the member who uploaded a file in the Back Office may still do so when it arrives."""

from registration.application.staff.audit import AuditRecord
from registration.application.staff.ports import Staff
from registration.domain.errors import EditorsOnly
from registration.domain.imports.jobs import Job
from registration.domain.staff.audit import AuditAction, AuditEntry
from registration.frozen import dataclass


@dataclass(frozen=True)
class CheckUploader:
    """Checks the member whom the key of a file names: the form that S3 accepts outlives a role."""

    staff: Staff
    record: AuditRecord

    def __call__(self, job: Job) -> bool:
        """Return whether the uploader is an editor, and record it if not.

        The entry is the same on each try, because its id and time are those of the job.

        Raises
        ------
        Unrecorded
        """
        staff_id = job.upload.uploader
        if not staff_id:
            return staff_id is None
        member = self.staff.get(staff_id)
        if member and member.is_active and member.role.may_edit:
            return True
        email = member.email.typed if member else staff_id
        action, job_id = AuditAction.UPLOADED_IMPORT, job.import_id
        entry = AuditEntry(job_id, job.started_at, staff_id, email, action, import_id=job_id)
        self.record.write(entry.failed(EditorsOnly.__name__))
        return False
