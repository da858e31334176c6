"""The pages of another e-mail address: asking for it, proving it, restoring the one before.

No link does anything by itself, because mail scanners follow links and press buttons: each leads to
a page that asks for a password.
"""

from functools import partial

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    AlreadyConfirmed,
    EmailInUse,
    EmailTooLong,
    InvalidEmail,
    InvalidFields,
    LinkRefused,
    PasswordsDiffer,
    RegistrationError,
    WeakPassword,
    WrongPassword,
)
from registration.domain.links import digits_of
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.account.profile import (
    AccountNotice,
    account,
    customer_of,
    profile_page,
)
from registration.entrypoints.clock import utc_now
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import CODE_ERRORS, NEW_PASSWORD_FIELDS, Notice

_FORM_ERRORS = (InvalidFields, InvalidEmail, EmailTooLong, EmailInUse, WrongPassword)


def add_routes(app: AccountApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/account/email", _ask_for_email),
        ("POST", "/account/email", _ask_for_proof),
        ("POST", "/account/email/code", _exchange),
        ("GET", "/confirm-email", _ask_for_password),
        ("POST", "/confirm-email", _change),
        ("GET", "/restore-email", _ask_for_new_password),
        ("POST", "/restore-email", _restore),
    ):
        app.route(method, path, answer)


def _ask_for_email(app: AccountApp) -> Response[str]:
    return app.show("account_email", current=customer_of(app).email.typed, email="")


def _ask_for_proof(app: AccountApp) -> Response[str]:
    form, customer = app.browser.form(), customer_of(app)
    email, password = form.get("email", ""), form.get("password", "")
    try:
        asking = app.account.change_email(customer, email, password, app.evidence)
    except _FORM_ERRORS as error:
        content = {"current": customer.email.typed, "email": email, "errors": app.errors(error)}
        return app.show("account_email", error.status, **content)
    is_new = asking.new_email != customer.new_email
    return account(AccountNotice.EMAIL_ASKED if is_new else AccountNotice.SAVED)


def _exchange(app: AccountApp) -> Response[str]:
    """Lead to where the link leads beside which the code stands."""
    form, customer = app.browser.form(), customer_of(app)
    new = customer.waiting_email(utc_now())
    if new is None or new.since is None:
        return http.see_other("/account")
    try:
        digits = digits_of(form.get("code", ""))
        token = app.exchange_code.for_new_email(customer, digits, app.client)
    except CODE_ERRORS as error:
        return app.code_refused(error, partial(profile_page, app, customer))
    return http.see_other(f"/confirm-email?token={token}")


def _ask_for_password(app: AccountApp) -> Response[str]:
    return _confirm_page(app, app.query("token"))


def _change(app: AccountApp) -> Response[str]:
    form = app.browser.form()
    token = form.get("token", "")
    try:
        password, client = form.get("password", ""), app.browser.client
        changed = app.emails.prove(token, password, app.evidence, client)
    except LinkRefused as problem:
        return _explain(app, problem, "confirm_email")
    except (EmailInUse, WrongPassword) as error:
        return _confirm_page(app, token, error)
    count("EmailChanged")
    # Somebody may be logged in here who is not this customer.
    app.browsing.leave(app.browser.session)
    session = app.open_session(changed, app.browser.client)
    begun = app.browser.signed_in(str(session), changed.email)
    return account(AccountNotice.EMAIL_CHANGED, begun)


def _confirm_page(
    app: AccountApp, token: str, error: RegistrationError | None = None
) -> Response[str]:
    try:
        customer, new = app.emails.look(token)
    except LinkRefused as problem:
        return _explain(app, problem, "confirm_email")
    return app.show(
        "confirm_email",
        error.status if error else 200,
        token=token,
        email=new.email.typed,
        has_password=bool(customer.password_hash),
        errors=app.errors(error) if error else NOTHING,
    )


def _ask_for_new_password(app: AccountApp) -> Response[str]:
    return _restore_page(app, app.query("token"))


def _restore(app: AccountApp) -> Response[str]:
    form = app.browser.form()
    token = form.get("token", "")
    chosen = form.get("new_password", ""), form.get("repeat_password", "")
    try:
        restored = app.emails.restore(token, *chosen, app.evidence, app.browser.client)
    except LinkRefused as problem:
        return _explain(app, problem, "restore_email")
    except (WeakPassword, PasswordsDiffer) as error:
        return _restore_page(app, token, error)
    count("EmailRestored")
    cookies = [*app.browser.session_over(), app.browser.known(restored.email)]
    return http.see_other(f"/login?notice={Notice.EMAIL_RESTORED}", cookies)


def _restore_page(
    app: AccountApp, token: str, error: RegistrationError | None = None
) -> Response[str]:
    try:
        _, former = app.emails.look_back(token)
    except LinkRefused as problem:
        return _explain(app, problem, "restore_email")
    return app.show(
        "restore_email",
        error.status if error else 200,
        token=token,
        email=former.email.typed,
        errors=app.errors(error, NEW_PASSWORD_FIELDS) if error else NOTHING,
    )


def _explain(app: AccountApp, problem: LinkRefused, way: str) -> Response[str]:
    count(f"Link{type(problem).__name__}")
    if isinstance(problem, AlreadyConfirmed):
        return http.see_other(f"/login?notice={Notice.ALREADY_CONFIRMED}")
    return app.show("email_problem", 410, way=way)
