"""Describes the API: ``GET /openapi.json`` for programs, ``GET /docs`` for people."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.openapi import document as openapi
from registration.entrypoints.openapi import documentation
from registration.entrypoints.rendering.page_writing import SECURITY_HEADERS, PageWriter
from registration.entrypoints.settings import DocumentationSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web.pages import Pages

_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _settings() -> DocumentationSettings:
    return DocumentationSettings.from_environment()


@cache
def _writer() -> PageWriter:
    return PageWriter.of(_settings())


app = web.new_app(_writer)

# What is packed here is nobody's secret: its length tells nothing (BREACH).


@app.get("/openapi.json", compress=True)
def document() -> Response[str]:
    """Return the OpenAPI document, whose server is the address asked."""
    text = openapi.as_text(web.own_url(app, _settings().public_url))
    return Response(200, "application/json", text, dict(_HEADERS))


@app.get("/docs", compress=True)
def page() -> Response[str]:
    """Show the document as a page."""
    html = documentation.page(Pages(_writer()), web.own_url(app, _settings().public_url))
    headers = {**SECURITY_HEADERS, **_HEADERS}
    return Response(200, "text/html; charset=utf-8", html, headers)


@app.get("/docs/style.css", compress=True)
def style() -> Response[str]:
    """Return what that page has besides the stylesheet of all pages."""
    return Response(200, "text/css; charset=utf-8", documentation.stylesheet(), dict(_HEADERS))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request."""
    return app.resolve(event, context)
