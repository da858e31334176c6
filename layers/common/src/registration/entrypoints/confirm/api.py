"""Confirming by the API, with the token of the link as the key; asking for a new mail."""

from aws_lambda_powertools.event_handler import Response

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
    (key,) = json_api.required_texts(given, "registration_key")
    app.confirm.by_key(key, app.evidence)
    count("Confirmed")
    return json_api.answer(204)


def _send_again(app: ConfirmApp) -> Response[str]:
    given = json_api.attributes(http.body_of(app.event), "customer-confirmation-requests")
    app.send_again(http.email_of(given))
    return json_api.answer(204)
