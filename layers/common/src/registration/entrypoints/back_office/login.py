"""Staff signs in, accepts an invitation, signs out."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    AuthenticationFailed,
    LinkRefused,
    PasswordsDiffer,
    WeakPassword,
)
from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.back_office.pages import Said
from registration.entrypoints.back_office.staff_gate import LOGIN
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS

_HOME = "/back-office/customers"


def add_routes(app: BackOfficeApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/back-office", _lead_home),
        ("GET", "/back-office/login", _show_login),
        ("POST", "/back-office/login", _log_in),
        ("POST", "/back-office/logout", _log_out),
        ("POST", "/back-office/logout-everywhere", _log_out_everywhere),
        ("GET", "/back-office/invitation", _show_invitation),
        ("POST", "/back-office/invitation", _accept_invitation),
    ):
        app.route(method, path, answer)


def _lead_home(_app: BackOfficeApp) -> Response[str]:
    return http.see_other(_HOME)


def _show_login(app: BackOfficeApp) -> Response[str]:
    return app.browser.page(app.pages.login(app.browser.visit(), Said.of(app.query("notice"))))


def _log_in(app: BackOfficeApp) -> Response[str]:
    form = app.browser.form()
    email = form.get("email", "")
    try:
        password = form.get("password", "")
        kept, _ = app.sign_in.by_password(email, password, app.browser.client)
    except AuthenticationFailed as error:
        visit = app.browser.visit()
        page = app.pages.login(visit, email=email, errors=app.pages.errors(visit, error))
        return app.browser.page(page, error.status)
    # The browser's earlier session ends, somebody else's perhaps.
    app.sign_in.sign_out(app.staff_gate.kept, app.client)
    return http.see_other(_HOME, app.staff_gate.signed_in(kept))


def _log_out(app: BackOfficeApp) -> Response[str]:
    app.browser.form()
    app.sign_in.sign_out(app.staff_gate.kept, app.client)
    return http.see_other(f"{LOGIN}?notice={Said.SIGNED_OUT}", app.staff_gate.signed_out())


def _log_out_everywhere(app: BackOfficeApp) -> Response[str]:
    app.browser.form()
    app.sign_in.sign_out_everywhere(app.staff_gate.member(), app.client)
    return http.see_other(f"{LOGIN}?notice={Said.SIGNED_OUT}", app.staff_gate.signed_out())


def _show_invitation(app: BackOfficeApp) -> Response[str]:
    token, visit = app.query("token"), app.browser.visit()
    try:
        member = app.accept_invitation.look(token)
    except LinkRefused:
        return app.browser.page(app.pages.invitation_problem(visit), 410)
    return app.browser.page(app.pages.invitation(visit, token, member))


def _accept_invitation(app: BackOfficeApp) -> Response[str]:
    form, visit = app.browser.form(), app.browser.visit()
    token = form.get("token", "")
    chosen = form.get("new_password", ""), form.get("repeat_password", "")
    try:
        member = app.accept_invitation.look(token)
        try:
            kept, _ = app.accept_invitation(token, *chosen, app.browser.client)
        except (WeakPassword, PasswordsDiffer) as error:
            found = app.pages.errors(visit, error)
            errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
            page = app.pages.invitation(visit, token, member, errors)
            return app.browser.page(page, error.status)
    except LinkRefused:
        return app.browser.page(app.pages.invitation_problem(visit), 410)
    return http.see_other(_HOME, app.staff_gate.signed_in(kept))
