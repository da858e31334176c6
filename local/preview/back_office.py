"""The pages that staff see: a sample of each, in each of its states."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.preview.people import (
    CUSTOMER,
    EDITOR,
    LINES,
    NEW_EMAIL,
    NO_EMAIL,
    QUIET,
    SUPPRESSION,
    UNDELIVERED,
    VIEWER,
    WEAK,
    wrong,
)
from local.preview.storefront import Sample
from local.preview.writers import NOW, Writers
from registration.adapters.imports.upload_forms import UploadForm
from registration.application.directory import DirectoryRow
from registration.application.mail.ports import MailProgress, OutboxState
from registration.domain.customers import Customer, Origin, Status
from registration.domain.directory import ConfirmationState
from registration.domain.errors import (
    AuthenticationFailed,
    FlawKind,
    RegistrationError,
    SearchTooShort,
    WrongPassword,
)
from registration.domain.imports.jobs import (
    Counts,
    ImportOutcome,
    JobStatus,
    Layout,
    RowOutcome,
    Upload,
    new_job,
)
from registration.domain.staff.audit import AuditAction, AuditEntry, AuditOutcome
from registration.entrypoints.back_office.pages import Query, Said, customer_form


def _page(name: str, template: str, *mistakes: RegistrationError, **content: Any) -> Sample:
    shown = {"member": EDITOR, **content}
    return Sample(name, lambda to: to.back_office(template, *mistakes, **shown))


_ROWS = [
    DirectoryRow(line, state)
    for line, state in zip(
        LINES, (None, ConfirmationState.WAITING, ConfirmationState.BOUNCED), strict=True
    )
]


_LIST = {
    "member": EDITOR,
    "rows": _ROWS,
    "cursor": "older",
    "query": Query(),
    "statuses": list(Status),
    "origins": list(Origin),
    "quiet": None,
    "said": None,
    "error": "",
}
_NONE: dict[str, Any] = {"rows": [], "cursor": None}


def _customers(name: str, **content: Any) -> Sample:
    return _page(f"customers{name}", "customers", **{**_LIST, **content})


def _too_short(to: Writers) -> str:
    told = to.staff.errors(to.locale, SearchTooShort())[""]
    return to.back_office("customers", **{**_LIST, **_NONE, "query": Query("x"), "error": told})


_ENTRIES = [
    AuditEntry(
        "sample",
        NOW,
        EDITOR.staff_id,
        EDITOR.email.typed,
        action,
        outcome,
        "192.0.2.7",
        CUSTOMER.reference,
        fields=("phone", "company") if action is AuditAction.EDITED_CUSTOMER else (),
    )
    for action, outcome in zip(
        AuditAction,
        [AuditOutcome.DONE] * 16 + [AuditOutcome.FAILED, AuditOutcome.BEGUN],
        strict=True,
    )
]


def _customer(name: str, customer: Customer = CUSTOMER, **content: Any) -> Sample:
    shown = {
        "member": EDITOR,
        "new_email": None,
        "history": _ENTRIES[7:10],
        "suppression": None,
        "mail": None,
        "said": None,
        "error": "",
        **content,
    }
    return Sample(
        f"customer{name}",
        lambda to: to.back_office("customer", customer=to.answered(customer), **shown),
    )


def _form(
    name: str, *mistakes: RegistrationError, customer: Customer | None = None, **typed: str
) -> Sample:
    def render(to: Writers) -> str:
        content = customer_form(to.locale, customer and to.answered(customer), typed)
        return to.back_office("form", *mistakes, member=EDITOR, **content)

    return Sample(name, render)


_OPEN = replace(
    new_job(Upload("imports", "march/customers.csv", "1"), NOW, 1000),
    status=JobStatus.WORKING,
    layout=Layout("utf-8", ",", ("email",)),
    rows=12_000,
    counts=Counts(created=7_310, exists=42, duplicate=8, rejected=3),
)
_DONE = replace(
    _OPEN,
    status=JobStatus.CLOSED,
    counts=Counts(created=11_930, exists=42, duplicate=8, rejected=20),
    closed_at=NOW + timedelta(minutes=1),
)
_REFUSED = _OPEN.end(JobStatus.REFUSED, NOW, "The file has no header.")
_DRY = replace(_DONE, dry_run=True)
_FAILURES = [
    RowOutcome(17, ImportOutcome.REJECTED, "email", "This is not a valid e-mail address."),
    RowOutcome(204, ImportOutcome.REJECTED, "last_name", "This value is missing."),
]
_FORM = UploadForm("https://imports.example", {"key": "march/${filename}"})

BACK_OFFICE = (
    _page("log in", "login", member=None, said=None, email=""),
    _page(
        "log in, with mistakes", "login", AuthenticationFailed(), member=None, said=None, email=""
    ),
    _page("log in, logged out", "login", member=None, said=Said.SIGNED_OUT, email=""),
    _page("invitation", "invitation", member=None, token="sample", invited=EDITOR),
    _page("invitation, with mistakes", "invitation", WEAK, member=None, token="", invited=EDITOR),
    _page("invitation, a wrong link", "invitation_problem", member=None),
    _page("own password", "password"),
    _page("own password, with mistakes", "password", WrongPassword(), WEAK),
    _customers(""),
    _customers(", for a viewer", member=VIEWER),
    _customers(", nobody", **_NONE),
    _customers(", nobody found", **_NONE, query=Query("nobody", Status.VERIFIED)),
    _customers(", a quiet address", **_NONE, query=Query(QUIET.email), quiet=QUIET),
    Sample("customers, search too short", _too_short),
    _customer(""),
    _customer(", a new address", new_email=NEW_EMAIL, said=Said.SAVED_AND_MAILED),
    _customer(
        ", mail undelivered",
        UNDELIVERED,
        suppression=SUPPRESSION,
        mail=MailProgress(OutboxState.PARKED, "suppressed", NOW),
        history=[],
    ),
    _customer(", for a viewer", member=VIEWER),
    _form("new customer"),
    _form(
        "new customer, with mistakes",
        wrong(FlawKind.BLANK, "last_name"),
        NO_EMAIL,
        email="camille.laurent@",
        first_name="Camille",
    ),
    _form("edit customer", customer=CUSTOMER),
    _page("anonymise customer", "anonymise", customer=CUSTOMER),
    _page("imports", "imports", jobs=[_OPEN, _DONE, _DRY, _REFUSED], older="older"),
    _page("imports, none", "imports", jobs=[], older=None),
    _page("import, working", "import", job=_OPEN, failures=[]),
    _page("import, done", "import", job=_DONE, failures=_FAILURES),
    _page("import, dry run", "import", job=_DRY, failures=_FAILURES),
    _page("import, refused", "import", job=_REFUSED, failures=[]),
    _page("upload", "upload", upload=_FORM, dry_run=False),
    _page("upload, dry run", "upload", upload=_FORM, dry_run=True),
    _page("uploaded", "uploaded", then="/back-office/imports"),
    _page("record", "record", entries=_ENTRIES, older="older"),
    _page("record, empty", "record", entries=[], older=None),
    Sample("back office problem 404", lambda to: to.staff.problem(to.visit(inside=True), 404)),
)
