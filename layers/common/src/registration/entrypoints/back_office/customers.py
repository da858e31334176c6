"""Staff lists, views, creates, edits and anonymises customers, sends mails, hands out data."""

from collections.abc import Callable, Mapping

from aws_lambda_powertools.event_handler import Response

from registration.application.directory import Page
from registration.domain.claims import Claim
from registration.domain.customers import Customer, Origin, Status
from registration.domain.emails import EmailAddress, resembles_address
from registration.domain.errors import (
    AlreadyConfirmed,
    Busy,
    EmailInUse,
    EmailTooLong,
    InvalidEmail,
    InvalidFields,
    NotConfirmedYet,
    RegistrationError,
    SearchTooShort,
)
from registration.domain.fields.own import Place
from registration.domain.staff.audit import AuditAction
from registration.domain.staff.members import StaffMember
from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.back_office.pages import Query, Said, customer_form
from registration.entrypoints.clock import utc_now
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.rendering.personal_data import file_of
from registration.entrypoints.web import http

_LIST = "/back-office/customers"
_SHOWN_ENTRIES = 50
# What the form itself can tell, rather than a page of its own.
_FORM_ERRORS = (InvalidFields, EmailInUse, EmailTooLong, InvalidEmail, Busy)


def add_routes(app: BackOfficeApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", _LIST, _show_all),
        ("GET", f"{_LIST}/new", _ask_for_new),
        ("POST", f"{_LIST}/new", _create),
        ("POST", f"{_LIST}/allow-mails", _allow_mails),
        ("GET", f"{_LIST}/<reference>", _show),
        ("GET", f"{_LIST}/<reference>/edit", _ask_for_changes),
        ("POST", f"{_LIST}/<reference>/edit", _edit),
        ("POST", f"{_LIST}/<reference>/resend", _resend),
        ("POST", f"{_LIST}/<reference>/password-mail", _send_password_mail),
        ("POST", f"{_LIST}/<reference>/lift-suppression", _lift_suppression),
        ("POST", f"{_LIST}/<reference>/data", _hand_out),
        ("GET", f"{_LIST}/<reference>/anonymise", _ask_to_anonymise),
        ("POST", f"{_LIST}/<reference>/anonymise", _anonymise),
    ):
        app.route(method, path, answer)


def _show_all(app: BackOfficeApp) -> Response[str]:
    member, said, told = app.staff_gate.member(), Said.of(app.query("notice")), ""
    query = Query(*(app.query(name).strip() for name in ("q", "status", "origin", "page")))
    try:
        found, status = _found(app, query), 200
    except SearchTooShort as error:
        found, status, said, told = Page((), None), error.status, None, app.errors(error)[""]
    return app.show(
        "customers",
        status,
        member=member,
        rows=found.rows,
        cursor=found.cursor,
        query=query,
        statuses=list(Status),
        origins=list(Origin),
        quiet=_quiet(app, query.text),
        said=said,
        error=told,
    )


def _ask_for_new(app: BackOfficeApp) -> Response[str]:
    return _form(app, app.staff_gate.editor())


def _create(app: BackOfficeApp) -> Response[str]:
    member, form = app.staff_gate.editor(), app.browser.form()
    try:
        with app.audited(member, AuditAction.CREATED_CUSTOMER, app.client) as act:
            customer = app.care.create(form)
            act.customer = customer.reference
    except _FORM_ERRORS as error:
        return _form(app, member, None, form, error)
    count("CreatedByStaff")
    return _to(customer, Said.CREATED)


def _show(app: BackOfficeApp, reference: str) -> Response[str]:
    member = app.staff_gate.member()
    customer = app.care.get(reference)
    with app.audited(member, AuditAction.VIEWED_CUSTOMER, app.client, customer=reference):
        pass  # What follows cannot fail without an answer that shows nothing.
    return _customer_page(app, member, customer, said=Said.of(app.query("notice")))


def _ask_for_changes(app: BackOfficeApp, reference: str) -> Response[str]:
    return _form(app, app.staff_gate.editor(), app.care.get(reference))


def _edit(app: BackOfficeApp, reference: str) -> Response[str]:
    member, form = app.staff_gate.editor(), app.browser.form()
    customer = app.care.get(reference)
    form = app.fields.at(Place.BACK_OFFICE).said_in(form, customer.profile)
    try:
        with app.audited(
            member, AuditAction.EDITED_CUSTOMER, app.client, customer=reference
        ) as act:
            _, act.fields = app.care.edit(customer, form)
    except _FORM_ERRORS as error:
        return _form(app, member, customer, form, error)
    if "email" in act.fields:
        return _to(customer, Said.SAVED_AND_MAILED)
    return _to(customer, Said.SAVED if act.fields else Said.UNCHANGED)


def _resend(app: BackOfficeApp, reference: str) -> Response[str]:
    return _do(app, reference, AuditAction.RESENT_CONFIRMATION, app.care.resend, Said.RESENT)


def _send_password_mail(app: BackOfficeApp, reference: str) -> Response[str]:
    send = app.care.send_password_mail
    return _do(app, reference, AuditAction.SENT_PASSWORD_MAIL, send, Said.PASSWORD_MAIL)


def _lift_suppression(app: BackOfficeApp, reference: str) -> Response[str]:
    def lift(customer: Customer) -> None:
        app.lift_suppression(customer.email)

    return _do(app, reference, AuditAction.LIFTED_SUPPRESSION, lift, Said.LIFTED)


def _allow_mails(app: BackOfficeApp) -> Response[str]:
    member, form = app.staff_gate.editor(), app.browser.form()
    if quiet := _quiet(app, form.get("email", "")):
        # Who was removed: an entry names no address.
        with app.audited(member, AuditAction.ALLOWED_MAILS, app.client, customer=quiet.alias):
            app.allow_mails.end(quiet)
    return http.see_other(f"{_LIST}?notice={Said.MAILS_ALLOWED}")


def _quiet(app: BackOfficeApp, text: str) -> Claim | None:
    if not resembles_address(text):
        return None
    try:
        return app.allow_mails.quiet(EmailAddress.parse(text))
    except (InvalidEmail, EmailTooLong):
        return None


def _hand_out(app: BackOfficeApp, reference: str) -> Response[str]:
    member, _ = app.staff_gate.editor(), app.browser.form()
    customer = app.care.get(reference)
    with app.audited(member, AuditAction.DOWNLOADED_DATA, app.client, customer=reference):
        content = file_of(app.personal_data(customer))
    count("DataHandedOut")
    return http.json_file(customer.reference, content)


def _ask_to_anonymise(app: BackOfficeApp, reference: str) -> Response[str]:
    member = app.staff_gate.editor()
    return app.show("anonymise", member=member, customer=app.care.get(reference))


def _anonymise(app: BackOfficeApp, reference: str) -> Response[str]:
    member, _ = app.staff_gate.editor(), app.browser.form()
    customer = app.care.get(reference)
    with app.audited(member, AuditAction.ANONYMISED_CUSTOMER, app.client, customer=reference):
        app.care.anonymise(customer)
    count("Anonymised")
    return http.see_other(f"{_LIST}?notice={Said.ANONYMISED}")


def _found(app: BackOfficeApp, query: Query) -> Page:
    status = Status(query.status) if query.status in set(Status) else None
    origin = Origin(query.origin) if query.origin in set(Origin) else None
    cursor = query.page or None
    if query.text:
        return app.customers.search(query.text, status, origin, cursor)
    return app.customers.newest(status, origin, cursor)


def _do(
    app: BackOfficeApp,
    reference: str,
    action: AuditAction,
    do: Callable[[Customer], object],
    said: Said,
) -> Response[str]:
    """Do something for a customer, record it, and lead back to the customer's page."""
    member, _ = app.staff_gate.editor(), app.browser.form()
    customer = app.care.get(reference)
    try:
        with app.audited(member, action, app.client, customer=reference):
            do(customer)
    except (AlreadyConfirmed, NotConfirmedYet, Busy) as error:
        return _customer_page(app, member, app.care.get(reference), error=error)
    return _to(customer, said)


def _form(
    app: BackOfficeApp,
    member: StaffMember,
    customer: Customer | None = None,
    typed: Mapping[str, str] = NOTHING,
    error: RegistrationError | None = None,
) -> Response[str]:
    content = customer_form(app.browser.locale, customer, typed)
    status, errors = (error.status, app.errors(error)) if error else (200, NOTHING)
    return app.show("form", status, member=member, errors=errors, **content)


def _customer_page(
    app: BackOfficeApp,
    member: StaffMember,
    customer: Customer,
    *,
    said: Said | None = None,
    error: RegistrationError | None = None,
) -> Response[str]:
    history, _ = app.record.of_customer(customer.reference, _SHOWN_ENTRIES)
    return app.show(
        "customer",
        error.status if error else 200,
        member=member,
        customer=customer,
        new_email=customer.waiting_email(utc_now()),
        history=history,
        suppression=app.suppressions.of(customer.email),
        mail=app.customers.mails.progress([customer.token_id]).get(customer.token_id),
        said=said,
        error=app.errors(error)[error.field or ""] if error else "",
    )


def _to(customer: Customer, said: Said) -> Response[str]:
    return http.see_other(f"{_LIST}/{customer.reference}?notice={said}")
