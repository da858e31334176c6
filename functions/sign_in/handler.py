"""Opens, refreshes and ends sessions, by the API and on pages; serves what pages load."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.adapters.secrets import RotatingKeys
from registration.application.carts import TakeOverCart
from registration.application.customers.browser_session import BrowserSessions
from registration.application.customers.sign_in import SignIn, Tokens
from registration.application.rate_limits import LoginRateLimiter
from registration.domain.carts import Guest
from registration.domain.errors import AuthenticationFailed
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.rendering.page_writing import PageWriter, asset
from registration.entrypoints.settings import SignInSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web import json_api, oauth
from registration.entrypoints.web.bearer import BearerAuth, guest_id
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.ids import new_id
from registration.entrypoints.web.pages import Notice, Pages, Target


@cache
def _settings() -> SignInSettings:
    return SignInSettings.from_environment()


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
def _access_tokens() -> JwtAccessTokens:
    return JwtAccessTokens(RotatingKeys(_settings().token_keys_secret))


@cache
def _sign_in() -> SignIn:
    table = _settings().customers_table
    gate = LoginRateLimiter(DynamoDBLimits(table), _settings().logins)
    sessions = DynamoDBSessions(table)
    return SignIn(gate, _customers(), sessions, _access_tokens(), web.utc_now, new_id)


@cache
def _browsing() -> BrowserSessions:
    return BrowserSessions(DynamoDBSessions(_settings().customers_table), web.utc_now)


@cache
def _take_over_cart() -> TakeOverCart:
    return TakeOverCart(DynamoDBCarts(_settings().customers_table), web.utc_now)


browser = Browser.with_app(_writer)
app = browser.app


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
    customer = BearerAuth(_access_tokens(), _customers()).customer(app)
    _sign_in().sign_out(customer.reference, token)
    return json_api.answer(204)


@app.post("/token")
def token() -> Response[str]:
    """Sign in or go on, by OAuth 2.0's form."""

    def granted(username: str, password: str) -> Tokens:
        return _with_cart(_log_in(username, password))

    return oauth.token(web.oauth_form_of(app), granted, _sign_in().by_refresh_token)


@app.get("/login")
def ask() -> Response[str]:
    """Show the login page, with the message that another page leads here with."""
    said = app.current_event.query_string_parameters
    notice = Notice.of(said.get("notice"))
    return browser.page(_pages().login(browser.visit(), notice, to=Target.of(said.get("to"))))


@app.post("/login")
def enter() -> Response[str]:
    """Log a browser in; show the page again with what is wrong."""
    form = browser.form()
    email, target = form.get("email", ""), Target.of(form.get("to"))
    try:
        session, customer = _sign_in().in_browser(email, form.get("password", ""), _client())
    except AuthenticationFailed as error:
        errors = _writer().errors(browser.locale, error)
        page = _pages().login(browser.visit(), email=email, errors=errors, to=target)
        return browser.page(page, error.status)
    count("SignedIn")
    # Whoever was logged in here before is not any more.
    _browsing().leave(browser.session)
    if guest := browser.guest:
        _take_over(customer.reference, guest)
    return web.see_other((target or Target.ACCOUNT).path, browser.signed_in(str(session)))


@app.post("/logout")
def leave() -> Response[str]:
    """End the browser's session, here and on the server."""
    browser.form()
    _browsing().leave(browser.session)
    return web.see_other(f"/login?notice={Notice.LOGGED_OUT}", browser.signed_out())


@app.get("/style.css")
def style() -> Response[str]:
    """Return the one stylesheet of all pages."""
    return web.asset_answer("text/css; charset=utf-8", asset("style.css"))


@app.get("/script.js")
def script() -> Response[str]:
    """Return the one script of all pages, which each of them can do without."""
    return web.asset_answer("text/javascript; charset=utf-8", asset("script.js"))


@app.get("/icon.svg")
def icon() -> Response[str]:
    """Return the picture beside a page's title in the browser."""
    return web.asset_answer("image/svg+xml", asset("icon.svg"))


def _log_in(username: str, password: str) -> Tokens:
    return _sign_in().by_password(username, password, _client())


def _client() -> str | None:
    return web.evidence_of(app, web.utc_now()).address


def _with_cart(tokens: Tokens) -> Tokens:
    """Make the cart that the customer filled as a guest the customer's, if there is one."""
    count("SignedIn")
    if guest := guest_id(app):
        _take_over(tokens.customer.reference, Guest.of(guest))
    return tokens


def _take_over(reference: str, guest: Guest) -> None:
    count(f"GuestCart{_take_over_cart()(reference, guest).name.title()}")


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
