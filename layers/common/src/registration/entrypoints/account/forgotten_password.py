"""The pages of a forgotten password."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    PasswordNotChanged,
    PasswordsDiffer,
    RegistrationError,
    ResetKeyWrong,
    TooManyAttempts,
    WeakPassword,
)
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.observability import count
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice


def add_routes(app: AccountApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/forgot-password", _ask_for_email),
        ("POST", "/forgot-password", _send_link),
        ("GET", "/forgot-password/sent", _tell),
        ("GET", "/restore-password", _ask_for_password),
        ("POST", "/restore-password", _save_password),
    ):
        app.route(method, path, answer)


def _ask_for_email(app: AccountApp) -> Response[str]:
    return app.browser.page(app.public_pages.forgot_password(app.browser.visit()))


def _send_link(app: AccountApp) -> Response[str]:
    form, visit = app.browser.form(), app.browser.visit()
    try:
        if not app.forget_password(http.email_of(form), app.client):
            count("ForgottenPasswordMuted")
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        errors, email = app.writer.errors(visit.locale, error), form.get("email", "")
        page = app.public_pages.forgot_password(visit, email=email, errors=errors)
        return app.browser.page(page, error.status)
    return http.see_other("/forgot-password/sent")


def _tell(app: AccountApp) -> Response[str]:
    return app.browser.page(app.public_pages.forgot_password_sent(app.browser.visit()))


def _ask_for_password(app: AccountApp) -> Response[str]:
    token = app.event.query_string_parameters.get("token", "")
    try:
        email = app.reset_password.look(token).email.typed
    except (ResetKeyWrong, PasswordNotChanged):
        return _explain(app)
    page = app.public_pages.restore_password(app.browser.visit(), token=token, email=email)
    return app.browser.page(page)


def _save_password(app: AccountApp) -> Response[str]:
    form, visit = app.browser.form(), app.browser.visit()
    token = form.get("token", "")
    try:
        chosen = form.get("new_password", ""), form.get("repeat_password", "")
        app.reset_password(token, *chosen, app.browser.client)
    except (ResetKeyWrong, PasswordNotChanged):
        return _explain(app)
    except (WeakPassword, PasswordsDiffer) as error:
        found = app.writer.errors(visit.locale, error)
        errors = {NEW_PASSWORD_FIELDS.get(name, name): text for name, text in found.items()}
        page = app.public_pages.restore_password(visit, token=token, errors=errors)
        return app.browser.page(page, error.status)
    return http.see_other(f"/login?notice={Notice.PASSWORD_CHANGED}", app.browser.known())


def _explain(app: AccountApp) -> Response[str]:
    return app.browser.page(app.public_pages.restore_problem(app.browser.visit()), 410)
