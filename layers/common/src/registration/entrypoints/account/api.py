"""The account by the API: the profile, passwords, leaving."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.account import PasswordChange
from registration.domain.customers import Customer
from registration.domain.errors import CustomerNotFound, Forbidden, ResourceIdMissing
from registration.domain.fields.own import Place
from registration.domain.profile import CURRENT_PASSWORD, new_password
from registration.domain.rate_limits import Client
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.account.consents import withdrawal_url
from registration.entrypoints.clock import utc_now
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.api_names import api_name
from registration.entrypoints.web import http, json_api


def add_routes(app: AccountApp) -> None:
    """Answer these calls."""
    for method, path, answer in (
        ("GET", "/customers", _list_oneself),
        ("GET", "/customers/<reference>", _read),
        ("PATCH", "/customers/<reference>", _change),
        ("DELETE", "/customers/<reference>", _anonymise),
        ("PATCH", "/customer-password/<reference>", _change_password),
        ("PATCH", "/customers", _name_nobody),
        ("DELETE", "/customers", _name_nobody),
        ("PATCH", "/customer-password", _name_nobody),
        ("POST", "/customer-forgotten-password", _forget_password),
        ("PATCH", "/customer-restore-password/<key>", _restore_password),
        ("PATCH", "/customer-restore-password", _name_no_key),
    ):
        app.route(method, path, answer)


def _list_oneself(app: AccountApp) -> Response[str]:
    found = _resource(app, app.bearer.customer(app.event))
    link = f"{app.own_url}/customers"
    return app.resources(200, {"data": [found["data"]], "links": {"self": link}})


def _read(app: AccountApp, reference: str) -> Response[str]:
    customer = app.bearer.customer(app.event)
    if customer.reference != reference:
        raise CustomerNotFound
    return app.resources(200, _resource(app, customer))


def _change(app: AccountApp, reference: str) -> Response[str]:
    customer = app.bearer.customer(app.event)
    asked = app.fields.at(Place.API)
    given = json_api.attributes(http.body_of(app.event), "customers", asked.own)
    asked.changed(customer.profile, given, utc_now().date())  # flaws come before whose it is
    changed = app.account.change_profile(
        _oneself(customer, reference), given, Place.API, app.evidence
    )
    return app.resources(200, _resource(app, changed))


def _anonymise(app: AccountApp, reference: str) -> Response[str]:
    app.account.anonymise(_oneself(app.bearer.customer(app.event), reference))
    count("Anonymised")
    return json_api.answer(204)


def _change_password(app: AccountApp, reference: str) -> Response[str]:
    customer = app.bearer.customer(app.event)
    given = json_api.attributes(http.body_of(app.event), "customer-password")
    chosen = new_password(app.settings.password_rules, "new_password")
    texts = json_api.required_texts(given, CURRENT_PASSWORD, *chosen)
    app.account.change_password(_oneself(customer, reference), PasswordChange(*texts))
    return json_api.answer(204)


def _name_nobody(app: AccountApp) -> Response[str]:
    app.bearer.customer(app.event)
    raise ResourceIdMissing


def _forget_password(app: AccountApp) -> Response[str]:
    # The answer is the same for every address.
    given = json_api.attributes(http.body_of(app.event), "customer-forgotten-password")
    if not app.forget_password(http.email_of(given), app.client):
        count("ForgottenPasswordMuted")
    return json_api.answer(204)


def _restore_password(app: AccountApp, key: str) -> Response[str]:
    # The mail's key is in the body; what the path names does not count.
    del key
    given = json_api.attributes(http.body_of(app.event), "customer-restore-password")
    chosen = new_password(app.settings.password_rules)
    texts = json_api.required_texts(given, "restore_password_key", *chosen)
    key, password, repetition = texts
    app.reset_password(key, password, repetition, Client(app.client))
    return json_api.answer(204)


def _name_no_key(_app: AccountApp) -> Response[str]:
    raise ResourceIdMissing


def _oneself(customer: Customer, reference: str) -> Customer:
    if customer.reference != reference:
        raise Forbidden
    return customer


def _resource(app: AccountApp, customer: Customer) -> dict[str, Any]:
    link = f"{app.own_url}/customers/{customer.reference}"
    attributes = json_api.customer_attributes(customer, app.fields.at(Place.API))
    found = json_api.resource("customers", customer.reference, attributes, link)
    found["data"]["links"] |= _withdrawals(app, customer)
    return found


def _withdrawals(app: AccountApp, customer: Customer) -> dict[str, str]:
    """Return the links that withdraw consents, for the mails that a newsletter's tool sends."""
    names = [each.agreement.name for each in customer.active_consents]
    return {api_name(f"withdraw_{name}"): withdrawal_url(app, customer, name) for name in names}
