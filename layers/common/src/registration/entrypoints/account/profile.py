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
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.account.pages import AccountNotice
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import PROFILE_FIELDS
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice, Target


def add_routes(app: AccountApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/account", _show),
        ("POST", "/account", _save),
        ("GET", "/account/password", _ask_for_password),
        ("POST", "/account/password", _change_password),
        ("POST", "/account/logout-everywhere", _sign_out_everywhere),
        ("GET", "/account/delete", _ask_before_deleting),
        ("POST", "/account/delete", _delete),
    ):
        app.route(method, path, answer)


def _show(app: AccountApp) -> Response[str]:
    customer = _customer(app)
    said = AccountNotice.of(app.event.query_string_parameters.get("notice"))
    return app.browser.page(app.pages.profile(app.browser.visit(), customer, said))


def _save(app: AccountApp) -> Response[str]:
    form, customer, visit = app.browser.form(), _customer(app), app.browser.visit()
    typed = {name: form[name] for name in PROFILE_FIELDS if name in form}
    try:
        app.account.change_profile(customer, typed)
    except InvalidFields as error:
        errors = app.writer.errors(visit.locale, error)
        page = app.pages.profile(visit, customer, typed=typed, errors=errors)
        return app.browser.page(page, error.status)
    return _account(AccountNotice.SAVED)


def _ask_for_password(app: AccountApp) -> Response[str]:
    customer = _customer(app)
    return app.browser.page(app.pages.password(app.browser.visit(), customer))


def _change_password(app: AccountApp) -> Response[str]:
    form, customer, visit = app.browser.form(), _customer(app), app.browser.visit()
    typed = (form.get(name, "") for name in ("password", "new_password", "repeat_password"))
    try:
        changed = app.account.change_password(customer, PasswordChange(*typed))
    except WrongPassword as error:
        errors = app.writer.errors(visit.locale, error)
        return app.browser.page(app.pages.password(visit, customer, errors), error.status)
    except (PasswordsDiffer, WeakPassword) as error:
        found = app.writer.errors(visit.locale, error)
        errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
        return app.browser.page(app.pages.password(visit, customer, errors), error.status)
    count("PasswordChanged")
    # All sessions have ended with the old password, this browser's too.
    begun = app.browser.signed_in(str(app.open_session(changed, app.browser.client)))
    return _account(AccountNotice.PASSWORD_CHANGED, begun)


def _sign_out_everywhere(app: AccountApp) -> Response[str]:
    app.browser.form()
    app.account.sign_out_everywhere(_customer(app))
    notice = Notice.LOGGED_OUT_EVERYWHERE
    return http.see_other(f"/login?notice={notice}", app.browser.signed_out())


def _ask_before_deleting(app: AccountApp) -> Response[str]:
    customer = _customer(app)
    return app.browser.page(app.pages.delete(app.browser.visit(), customer))


def _delete(app: AccountApp) -> Response[str]:
    form, customer, visit = app.browser.form(), _customer(app), app.browser.visit()
    try:
        app.account.leave(customer, form.get("password", ""))
    except WrongPassword as error:
        errors = app.writer.errors(visit.locale, error)
        return app.browser.page(app.pages.delete(visit, customer, errors), error.status)
    count("Anonymised")
    notice = Notice.ACCOUNT_DELETED
    return http.see_other(f"/login?notice={notice}", app.browser.signed_out())


def _customer(app: AccountApp) -> Customer:
    return app.gate.customer(Target.ACCOUNT)


def _account(notice: AccountNotice, cookies: list[Cookie] | None = None) -> Response[str]:
    return http.see_other(f"/account?notice={notice}", cookies)
