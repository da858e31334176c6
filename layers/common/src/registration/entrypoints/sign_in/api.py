"""Sessions by the API: access tokens, refresh tokens, OAuth 2.0's token endpoint."""

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.sign_in import Tokens
from registration.domain.carts import Guest
from registration.domain.errors import Malformed, ResourceIdMissing
from registration.domain.rate_limits import Client
from registration.entrypoints.observability import count
from registration.entrypoints.sign_in.app import SignInApp
from registration.entrypoints.web import http, json_api, oauth
from registration.entrypoints.web.bearer import guest_id


def add_routes(app: SignInApp) -> None:
    """Answer these calls."""
    for method, path, answer in (
        ("POST", "/access-tokens", _create_access_token),
        ("POST", "/refresh-tokens", _refresh),
        ("DELETE", "/refresh-tokens/<token>", _sign_out),
        ("DELETE", "/refresh-tokens", _name_no_token),
        ("POST", "/token", _token),
    ):
        app.route(method, path, answer)


def _create_access_token(app: SignInApp) -> Response[str]:
    given = json_api.attributes(http.body_of(app.event), "access-tokens")
    username, password = json_api.required_texts(given, "username", "password")
    return _answer(app, "access-tokens", _log_in(app, username, password))


def _refresh(app: SignInApp) -> Response[str]:
    given = json_api.attributes(http.body_of(app.event), "refresh-tokens")
    (token,) = json_api.required_texts(given, "refresh_token")
    return _answer(app, "refresh-tokens", app.sign_in.by_refresh_token(token))


def _sign_out(app: SignInApp, token: str) -> Response[str]:
    customer = app.bearer.customer(app.event)
    app.sign_in.sign_out(customer.reference, token)
    return json_api.answer(204)


def _name_no_token(app: SignInApp) -> Response[str]:
    app.bearer.customer(app.event)
    raise ResourceIdMissing


def _token(app: SignInApp) -> Response[str]:
    def granted(username: str, password: str) -> Tokens:
        return _log_in(app, username, password)

    try:
        form = http.oauth_form_of(app.event)
    except Malformed:
        what = "The body is no form in UTF-8, or has a parameter twice."
        return oauth.refused("invalid_request", what)
    return oauth.token(form, granted, app.sign_in.by_refresh_token)


def _log_in(app: SignInApp, username: str, password: str) -> Tokens:
    """Sign in, and make the cart that the customer filled as a guest the customer's."""
    tokens = app.sign_in.by_password(username, password, Client(app.client))
    count("SignedIn")
    if guest := guest_id(app.event):
        app.take_over_cart(tokens.customer.reference, Guest.of(guest))
    return tokens


def _answer(app: SignInApp, kind: str, tokens: Tokens) -> Response[str]:
    attributes = json_api.token_attributes(kind, tokens)
    return json_api.answer(201, json_api.resource(kind, None, attributes, f"{app.own_url}/{kind}"))
