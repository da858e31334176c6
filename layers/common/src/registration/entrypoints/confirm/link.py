"""The page that a mail's link opens.

GET confirms only in the browser that signed up: mail scanners open links, and some
run scripts and press buttons. Everywhere else a password proves that a person does it.
"""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

from registration.application.customers.confirm import NewPassword
from registration.domain.customers import Customer, Origin
from registration.domain.errors import (
    AlreadyConfirmed,
    LinkRefused,
    PasswordsDiffer,
    RegistrationError,
    WeakPassword,
    WrongPassword,
)
from registration.domain.sessions import RefreshToken
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.observability import count, logger
from registration.entrypoints.web import http
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice, Target


def add_routes(app: ConfirmApp) -> None:
    """Answer this path."""
    for method, answer in (("GET", _follow), ("HEAD", _inspect), ("POST", _submit)):
        app.route(method, "/confirm", answer)


def _follow(app: ConfirmApp) -> Response[str]:
    token = app.query("token")
    try:
        customer = app.confirm.look(token)
        if app.confirm.by_browser(customer, app.browser.sign_up, app.evidence):
            onwards = f"&to={Target.CHECKOUT}" if customer.consent.origin is Origin.CHECKOUT else ""
            login = f"/login?notice={Notice.CONFIRMED}{onwards}"
            return _confirmed("browser", login, app.browser.sign_up_over())
    except LinkRefused as problem:
        return _explain(app, problem)
    return _ask(app, token, customer)


def _inspect(_app: ConfirmApp) -> Response[str]:
    """Tell a link checker that there is a page, and do nothing."""
    return http.page("")


def _submit(app: ConfirmApp) -> Response[str]:
    """Confirm with the password of the sign-up, or with a new one; that signs in, too."""
    form = app.browser.form()
    token, way = form.get("token", ""), form.get("way", "password")
    try:
        customer = app.confirm.look(token)
        try:
            session = _prove(app, customer, way, form)
        except (WeakPassword, WrongPassword, PasswordsDiffer) as error:
            return _ask(app, token, customer, error, way)
    except LinkRefused as problem:
        return _explain(app, problem)
    # Somebody may be logged in here who is not this customer.
    app.browsing.leave(app.browser.session)
    cookies = app.browser.signed_in(str(session))
    return _confirmed(way, "/account?notice=confirmed", cookies)


def _confirmed(way: str, path: str, cookies: list[Cookie]) -> Response[str]:
    count("Confirmed")
    logger.info("confirmed", extra={"way": way})
    return http.see_other(path, cookies)


def _explain(app: ConfirmApp, problem: LinkRefused) -> Response[str]:
    count(f"Link{type(problem).__name__}")
    if isinstance(problem, AlreadyConfirmed):
        return http.see_other(f"/login?notice={Notice.ALREADY_CONFIRMED}")
    return app.browser.page(app.pages.link_problem(app.browser.visit(), problem), 410)


def _prove(app: ConfirmApp, customer: Customer, way: str, form: dict[str, str]) -> RefreshToken:
    if way == "new_password":
        chosen = NewPassword(form.get("new_password", ""), form.get("repeat_password", ""))
        return app.confirm.by_new_password(customer, chosen, app.evidence, app.browser.client)
    password = form.get("password", "")
    return app.confirm.by_password(customer, password, app.evidence, app.browser.client)


def _ask(
    app: ConfirmApp,
    token: str,
    customer: Customer,
    error: RegistrationError | None = None,
    way: str = "",
) -> Response[str]:
    errors = app.writer.errors(app.browser.locale, error) if error else {}
    if way == "new_password":
        errors = {NEW_PASSWORD_FIELDS.get(field, field): text for field, text in errors.items()}
    page = app.pages.confirm(
        app.browser.visit(),
        token=token,
        has_password=customer.password_hash is not None,
        email=customer.email.typed,
        errors=errors,
    )
    return app.browser.page(page, error.status if error else 200)
