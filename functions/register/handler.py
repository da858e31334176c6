"""Signs a customer up: ``POST /customers`` and the form at ``/register``."""

import secrets
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.dynamodb.idempotency import DynamoDBIdempotencyRecords
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.application.customers.register import Register, Visitor
from registration.application.rate_limits import RateLimiter
from registration.domain.carts import Guest
from registration.domain.customers import Origin
from registration.domain.errors import RegistrationError, TooManyAttempts
from registration.domain.profile import read_sign_up
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.settings import RegisterSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web import json_api
from registration.entrypoints.web.bearer import guest_id
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.idempotency import keyed_request
from registration.entrypoints.web.ids import new_id
from registration.entrypoints.web.pages import Pages


@cache
def _settings() -> RegisterSettings:
    return RegisterSettings.from_environment()


@cache
def _writer() -> PageWriter:
    return PageWriter.of(_settings())


@cache
def _pages() -> Pages:
    return Pages(_writer())


@cache
def _register() -> Register:
    settings = _settings()
    return Register(
        customers=DynamoDBCustomers(settings.customers_table, settings.outbox_table),
        clock=web.utc_now,
        new_id=new_id,
        store=settings.store,
        password_rules=settings.password_rules,
        existing_email=settings.existing_email,
        terms_version=settings.terms_version,
        lifetime=settings.unconfirmed_lifetime,
        rate_limiter=RateLimiter(DynamoDBLimits(settings.customers_table), settings.sign_ups),
        receipts=DynamoDBIdempotencyRecords(settings.customers_table),
    )


browser = Browser.with_app(_writer)
app = browser.app


@app.post("/customers")
def create_customer() -> Response[str]:
    """Sign up by the API."""
    given = json_api.attributes(web.body_of(app), "customers")
    sign_up = read_sign_up(given, web.utc_now().date())
    anonymous = guest_id(app)
    guest = Guest.of(anonymous) if anonymous else None
    customer = _register()(sign_up, _visitor(Origin.API, guest), keyed_request(app, given))
    count("SignedUp")
    link = f"{web.own_url(app, _settings().public_url)}/customers/{customer.reference}"
    attributes = json_api.customer_attributes(customer)
    return json_api.answer(
        201, json_api.resource("customers", customer.reference, attributes, link)
    )


@app.get("/register")
def ask() -> Response[str]:
    """Show the form."""
    return browser.page(_pages().register(browser.visit(), values={"from": _came_from()}))


@app.post("/register")
def submit() -> Response[str]:
    """Sign up by the form; show it again with what is wrong."""
    locale, entered = browser.locale, browser.form()
    given = {**entered, "locale": locale, "accepted_terms": entered.get("accepted_terms") == "true"}
    origin = Origin.CHECKOUT if entered.get("from") == Origin.CHECKOUT else Origin.FORM
    secret = secrets.token_urlsafe(32)
    try:
        sign_up = read_sign_up(given, web.utc_now().date())
        _register()(sign_up, _visitor(origin, browser.guest, secret))
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        errors = _writer().errors(locale, error)
        page = _pages().register(browser.visit(), values=entered, errors=errors)
        return browser.page(page, error.status)
    count("SignedUp")
    max_age = int(_settings().unconfirmed_lifetime.total_seconds())
    cookie = web.browser_cookie(secret, secure=browser.is_secure, max_age=max_age)
    from_checkout = f"?from={origin}" if origin is Origin.CHECKOUT else ""
    return web.see_other(f"/register/almost-there{from_checkout}", [cookie])


@app.get("/register/almost-there")
def almost_there() -> Response[str]:
    """Say that a mail is on its way."""
    from_checkout = _came_from() == Origin.CHECKOUT
    return browser.page(_pages().almost_there(browser.visit(), from_checkout=from_checkout))


def _came_from() -> str:
    return app.current_event.query_string_parameters.get("from", "")


def _visitor(origin: Origin, guest: Guest | None, browser_secret: str | None = None) -> Visitor:
    caller = web.evidence_of(app, web.utc_now())
    return Visitor(origin, caller.address, caller.user_agent, browser_secret, guest)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
