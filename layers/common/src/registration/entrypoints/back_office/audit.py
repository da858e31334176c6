"""The page of what staff did, and what all pages of the Back Office load."""

from aws_lambda_powertools.event_handler import Response

from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.rendering.look import asset
from registration.entrypoints.web import http

_ENTRIES = 50


def add_routes(app: BackOfficeApp) -> None:
    """Answer these paths."""
    app.route("GET", "/back-office/record", _show)
    for path, text in (("style.css", _style), ("script.js", _script)):
        app.route("GET", f"/back-office/{path}", text, packed=True)


def _show(app: BackOfficeApp) -> Response[str]:
    member = app.staff_gate.member()
    entries, older = app.record.newest(_ENTRIES, app.query("page") or None)
    return app.show("record", member=member, entries=entries, older=older)


def _style(_app: BackOfficeApp) -> Response[str]:
    return http.text_answer("text/css", asset("back_office/style.css"))


def _script(_app: BackOfficeApp) -> Response[str]:
    return http.text_answer("text/javascript", asset("back_office/script.js"))
