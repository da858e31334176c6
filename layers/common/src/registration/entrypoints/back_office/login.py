"""Staff signs in, accepts an invitation, signs out."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    AuthenticationFailed,
    LinkRefused,
    PasswordsDiffer,
    WeakPassword,
)
from registration.entrypoints.back_office.desk import Desk
from registration.entrypoints.back_office.pages import Said
from registration.entrypoints.back_office.staff_gate import LOGIN
from registration.entrypoints.web import app as web
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS

_HOME = "/back-office/customers"


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", "/back-office", _home),
        ("GET", "/back-office/login", _ask),
        ("POST", "/back-office/login", _enter),
        ("POST", "/back-office/logout", _leave),
        ("POST", "/back-office/logout-everywhere", _leave_everywhere),
        ("GET", "/back-office/invitation", _invited),
        ("POST", "/back-office/invitation", _accept),
    ):
        desk.answer(method, path, answer)


def _home(_desk: Desk) -> Response[str]:
    return web.see_other(_HOME)


def _ask(desk: Desk) -> Response[str]:
    return desk.browser.page(desk.pages.login(desk.browser.visit(), Said.of(desk.query("notice"))))


def _enter(desk: Desk) -> Response[str]:
    form = desk.browser.form()
    email = form.get("email", "")
    try:
        kept, _ = desk.sign_in.by_password(email, form.get("password", ""), desk.client)
    except AuthenticationFailed as error:
        visit = desk.browser.visit()
        page = desk.pages.login(visit, email=email, errors=desk.pages.errors(visit, error))
        return desk.browser.page(page, error.status)
    return web.see_other(_HOME, desk.gate.signed_in(kept))


def _leave(desk: Desk) -> Response[str]:
    desk.browser.form()
    desk.sign_in.sign_out(desk.gate.kept, desk.client)
    return web.see_other(f"{LOGIN}?notice={Said.SIGNED_OUT}", desk.gate.signed_out())


def _leave_everywhere(desk: Desk) -> Response[str]:
    desk.browser.form()
    desk.sign_in.sign_out_everywhere(desk.gate.member(), desk.client)
    return web.see_other(f"{LOGIN}?notice={Said.SIGNED_OUT}", desk.gate.signed_out())


def _invited(desk: Desk) -> Response[str]:
    token, visit = desk.query("token"), desk.browser.visit()
    try:
        member = desk.accept_invitation.look(token)
    except LinkRefused:
        return desk.browser.page(desk.pages.invitation_problem(visit), 410)
    return desk.browser.page(desk.pages.invitation(visit, token, member))


def _accept(desk: Desk) -> Response[str]:
    form, visit = desk.browser.form(), desk.browser.visit()
    token = form.get("token", "")
    chosen = form.get("new_password", ""), form.get("repeat_password", "")
    try:
        member = desk.accept_invitation.look(token)
        try:
            kept, _ = desk.accept_invitation(token, *chosen, desk.client)
        except (WeakPassword, PasswordsDiffer) as error:
            found = desk.pages.errors(visit, error)
            errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
            page = desk.pages.invitation(visit, token, member, errors)
            return desk.browser.page(page, error.status)
    except LinkRefused:
        return desk.browser.page(desk.pages.invitation_problem(visit), 410)
    return web.see_other(_HOME, desk.gate.signed_in(kept))
