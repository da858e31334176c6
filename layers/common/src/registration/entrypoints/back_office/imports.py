"""Staff uploads files to import, watches imports, downloads the rows that failed."""

import json
import re
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response

from registration.adapters.imports.upload_forms import prefix_of
from registration.domain.errors import ImportNotFound, PageUnknown
from registration.domain.imports.jobs import Job
from registration.domain.staff.audit import AuditAction
from registration.entrypoints.back_office.desk import Desk
from registration.entrypoints.rendering.page_writing import SECURITY_HEADERS
from registration.entrypoints.web import app as web
from registration.entrypoints.web.ids import new_id

_LIST = "/back-office/imports"
_JOBS = 25
_FIRST_ERRORS = 10
_UPLOADS_LOOKED_THROUGH = 100
_POLICY = "Content-Security-Policy"
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{16}")
_PLACE = re.compile(r"[0-9T:.+-]{20,40}#[0-9a-f]{32}")


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", _LIST, _show_all),
        ("POST", f"{_LIST}/new", _offer_upload),
        ("GET", f"{_LIST}/uploaded/<upload_id>", _uploaded),
        ("GET", f"{_LIST}/<import_id>", _show),
        ("GET", f"{_LIST}/<import_id>/progress", _progress),
        ("GET", f"{_LIST}/<import_id>/failed.csv", _failed),
    ):
        desk.answer(method, path, answer)


def _show_all(desk: Desk) -> Response[str]:
    member, before = desk.gate.member(), desk.query("page") or None
    if before and not _PLACE.fullmatch(before):
        raise PageUnknown
    jobs = desk.imports.newest(_JOBS + 1, before)
    older = jobs[_JOBS - 1].place if len(jobs) > _JOBS else None
    page = desk.pages.imports(desk.browser.visit(), member, jobs[:_JOBS], older)
    return desk.browser.page(page)


def _offer_upload(desk: Desk) -> Response[str]:
    """Show the form that puts a file into the bucket."""
    member, form = desk.gate.editor(), desk.browser.form()
    dry_run, upload_id = form.get("dry_run") == "true", new_id()
    then = f"{web.own_url(desk.app, desk.settings.public_url)}{_LIST}/uploaded/{upload_id}"
    with desk.audited(member, AuditAction.UPLOADED_IMPORT, desk.client, import_id=upload_id):
        upload = desk.upload_forms.form(upload_id, dry_run=dry_run, then=then)
    page = desk.pages.upload(desk.browser.visit(), member, upload, dry_run=dry_run)
    answer = desk.browser.page(page)
    parts = urlsplit(upload.url)
    bucket = f"{parts.scheme}://{parts.netloc}"
    policy = SECURITY_HEADERS[_POLICY]
    answer.headers[_POLICY] = policy.replace("form-action 'self'", f"form-action 'self' {bucket}")
    return answer


def _uploaded(desk: Desk, upload_id: str) -> Response[str]:
    """Lead from S3 back into the Back Office.

    A browser that comes from another site does not send the cookie of staff. So this page
    shows nothing, and leads on from here.
    """
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise ImportNotFound
    return desk.browser.page(desk.pages.uploaded(desk.browser.visit(), f"{_LIST}/{upload_id}"))


def _show(desk: Desk, import_id: str) -> Response[str]:
    member, visit = desk.gate.member(), desk.browser.visit()
    if _UPLOAD_ID.fullmatch(import_id):
        job = _job_of_upload(desk, import_id)
        if job is None:
            return desk.browser.page(desk.pages.uploaded(visit, f"{_LIST}/{import_id}", member))
        return web.see_other(f"{_LIST}/{job.import_id}")
    job = _job(desk, import_id)
    errors = desk.imports.first_failures(job.import_id, _FIRST_ERRORS) if job.has_ended else []
    return desk.browser.page(desk.pages.import_job(visit, member, job, errors))


def _progress(desk: Desk, import_id: str) -> Response[str]:
    """Tell the script of an import's page how far it has come."""
    desk.gate.member()
    job = _job(desk, import_id)
    content = {
        "ended": job.has_ended,
        "rows": job.rows,
        "done": job.counts.total,
        "created": job.counts.created,
        "exists": job.counts.exists,
        "duplicate": job.counts.duplicate,
        "rejected": job.counts.rejected,
    }
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(200, "application/json", json.dumps(content), headers)


def _failed(desk: Desk, import_id: str) -> Response[str]:
    """Lead to the failed rows, which hold what customers entered."""
    member, job = desk.gate.member(), _job(desk, import_id)
    with desk.audited(
        member, AuditAction.DOWNLOADED_FAILURES, desk.client, import_id=job.import_id
    ):
        link = desk.upload_forms.link(job.upload, "failed.csv")
        if link is None:
            raise ImportNotFound
    return web.see_other(link)


def _job(desk: Desk, import_id: str) -> Job:
    job = desk.imports.get(import_id)
    if job is None:
        raise ImportNotFound
    return job


def _job_of_upload(desk: Desk, upload_id: str) -> Job | None:
    newest = desk.imports.newest(_UPLOADS_LOOKED_THROUGH)
    return next((job for job in newest if job.upload.key.startswith(prefix_of(upload_id))), None)
