"""Signs a customer up: ``POST /customers`` and the form at ``/register``."""

import secrets
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.customers import DynamoDBCustomers
from registration.adapters.limits import DynamoDBLimits
from registration.adapters.receipts import DynamoDBReceipts
from registration.application.limits import Gate
from registration.application.register import Register, Visitor
from registration.domain.carts import Guest
from registration.domain.customers import Origin
from registration.domain.errors import RegistrationError, TooManyAttempts
from registration.domain.fields import read_sign_up
from registration.entrypoints import json_api, web
from registration.entrypoints.idempotency import keyed_request
from registration.entrypoints.identity import guest_id
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.pages import Pages
from registration.entrypoints.settings import RegisterSettings


@cache
def _settings() -> RegisterSettings:
    return RegisterSettings.from_environment()


@cache
def _pages() -> Pages:
    return Pages(_settings().shop_name, _settings().default_locale)


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
        gate=Gate(DynamoDBLimits(settings.customers_table), settings.sign_ups),
        receipts=DynamoDBReceipts(settings.customers_table),
    )


app = web.new_app(_pages)


@app.post("/customers")
def create_customer() -> Response[str]:
    """Sign up by the API."""
    given = json_api.attributes(web.body_of(app), "customers")
    sign_up = read_sign_up(given, web.utc_now().date())
    customer = _register()(sign_up, _visitor(Origin.API), keyed_request(app, given))
    count("SignedUp")
    link = f"{web.own_url(app, _settings().public_url)}/customers/{customer.reference}"
    attributes = json_api.customer_attributes(customer)
    return json_api.answer(
        201, json_api.resource("customers", customer.reference, attributes, link)
    )


@app.get("/register")
def form() -> Response[str]:
    """Show the form."""
    return web.page(_pages().register(web.locale_of(app, _pages())))


@app.post("/register")
def submit_form() -> Response[str]:
    """Sign up by the form; show it again with what is wrong."""
    locale = web.locale_of(app, _pages())
    entered = web.form_of(app)
    given = {**entered, "locale": locale, "accepted_terms": entered.get("accepted_terms") == "true"}
    secret = secrets.token_urlsafe(32)
    try:
        sign_up = read_sign_up(given, web.utc_now().date())
        _register()(sign_up, _visitor(Origin.FORM, secret))
    except TooManyAttempts:
        raise
    except RegistrationError as error:
        errors = _pages().errors(locale, error)
        return web.page(_pages().register(locale, values=entered, errors=errors), error.status)
    count("SignedUp")
    secure = web.own_url(app, _settings().public_url).startswith("https:")
    max_age = int(_settings().unconfirmed_lifetime.total_seconds())
    cookie = web.browser_cookie(secret, secure=secure, max_age=max_age)
    return web.see_other("/register/almost-there", [cookie])


@app.get("/register/almost-there")
def almost_there() -> Response[str]:
    """Say that a mail is on its way."""
    return web.page(_pages().almost_there(web.locale_of(app, _pages())))


def _visitor(origin: Origin, browser_secret: str | None = None) -> Visitor:
    caller = web.evidence_of(app, web.utc_now())
    anonymous = guest_id(app)
    guest = Guest.of(anonymous) if anonymous else None
    return Visitor(origin, caller.address, caller.user_agent, browser_secret, guest)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
