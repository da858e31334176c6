"""Follows the link of a mail, on pages and by the API, and sends it again.

GET confirms only in the browser that signed up: mail scanners open links, and some
run scripts and press buttons. Everywhere else a password proves that a person does it.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.customers.confirm import Confirm, NewPassword
from registration.application.customers.renew_link import RenewLink
from registration.application.rate_limits import RateLimiter
from registration.domain.customers import Customer, Evidence, Origin
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    LinkRefused,
    PasswordsDiffer,
    RegistrationError,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from registration.domain.sessions import RefreshToken
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.settings import ConfirmSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web import json_api
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.ids import new_id
from registration.entrypoints.web.pages import NEW_PASSWORD_FIELDS, Notice, Pages, Target


@cache
def _settings() -> ConfirmSettings:
    return ConfirmSettings.from_environment()


@cache
def _writer() -> PageWriter:
    return PageWriter.of(_settings())


@cache
def _pages() -> Pages:
    return Pages(_writer())


@cache
def _customers() -> DynamoDBCustomers:
    return DynamoDBCustomers(_settings().customers_table, _settings().outbox_table)


@cache
def _confirm() -> Confirm:
    links = SecretLinks(RotatingKeys(_settings().link_keys_secret))
    return Confirm(_customers(), links, web.utc_now, new_id, _settings().password_rules)


@cache
def _renew_link() -> RenewLink:
    gate = RateLimiter(DynamoDBLimits(_settings().customers_table), _settings().resends)
    return RenewLink(_customers(), web.utc_now, new_id, _settings().unconfirmed_lifetime, gate)


browser = Browser.with_app(_writer)
app = browser.app


@app.get("/confirm")
def follow() -> Response[str]:
    """Confirm in the browser that signed up; show the page elsewhere."""
    token = app.current_event.query_string_parameters.get("token", "")
    try:
        customer = _confirm().look(token)
        if _confirm().by_browser(customer, web.cookie_of(app, web.BROWSER_COOKIE), _proof()):
            onwards = f"&to={Target.CHECKOUT}" if customer.consent.origin is Origin.CHECKOUT else ""
            return _confirmed("browser", f"/login?notice={Notice.CONFIRMED}{onwards}", [])
    except LinkRefused as problem:
        return _explain(problem)
    return _ask(token, customer)


@app.head("/confirm")
def inspect() -> Response[str]:
    """Tell a link checker that there is a page, and do nothing."""
    return web.page("")


@app.post("/confirm")
def submit() -> Response[str]:
    """Confirm with the password of the sign-up, or with a new one; that signs in, too."""
    form = browser.form()
    token, way = form.get("token", ""), form.get("way", "password")
    try:
        customer = _confirm().look(token)
        try:
            session = _prove(customer, way, form)
        except (WeakPassword, WrongPassword, PasswordsDiffer) as error:
            return _ask(token, customer, error, way)
    except LinkRefused as problem:
        return _explain(problem)
    return _confirmed(way, "/account?notice=confirmed", browser.signed_in(str(session)))


@app.get("/confirm/new-link")
def ask_for_link() -> Response[str]:
    """Show the form that asks for a new mail."""
    return browser.page(_pages().new_link(browser.visit()))


@app.post("/confirm/new-link")
def send_link() -> Response[str]:
    """Send the mail again; the answer is the same for every address."""
    form = browser.form()
    try:
        _send_again(web.email_of(form))
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        errors = _writer().errors(browser.locale, error)
        page = _pages().new_link(browser.visit(), email=form.get("email", ""), errors=errors)
        return browser.page(page, error.status)
    return web.see_other("/confirm/new-link/sent")


@app.get("/confirm/new-link/sent")
def link_sent() -> Response[str]:
    """Say that a mail is on its way, if there is somebody to send it to."""
    return browser.page(_pages().new_link_sent(browser.visit()))


@app.post("/customer-confirmation")
def confirm_by_key() -> Response[str]:
    """Confirm by the API, with the token of the link as the key."""
    given = json_api.attributes(web.body_of(app), "customer-confirmation")
    (key,) = json_api.required_texts(given, "registration_key")
    _confirm().by_key(key, _proof())
    count("Confirmed")
    return json_api.answer(204)


@app.post("/customer-confirmation-requests")
def request_confirmation() -> Response[str]:
    """Send the mail again by the API."""
    given = json_api.attributes(web.body_of(app), "customer-confirmation-requests")
    _send_again(web.email_of(given))
    return json_api.answer(204)


def _send_again(email: EmailAddress) -> None:
    if not _renew_link()(email, _proof().address):
        count("ResendMuted")


def _proof() -> Evidence:
    return web.evidence_of(app, web.utc_now())


def _confirmed(way: str, path: str, cookies: list[Cookie]) -> Response[str]:
    count("Confirmed")
    logger.info("confirmed", extra={"way": way})
    forgotten = web.browser_cookie("", secure=browser.is_secure, max_age=0)
    return web.see_other(path, [forgotten, *cookies])


def _explain(problem: LinkRefused) -> Response[str]:
    count(f"Link{type(problem).__name__}")
    if isinstance(problem, AlreadyConfirmed):
        return web.see_other(f"/login?notice={Notice.ALREADY_CONFIRMED}")
    return browser.page(_pages().link_problem(browser.visit(), problem), 410)


def _prove(customer: Customer, way: str, form: dict[str, str]) -> RefreshToken:
    if way == "new_password":
        chosen = NewPassword(form.get("new_password", ""), form.get("repeat_password", ""))
        return _confirm().by_new_password(customer, chosen, _proof())
    return _confirm().by_password(customer, form.get("password", ""), _proof())


def _ask(
    token: str, customer: Customer, error: RegistrationError | None = None, way: str = ""
) -> Response[str]:
    errors = _writer().errors(browser.locale, error) if error else {}
    if way == "new_password":
        errors = {NEW_PASSWORD_FIELDS.get(field, field): text for field, text in errors.items()}
    page = _pages().confirm(
        browser.visit(),
        token=token,
        has_password=customer.password_hash is not None,
        email=customer.email.typed,
        errors=errors,
    )
    return browser.page(page, error.status if error else 200)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
