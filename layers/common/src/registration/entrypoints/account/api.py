"""The account by the API: the profile, passwords, leaving."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.account import PasswordChange
from registration.domain.customers import Customer
from registration.domain.errors import (
    CustomerNotFound,
    Forbidden,
    ReferenceMissing,
    ResourceIdMissing,
)
from registration.entrypoints.account.desk import Desk
from registration.entrypoints.observability import count
from registration.entrypoints.web import app as web
from registration.entrypoints.web import json_api


def add_routes(desk: Desk) -> None:
    """Let the desk answer these calls."""
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
        desk.answer(method, path, answer)


def _list_oneself(desk: Desk) -> Response[str]:
    found = _resource(desk, desk.bearer.customer(desk.app))
    link = f"{desk.own_url}/customers"
    return json_api.answer(200, {"data": [found["data"]], "links": {"self": link}})


def _read(desk: Desk, reference: str) -> Response[str]:
    customer = desk.bearer.customer(desk.app)
    if customer.reference != reference:
        raise CustomerNotFound
    return json_api.answer(200, _resource(desk, customer))


def _change(desk: Desk, reference: str) -> Response[str]:
    customer = _oneself(desk, reference)
    given = json_api.attributes(web.body_of(desk.app), "customers")
    return json_api.answer(200, _resource(desk, desk.account.change_profile(customer, given)))


def _anonymise(desk: Desk, reference: str) -> Response[str]:
    desk.account.anonymise(_oneself(desk, reference))
    count("Anonymised")
    return json_api.answer(204)


def _change_password(desk: Desk, reference: str) -> Response[str]:
    customer = _oneself(desk, reference)
    given = json_api.attributes(web.body_of(desk.app), "customer-password")
    texts = json_api.required_texts(given, "password", "new_password", "confirm_password")
    desk.account.change_password(customer, PasswordChange(*texts), desk.client)
    return json_api.answer(204)


def _name_nobody(desk: Desk) -> Response[str]:
    desk.bearer.customer(desk.app)
    raise ReferenceMissing


def _forget_password(desk: Desk) -> Response[str]:
    # The answer is the same for every address.
    given = json_api.attributes(web.body_of(desk.app), "customer-forgotten-password")
    if not desk.forget_password(web.email_of(given), desk.client):
        count("ForgottenPasswordMuted")
    return json_api.answer(204)


def _restore_password(desk: Desk, key: str) -> Response[str]:
    # The mail's key is in the body; what the path names does not count.
    del key
    given = json_api.attributes(web.body_of(desk.app), "customer-restore-password")
    texts = json_api.required_texts(given, "restore_password_key", "password", "confirm_password")
    desk.reset_password(*texts)
    return json_api.answer(204)


def _name_no_key(_desk: Desk) -> Response[str]:
    raise ResourceIdMissing


def _oneself(desk: Desk, reference: str) -> Customer:
    customer = desk.bearer.customer(desk.app)
    if customer.reference != reference:
        raise Forbidden
    return customer


def _resource(desk: Desk, customer: Customer) -> dict[str, Any]:
    link = f"{desk.own_url}/customers/{customer.reference}"
    attributes = json_api.customer_attributes(customer)
    return json_api.resource("customers", customer.reference, attributes, link)
