"""Staff uploads files to import, watches imports, downloads the rows that failed."""

import json
import re
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response

from registration.adapters.imports.upload_forms import prefix_of
from registration.domain.errors import ImportNotFound, PageUnknown
from registration.domain.imports.jobs import Job
from registration.domain.staff.audit import AuditAction
from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.ids import new_id
from registration.entrypoints.rendering.page_writing import security_headers
from registration.entrypoints.web import http

_LIST = "/back-office/imports"
_JOBS = 25
_FIRST_ERRORS = 10
_UPLOADS_LOOKED_THROUGH = 100
_POLICY = "Content-Security-Policy"
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{16}")
_PLACE = re.compile(r"[0-9T:.+-]{20,40}#[0-9a-f]{32}")


def add_routes(app: BackOfficeApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", _LIST, _show_all),
        ("POST", f"{_LIST}/new", _offer_upload),
        ("GET", f"{_LIST}/uploaded/<upload_id>", _uploaded),
        ("GET", f"{_LIST}/<import_id>", _show),
        ("GET", f"{_LIST}/<import_id>/progress", _progress),
        ("GET", f"{_LIST}/<import_id>/failed.csv", _failed),
    ):
        app.route(method, path, answer)


def _show_all(app: BackOfficeApp) -> Response[str]:
    member, before = app.staff_gate.member(), app.query("page") or None
    if before and not _PLACE.fullmatch(before):
        raise PageUnknown
    jobs = app.imports.newest(_JOBS + 1, before)
    older = jobs[_JOBS - 1].place if len(jobs) > _JOBS else None
    return app.show("imports", member=member, jobs=jobs[:_JOBS], older=older)


def _offer_upload(app: BackOfficeApp) -> Response[str]:
    """Show the form that puts a file into the bucket."""
    member, form = app.staff_gate.editor(), app.browser.form()
    dry_run, upload_id = form.get("dry_run") == "true", new_id()
    then = f"{app.own_url}{_LIST}/uploaded/{upload_id}"
    with app.audited(member, AuditAction.UPLOADED_IMPORT, app.client, import_id=upload_id):
        upload = app.upload_forms.form(upload_id, member.staff_id, dry_run=dry_run, then=then)
    answer = app.show("upload", member=member, upload=upload, dry_run=dry_run)
    parts = urlsplit(upload.url)
    bucket = f"{parts.scheme}://{parts.netloc}"
    policy = security_headers()[_POLICY]
    answer.headers[_POLICY] = policy.replace("form-action 'self'", f"form-action 'self' {bucket}")
    return answer


def _uploaded(app: BackOfficeApp, upload_id: str) -> Response[str]:
    """Lead from S3 back into the Back Office.

    A browser that comes from another site does not send the cookie of staff. So this page
    shows nothing, and leads on from here.
    """
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise ImportNotFound
    return app.show("uploaded", then=f"{_LIST}/{upload_id}")


def _show(app: BackOfficeApp, import_id: str) -> Response[str]:
    member = app.staff_gate.member()
    if _UPLOAD_ID.fullmatch(import_id):
        job = _job_of_upload(app, import_id)
        if job is None:
            return app.show("uploaded", member=member, then=f"{_LIST}/{import_id}")
        return http.see_other(f"{_LIST}/{job.import_id}")
    job = _job(app, import_id)
    failures = app.imports.first_failures(job.import_id, _FIRST_ERRORS) if job.has_ended else []
    return app.show("import", member=member, job=job, failures=failures)


def _progress(app: BackOfficeApp, import_id: str) -> Response[str]:
    """Tell the script of an import's page how far it has come."""
    app.staff_gate.member()
    job = _job(app, import_id)
    content = {
        "ended": job.has_ended,
        "rows": job.rows,
        "done": job.counts.total,
        "created": job.counts.created,
        "exists": job.counts.exists,
        "duplicate": job.counts.duplicate,
        "rejected": job.counts.rejected,
    }
    return Response(200, "application/json", json.dumps(content), {"Cache-Control": "no-store"})


def _failed(app: BackOfficeApp, import_id: str) -> Response[str]:
    """Lead to the failed rows, which hold what was in the file, password hashes included."""
    member, job = app.staff_gate.editor(), _job(app, import_id)
    with app.audited(member, AuditAction.DOWNLOADED_FAILURES, app.client, import_id=job.import_id):
        link = app.upload_forms.link(job.upload, "failed.csv")
        if link is None:
            raise ImportNotFound
    return http.see_other(link)


def _job(app: BackOfficeApp, import_id: str) -> Job:
    job = app.imports.get(import_id)
    if job is None:
        raise ImportNotFound
    return job


def _job_of_upload(app: BackOfficeApp, upload_id: str) -> Job | None:
    newest = app.imports.newest(_UPLOADS_LOOKED_THROUGH)
    return next((job for job in newest if job.upload.key.startswith(prefix_of(upload_id))), None)
