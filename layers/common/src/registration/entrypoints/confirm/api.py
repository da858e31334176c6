"""Confirming by the API, with the token of the link as the key or by the code beside it."""

from aws_lambda_powertools.event_handler import Response

from registration.domain.links import digits_of
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.observability import count
from registration.entrypoints.web import http, json_api


def add_routes(app: ConfirmApp) -> None:
    """Answer these calls."""
    for method, path, answer in (
        ("POST", "/customer-confirmation", _confirm),
        ("POST", "/customer-confirmation-requests", _send_again),
    ):
        app.route(method, path, answer)


def _confirm(app: ConfirmApp) -> Response[str]:
    given = json_api.attributes(http.body_of(app.event), "customer-confirmation")
    if "code" in given:
        code, reference = json_api.required_texts(given, "code", "customer_reference")
        app.confirm.by_code_and_reference(reference, digits_of(code), app.evidence)
    else:
        (key,) = json_api.required_texts(given, "registration_key")
        app.confirm.by_key(key, app.evidence)
    count("Confirmed")
    return json_api.answer(204)


def _send_again(app: ConfirmApp) -> Response[str]:
    given = json_api.attributes(http.body_of(app.event), "customer-confirmation-requests")
    app.send_again(http.email_of(given))
    return json_api.answer(204)
