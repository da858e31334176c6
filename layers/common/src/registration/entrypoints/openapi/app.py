"""The composition root and the routes of the API's description."""

from aws_lambda_powertools.event_handler import Response

from registration.entrypoints.openapi import document, documentation
from registration.entrypoints.rendering.page_writing import security_headers
from registration.entrypoints.settings import DocumentationSettings
from registration.entrypoints.web.app import WebApp

_HEADERS = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Encoding"}


class DocumentationApp(WebApp[DocumentationSettings]):
    """The function that describes the API."""

    settings_model = DocumentationSettings

    def __init__(self) -> None:
        super().__init__()
        # What is packed here is nobody's secret: its length tells nothing (BREACH).
        self.route("GET", "/openapi.json", _document, packed=True)
        self.route("GET", "/docs", _page, packed=True)
        self.route("GET", "/docs/style.css", _style, packed=True)


def _document(app: DocumentationApp) -> Response[str]:
    """Return the OpenAPI document, whose server is the address asked."""
    return Response(200, "application/json", document.as_text(app.own_url), dict(_HEADERS))


def _page(app: DocumentationApp) -> Response[str]:
    html = documentation.page(app.writer, app.own_url)
    return Response(200, "text/html; charset=utf-8", html, {**security_headers(), **_HEADERS})


def _style(_app: DocumentationApp) -> Response[str]:
    return Response(200, "text/css; charset=utf-8", documentation.stylesheet(), dict(_HEADERS))
