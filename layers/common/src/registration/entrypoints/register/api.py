"""Signing up by the API: ``POST /customers``."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.carts import Guest
from registration.domain.customers import Origin
from registration.domain.fields.own import Place
from registration.entrypoints.clock import utc_now
from registration.entrypoints.observability import count
from registration.entrypoints.register.app import RegisterApp
from registration.entrypoints.web import http, json_api
from registration.entrypoints.web.bearer import guest_id
from registration.entrypoints.web.idempotency import keyed_request


def add_routes(app: RegisterApp) -> None:
    """Answer this call."""
    app.route("POST", "/customers", _create)


def _create(app: RegisterApp) -> Response[str]:
    given = json_api.attributes(http.body_of(app.event), "customers")
    sign_up = app.fields.at(Place.API).read_sign_up(
        given, utc_now().date(), app.settings.password_rules
    )
    anonymous = guest_id(app.event)
    guest = Guest.of(anonymous) if anonymous else None
    visitor = app.visitor(Origin.API, guest)
    customer = app.register(sign_up, visitor, keyed_request(app.event, given))
    count("SignedUp")
    link = f"{app.own_url}/customers/{customer.reference}"
    attributes = json_api.customer_attributes(customer)
    return app.resources(201, json_api.resource("customers", customer.reference, attributes, link))
