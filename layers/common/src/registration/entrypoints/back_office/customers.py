"""Staff lists, views, creates, edits and anonymises customers, and sends mails again."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response

from registration.application.directory import Page
from registration.domain.customers import Customer, Origin, Status
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
from registration.domain.staff.audit import AuditAction
from registration.domain.staff.members import StaffMember
from registration.entrypoints.back_office.desk import Desk
from registration.entrypoints.back_office.pages import Query, Said
from registration.entrypoints.observability import count
from registration.entrypoints.web import app as web

_LIST = "/back-office/customers"
_SHOWN_ENTRIES = 50
# What the form itself can tell, rather than a page of its own.
_FORM_ERRORS = (InvalidFields, EmailInUse, EmailTooLong, InvalidEmail, Busy)


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", _LIST, _show_all),
        ("GET", f"{_LIST}/new", _ask_for_new),
        ("POST", f"{_LIST}/new", _create),
        ("GET", f"{_LIST}/<reference>", _show),
        ("GET", f"{_LIST}/<reference>/edit", _ask_for_changes),
        ("POST", f"{_LIST}/<reference>/edit", _edit),
        ("POST", f"{_LIST}/<reference>/resend", _resend),
        ("POST", f"{_LIST}/<reference>/password-mail", _send_password_mail),
        ("POST", f"{_LIST}/<reference>/lift-suppression", _lift_suppression),
        ("GET", f"{_LIST}/<reference>/anonymise", _ask_to_anonymise),
        ("POST", f"{_LIST}/<reference>/anonymise", _anonymise),
    ):
        desk.answer(method, path, answer)


def _show_all(desk: Desk) -> Response[str]:
    member, visit = desk.gate.member(), desk.browser.visit()
    query = Query(*(desk.query(name).strip() for name in ("q", "status", "origin", "page")))
    try:
        found = _found(desk, query)
    except SearchTooShort as error:
        told = desk.pages.errors(visit, error)[""]
        page = desk.pages.customers(visit, member, Page((), None), query, error=told)
        return desk.browser.page(page, error.status)
    said = Said.of(desk.query("notice"))
    return desk.browser.page(desk.pages.customers(visit, member, found, query, said=said))


def _ask_for_new(desk: Desk) -> Response[str]:
    return desk.browser.page(desk.pages.form(desk.browser.visit(), desk.gate.editor()))


def _create(desk: Desk) -> Response[str]:
    member, form, visit = desk.gate.editor(), desk.browser.form(), desk.browser.visit()
    try:
        with desk.audited(member, AuditAction.CREATED_CUSTOMER, desk.client) as act:
            customer = desk.care.create(form)
            act.customer = customer.reference
    except _FORM_ERRORS as error:
        errors = desk.pages.errors(visit, error)
        page = desk.pages.form(visit, member, values=form, errors=errors)
        return desk.browser.page(page, error.status)
    count("CreatedByStaff")
    return _to(customer, Said.CREATED)


def _show(desk: Desk, reference: str) -> Response[str]:
    member = desk.gate.member()
    customer = desk.care.get(reference)
    with desk.audited(member, AuditAction.VIEWED_CUSTOMER, desk.client, customer=reference):
        pass  # What follows cannot fail without an answer that shows nothing.
    return _customer_page(desk, member, customer, said=Said.of(desk.query("notice")))


def _ask_for_changes(desk: Desk, reference: str) -> Response[str]:
    member, visit = desk.gate.editor(), desk.browser.visit()
    return desk.browser.page(desk.pages.form(visit, member, desk.care.get(reference)))


def _edit(desk: Desk, reference: str) -> Response[str]:
    member, form, visit = desk.gate.editor(), desk.browser.form(), desk.browser.visit()
    customer = desk.care.get(reference)
    try:
        with desk.audited(
            member, AuditAction.EDITED_CUSTOMER, desk.client, customer=reference
        ) as act:
            _, act.fields = desk.care.edit(customer, form)
    except _FORM_ERRORS as error:
        errors = desk.pages.errors(visit, error)
        page = desk.pages.form(visit, member, customer, values=form, errors=errors)
        return desk.browser.page(page, error.status)
    return _to(customer, Said.SAVED if act.fields else Said.UNCHANGED)


def _resend(desk: Desk, reference: str) -> Response[str]:
    return _do(desk, reference, AuditAction.RESENT_CONFIRMATION, desk.care.resend, Said.RESENT)


def _send_password_mail(desk: Desk, reference: str) -> Response[str]:
    send = desk.care.send_password_mail
    return _do(desk, reference, AuditAction.SENT_PASSWORD_MAIL, send, Said.PASSWORD_MAIL)


def _lift_suppression(desk: Desk, reference: str) -> Response[str]:
    def lift(customer: Customer) -> None:
        desk.lift_suppression(customer.email)

    return _do(desk, reference, AuditAction.LIFTED_SUPPRESSION, lift, Said.LIFTED)


def _ask_to_anonymise(desk: Desk, reference: str) -> Response[str]:
    member, visit = desk.gate.editor(), desk.browser.visit()
    return desk.browser.page(desk.pages.anonymise(visit, member, desk.care.get(reference)))


def _anonymise(desk: Desk, reference: str) -> Response[str]:
    member, _ = desk.gate.editor(), desk.browser.form()
    customer = desk.care.get(reference)
    with desk.audited(member, AuditAction.ANONYMISED_CUSTOMER, desk.client, customer=reference):
        desk.care.anonymise(customer)
    count("Anonymised")
    return web.see_other(f"{_LIST}?notice={Said.ANONYMISED}")


def _found(desk: Desk, query: Query) -> Page:
    status = Status(query.status) if query.status in set(Status) else None
    origin = Origin(query.origin) if query.origin in set(Origin) else None
    cursor = query.page or None
    if query.text:
        return desk.customers.search(query.text, status, origin, cursor)
    return desk.customers.newest(status, origin, cursor)


def _do(
    desk: Desk, reference: str, action: AuditAction, do: Callable[[Customer], object], said: Said
) -> Response[str]:
    """Do something for a customer, record it, and lead back to the customer's page."""
    member, _ = desk.gate.editor(), desk.browser.form()
    customer = desk.care.get(reference)
    try:
        with desk.audited(member, action, desk.client, customer=reference):
            do(customer)
    except (AlreadyConfirmed, NotConfirmedYet, Busy) as error:
        return _customer_page(desk, member, desk.care.get(reference), error=error)
    return _to(customer, said)


def _customer_page(
    desk: Desk,
    member: StaffMember,
    customer: Customer,
    *,
    said: Said | None = None,
    error: RegistrationError | None = None,
) -> Response[str]:
    visit = desk.browser.visit()
    history, _ = desk.record.of_customer(customer.reference, _SHOWN_ENTRIES)
    page = desk.pages.customer(
        visit,
        member,
        customer,
        history=history,
        suppression=desk.suppressions.of(customer.email),
        mail=desk.customers.mails.progress([customer.token_id]).get(customer.token_id),
        said=said,
        error=desk.pages.errors(visit, error)[error.field or ""] if error else "",
    )
    return desk.browser.page(page, error.status if error else 200)


def _to(customer: Customer, said: Said) -> Response[str]:
    return web.see_other(f"{_LIST}/{customer.reference}?notice={said}")
