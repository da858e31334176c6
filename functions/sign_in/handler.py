"""Shows the login page and the stylesheet of all pages."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints import web
from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.pages import Notice, Pages, stylesheet
from registration.entrypoints.settings import SignInSettings


@cache
def _settings() -> SignInSettings:
    return SignInSettings.from_environment()


@cache
def _pages() -> Pages:
    return Pages(_settings().shop_name, _settings().default_locale)


app = web.new_app(_pages)


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


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
