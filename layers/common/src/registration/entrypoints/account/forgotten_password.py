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
    return app.show("forgot_password", email="")


def _send_link(app: AccountApp) -> Response[str]:
    form = app.browser.form()
    try:
        if not app.forget_password(http.email_of(form), app.client):
            count("ForgottenPasswordMuted")
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        email = form.get("email", "")
        return app.show("forgot_password", error.status, email=email, errors=app.errors(error))
    return http.see_other("/forgot-password/sent")


def _tell(app: AccountApp) -> Response[str]:
    return app.show("forgot_password_sent")


def _ask_for_password(app: AccountApp) -> Response[str]:
    token = app.query("token")
    try:
        email = app.reset_password.look(token).email.typed
    except (ResetKeyWrong, PasswordNotChanged):
        return _explain(app)
    return app.show("restore_password", token=token, email=email)


def _save_password(app: AccountApp) -> Response[str]:
    form = app.browser.form()
    token = form.get("token", "")
    try:
        chosen = form.get("new_password", ""), form.get("repeat_password", "")
        changed = app.reset_password(token, *chosen, app.browser.client)
    except (ResetKeyWrong, PasswordNotChanged):
        return _explain(app)
    except (WeakPassword, PasswordsDiffer) as error:
        errors = app.errors(error, NEW_PASSWORD_FIELDS)
        return app.show("restore_password", error.status, token=token, email="", errors=errors)
    known = app.browser.known(changed.email)
    return http.see_other(f"/login?notice={Notice.PASSWORD_CHANGED}", [known])


def _explain(app: AccountApp) -> Response[str]:
    return app.show("restore_problem", 410)
