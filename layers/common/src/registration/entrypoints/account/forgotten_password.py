"""The pages of a forgotten password."""

from collections.abc import Mapping
from functools import partial

from aws_lambda_powertools.event_handler import Response

from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    PasswordNotChanged,
    PasswordsDiffer,
    RegistrationError,
    ResetKeyWrong,
    TooManyAttempts,
    WeakPassword,
)
from registration.domain.links import digits_of
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.web import http
from registration.entrypoints.web.awaited_mail import AwaitedMail
from registration.entrypoints.web.pages import CODE_ERRORS, NEW_PASSWORD_FIELDS, Notice


def add_routes(app: AccountApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/forgot-password", _ask_for_email),
        ("POST", "/forgot-password", _send_link),
        ("GET", "/forgot-password/sent", _tell),
        ("POST", "/forgot-password/code", _exchange),
        ("GET", "/restore-password", _ask_for_password),
        ("POST", "/restore-password", _save_password),
    ):
        app.route(method, path, answer)


def _ask_for_email(app: AccountApp) -> Response[str]:
    return app.show("forgot_password", email="")


def _send_link(app: AccountApp) -> Response[str]:
    form = app.browser.form()
    try:
        email = http.email_of(form)
        told = _told_in(app, email)
        if not app.forget_password(email, app.client, told.secret):
            count("ForgottenPasswordMuted")
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        typed = form.get("email", "")
        return app.show("forgot_password", error.status, email=typed, errors=app.errors(error))
    kept = app.browser.forgot(told, app.settings.reset_lifetime)
    return http.see_other("/forgot-password/sent", kept)


def _told_in(app: AccountApp, email: EmailAddress) -> AwaitedMail:
    # There may be no newer mail, if an address has had many: the code before goes on to work.
    earlier = app.browser.forgotten
    same = earlier and earlier.email and earlier.email.normalised == email.normalised
    return earlier if earlier and same else AwaitedMail.of({"email": email.typed})


def _tell(app: AccountApp, status: int = 200, errors: Mapping[str, str] = NOTHING) -> Response[str]:
    told = app.browser.forgotten
    return app.show("forgot_password_sent", status, email=told and told.email, errors=errors)


def _exchange(app: AccountApp) -> Response[str]:
    """Lead to where the link leads beside which the code stands."""
    form, told = app.browser.form(), app.browser.forgotten
    if told is None or (email := told.email) is None:
        return http.see_other("/forgot-password")
    try:
        digits = digits_of(form.get("code", ""))
        token = app.exchange_code.for_new_password(email, digits, told.secret, app.client)
    except CODE_ERRORS as error:
        return app.code_refused(error, partial(_tell, app))
    return http.see_other(f"/restore-password?token={token}")


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
    cookies = [app.browser.known(changed.email), *app.browser.forgotten_over()]
    return http.see_other(f"/login?notice={Notice.PASSWORD_CHANGED}", cookies)


def _explain(app: AccountApp) -> Response[str]:
    return app.show("restore_problem", 410)
