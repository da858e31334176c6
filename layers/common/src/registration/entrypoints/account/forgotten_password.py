"""The pages for whoever has forgotten a password."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    PasswordNotChanged,
    PasswordsDiffer,
    RegistrationError,
    ResetKeyWrong,
    TooManyAttempts,
    WeakPassword,
)
from registration.entrypoints.account.desk import Desk
from registration.entrypoints.observability import count
from registration.entrypoints.web import app as web
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", "/forgot-password", _ask_for_email),
        ("POST", "/forgot-password", _send_link),
        ("GET", "/forgot-password/sent", _tell),
        ("GET", "/restore-password", _ask_for_password),
        ("POST", "/restore-password", _save_password),
    ):
        desk.answer(method, path, answer)


def _ask_for_email(desk: Desk) -> Response[str]:
    return desk.browser.page(desk.public_pages.forgot_password(desk.browser.visit()))


def _send_link(desk: Desk) -> Response[str]:
    form, visit = desk.browser.form(), desk.browser.visit()
    try:
        if not desk.forget_password(web.email_of(form), desk.client):
            count("ForgottenPasswordMuted")
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        errors, email = desk.writer.errors(visit.locale, error), form.get("email", "")
        page = desk.public_pages.forgot_password(visit, email=email, errors=errors)
        return desk.browser.page(page, error.status)
    return web.see_other("/forgot-password/sent")


def _tell(desk: Desk) -> Response[str]:
    return desk.browser.page(desk.public_pages.forgot_password_sent(desk.browser.visit()))


def _ask_for_password(desk: Desk) -> Response[str]:
    token = desk.app.current_event.query_string_parameters.get("token", "")
    try:
        email = desk.reset_password.look(token).email.typed
    except (ResetKeyWrong, PasswordNotChanged):
        return _explain(desk)
    page = desk.public_pages.restore_password(desk.browser.visit(), token=token, email=email)
    return desk.browser.page(page)


def _save_password(desk: Desk) -> Response[str]:
    form, visit = desk.browser.form(), desk.browser.visit()
    token = form.get("token", "")
    try:
        desk.reset_password(token, form.get("new_password", ""), form.get("repeat_password", ""))
    except (ResetKeyWrong, PasswordNotChanged):
        return _explain(desk)
    except (WeakPassword, PasswordsDiffer) as error:
        found = desk.writer.errors(visit.locale, error)
        errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
        page = desk.public_pages.restore_password(visit, token=token, errors=errors)
        return desk.browser.page(page, error.status)
    return web.see_other(f"/login?notice={Notice.PASSWORD_CHANGED}")


def _explain(desk: Desk) -> Response[str]:
    return desk.browser.page(desk.public_pages.restore_problem(desk.browser.visit()), 410)
