"""Staff signs in and out, accepts an invitation, changes the password."""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    AuthenticationFailed,
    LinkRefused,
    PasswordsDiffer,
    WeakPassword,
    WrongPassword,
)
from registration.domain.sessions import BrowserToken
from registration.domain.staff.members import StaffMember
from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.back_office.pages import Said
from registration.entrypoints.back_office.staff_gate import LOGIN
from registration.entrypoints.rendering.page_writing import NOTHING
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
        ("GET", "/back-office/password", _ask_for_password),
        ("POST", "/back-office/password", _change_password),
        ("GET", "/back-office/invitation", _show_invitation),
        ("POST", "/back-office/invitation", _accept_invitation),
    ):
        app.route(method, path, answer)


def _lead_home(_app: BackOfficeApp) -> Response[str]:
    return http.see_other(_HOME)


def _show_login(app: BackOfficeApp) -> Response[str]:
    return app.show("login", said=Said.of(app.query("notice")), email="")


def _log_in(app: BackOfficeApp) -> Response[str]:
    form = app.browser.form()
    email = form.get("email", "")
    try:
        password = form.get("password", "")
        kept, member = app.sign_in.by_password(email, password, app.browser.client)
    except AuthenticationFailed as error:
        return app.show("login", error.status, said=None, email=email, errors=app.errors(error))
    return _signed_in(app, kept, member)


def _signed_in(app: BackOfficeApp, kept: BrowserToken, member: StaffMember) -> Response[str]:
    # The browser's earlier session ends, somebody else's perhaps.
    app.sign_in.sign_out(app.staff_gate.kept, app.client)
    return http.see_other(_HOME, app.staff_gate.signed_in(kept, member))


def _log_out(app: BackOfficeApp) -> Response[str]:
    app.browser.form()
    app.sign_in.sign_out(app.staff_gate.kept, app.client)
    return http.see_other(f"{LOGIN}?notice={Said.SIGNED_OUT}", app.staff_gate.signed_out())


def _log_out_everywhere(app: BackOfficeApp) -> Response[str]:
    app.browser.form()
    app.sign_in.sign_out_everywhere(app.staff_gate.member(), app.client)
    return http.see_other(f"{LOGIN}?notice={Said.SIGNED_OUT}", app.staff_gate.signed_out())


def _ask_for_password(app: BackOfficeApp) -> Response[str]:
    return app.show("password", member=app.staff_gate.member())


def _change_password(app: BackOfficeApp) -> Response[str]:
    member, form = app.staff_gate.member(), app.browser.form()
    current, chosen = form.get("password", ""), _chosen(form)
    try:
        kept = app.passwords.change(member, current, chosen, app.browser.client)
    except (WrongPassword, WeakPassword, PasswordsDiffer) as error:
        names = NOTHING if isinstance(error, WrongPassword) else NEW_PASSWORD_FIELDS
        errors = app.errors(error, names)
        return app.show("password", error.status, member=member, errors=errors)
    cookies = app.staff_gate.signed_in(kept, member)
    return http.see_other(f"{_HOME}?notice={Said.PASSWORD_CHANGED}", cookies)


def _chosen(form: Mapping[str, str]) -> tuple[str, str]:
    return form.get("new_password", ""), form.get("repeat_password", "")


def _show_invitation(app: BackOfficeApp) -> Response[str]:
    token = app.query("token")
    try:
        member = app.accept_invitation.look(token)
    except LinkRefused:
        return app.show("invitation_problem", 410)
    return app.show("invitation", token=token, invited=member)


def _accept_invitation(app: BackOfficeApp) -> Response[str]:
    form = app.browser.form()
    token = form.get("token", "")
    try:
        member = app.accept_invitation.look(token)
        try:
            kept = app.accept_invitation(token, _chosen(form), app.browser.client)
        except (WeakPassword, PasswordsDiffer) as error:
            content = {"token": token, "invited": member}
            errors = app.errors(error, NEW_PASSWORD_FIELDS)
            return app.show("invitation", error.status, errors=errors, **content)
    except LinkRefused:
        return app.show("invitation_problem", 410)
    return _signed_in(app, kept, member)
