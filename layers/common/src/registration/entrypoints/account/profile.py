"""The pages of one's own account: profile, password, signing out, leaving."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

from registration.application.customers.account import PasswordChange
from registration.domain.customers import Customer
from registration.domain.errors import (
    InvalidFields,
    PasswordsDiffer,
    WeakPassword,
    WrongPassword,
)
from registration.entrypoints.account.desk import Desk
from registration.entrypoints.account.pages import PROFILE_FIELDS, AccountNotice
from registration.entrypoints.observability import count
from registration.entrypoints.web import app as web
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice, Target


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", "/account", _show),
        ("POST", "/account", _save),
        ("GET", "/account/password", _ask_for_password),
        ("POST", "/account/password", _change_password),
        ("POST", "/account/logout-everywhere", _sign_out_everywhere),
        ("GET", "/account/delete", _ask_before_deleting),
        ("POST", "/account/delete", _delete),
    ):
        desk.answer(method, path, answer)


def _show(desk: Desk) -> Response[str]:
    customer = _customer(desk)
    said = AccountNotice.of(desk.app.current_event.query_string_parameters.get("notice"))
    return desk.browser.page(desk.pages.profile(desk.browser.visit(), customer, said))


def _save(desk: Desk) -> Response[str]:
    form, customer, visit = desk.browser.form(), _customer(desk), desk.browser.visit()
    typed = {name: form[name] for name in PROFILE_FIELDS if name in form}
    try:
        desk.account.change_profile(customer, typed)
    except InvalidFields as error:
        errors = desk.writer.errors(visit.locale, error)
        page = desk.pages.profile(visit, customer, typed=typed, errors=errors)
        return desk.browser.page(page, error.status)
    return _account(AccountNotice.SAVED)


def _ask_for_password(desk: Desk) -> Response[str]:
    customer = _customer(desk)
    return desk.browser.page(desk.pages.password(desk.browser.visit(), customer))


def _change_password(desk: Desk) -> Response[str]:
    form, customer, visit = desk.browser.form(), _customer(desk), desk.browser.visit()
    typed = (form.get(name, "") for name in ("password", "new_password", "repeat_password"))
    try:
        changed = desk.account.change_password(customer, PasswordChange(*typed), desk.client)
    except WrongPassword as error:
        errors = desk.writer.errors(visit.locale, error)
        return desk.browser.page(desk.pages.password(visit, customer, errors), error.status)
    except (PasswordsDiffer, WeakPassword) as error:
        found = desk.writer.errors(visit.locale, error)
        errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
        return desk.browser.page(desk.pages.password(visit, customer, errors), error.status)
    count("PasswordChanged")
    # All sessions have ended with the old password, this browser's too.
    begun = desk.browser.signed_in(str(desk.open_session(changed)))
    return _account(AccountNotice.PASSWORD_CHANGED, begun)


def _sign_out_everywhere(desk: Desk) -> Response[str]:
    desk.browser.form()
    desk.account.sign_out_everywhere(_customer(desk))
    notice = Notice.LOGGED_OUT_EVERYWHERE
    return web.see_other(f"/login?notice={notice}", desk.browser.signed_out())


def _ask_before_deleting(desk: Desk) -> Response[str]:
    customer = _customer(desk)
    return desk.browser.page(desk.pages.delete(desk.browser.visit(), customer))


def _delete(desk: Desk) -> Response[str]:
    form, customer, visit = desk.browser.form(), _customer(desk), desk.browser.visit()
    try:
        desk.account.leave(customer, form.get("password", ""), desk.client)
    except WrongPassword as error:
        errors = desk.writer.errors(visit.locale, error)
        return desk.browser.page(desk.pages.delete(visit, customer, errors), error.status)
    count("Anonymised")
    notice = Notice.ACCOUNT_DELETED
    return web.see_other(f"/login?notice={notice}", desk.browser.signed_out())


def _customer(desk: Desk) -> Customer:
    return desk.gate.customer(Target.ACCOUNT)


def _account(notice: AccountNotice, cookies: list[Cookie] | None = None) -> Response[str]:
    return web.see_other(f"/account?notice={notice}", cookies)
