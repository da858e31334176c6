"""Opens, refreshes and ends sessions; shows the login page and the stylesheet."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.access_tokens import JwtAccessTokens
from registration.adapters.carts import DynamoDBCarts
from registration.adapters.customers import DynamoDBCustomers
from registration.adapters.limits import DynamoDBLimits
from registration.adapters.secrets import RotatingKeys
from registration.adapters.sessions import DynamoDBSessions
from registration.application.carts import TakeOverCart
from registration.application.limits import LoginGate
from registration.application.sign_in import SignIn, Tokens
from registration.domain.carts import Guest
from registration.entrypoints import json_api, oauth, web
from registration.entrypoints.identity import Gate, guest_id
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.pages import Notice, Pages, stylesheet
from registration.entrypoints.settings import SignInSettings


@cache
def _settings() -> SignInSettings:
    return SignInSettings.from_environment()


@cache
def _pages() -> Pages:
    return Pages(_settings().shop_name, _settings().default_locale)


@cache
def _customers() -> DynamoDBCustomers:
    return DynamoDBCustomers(_settings().customers_table, _settings().outbox_table)


@cache
def _access_tokens() -> JwtAccessTokens:
    return JwtAccessTokens(RotatingKeys(_settings().token_keys_secret))


@cache
def _sign_in() -> SignIn:
    table = _settings().customers_table
    gate = LoginGate(DynamoDBLimits(table), _settings().logins)
    sessions = DynamoDBSessions(table)
    return SignIn(gate, _customers(), sessions, _access_tokens(), web.utc_now, new_id)


@cache
def _take_over_cart() -> TakeOverCart:
    return TakeOverCart(DynamoDBCarts(_settings().customers_table), web.utc_now)


app = web.new_app(_pages)


@app.post("/access-tokens")
def create_access_token() -> Response[str]:
    """Sign in with an address and a password."""
    given = json_api.attributes(web.body_of(app), "access-tokens")
    username, password = json_api.required_texts(given, "username", "password")
    return _answer("access-tokens", _with_cart(_log_in(username, password)))


@app.post("/refresh-tokens")
def refresh() -> Response[str]:
    """Go on with a session."""
    given = json_api.attributes(web.body_of(app), "refresh-tokens")
    (token,) = json_api.required_texts(given, "refresh_token")
    return _answer("refresh-tokens", _sign_in().by_refresh_token(token))


@app.delete("/refresh-tokens/<token>")
def sign_out(token: str) -> Response[str]:
    """End a session, or all of them."""
    customer = Gate(_access_tokens(), _customers()).customer(app)
    _sign_in().sign_out(customer.reference, token)
    return json_api.answer(204)


@app.post("/token")
def token() -> Response[str]:
    """Sign in or go on, by OAuth 2.0's form."""

    def granted(username: str, password: str) -> Tokens:
        return _with_cart(_log_in(username, password))

    return oauth.token(web.oauth_form_of(app), granted, _sign_in().by_refresh_token)


@app.get("/")
def home() -> Response[str]:
    """Lead to the form: there is no shop around this service."""
    return web.see_other("/register")


@app.get("/login")
def login() -> Response[str]:
    """Show the login page, with the message that another page leads here with."""
    said = app.current_event.query_string_parameters.get("notice", "")
    notice = Notice(said) if said in set(Notice) else None
    return web.page(_pages().login(web.locale_of(app, _pages()), notice))


@app.post("/login")
def log_in() -> Response[str]:
    """Say that logging in is not possible here yet."""
    return web.page(_pages().login(web.locale_of(app, _pages()), Notice.NOT_YET), 503)


@app.get("/style.css")
def style() -> Response[str]:
    """Return the one stylesheet of all pages."""
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(200, "text/css; charset=utf-8", stylesheet(), headers)


def _log_in(username: str, password: str) -> Tokens:
    client = web.evidence_of(app, web.utc_now()).address
    return _sign_in().by_password(username, password, client)


def _with_cart(tokens: Tokens) -> Tokens:
    """Make the cart that the customer filled as a guest the customer's, if there is one."""
    count("SignedIn")
    if guest := guest_id(app):
        taken = _take_over_cart()(tokens.customer.reference, Guest.of(guest))
        count(f"GuestCart{taken.name.title()}")
    return tokens


def _answer(kind: str, tokens: Tokens) -> Response[str]:
    link = f"{web.own_url(app, _settings().public_url)}/{kind}"
    return json_api.answer(
        201, json_api.resource(kind, None, json_api.token_attributes(tokens), link)
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
