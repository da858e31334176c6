"""The page of what staff did, and what all pages of the Back Office load."""

from aws_lambda_powertools.event_handler import Response

from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.rendering.look import asset
from registration.entrypoints.web import http

_ENTRIES = 50


def add_routes(app: BackOfficeApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", "/back-office/record", _show),
        ("GET", "/back-office/style.css", _style),
        ("GET", "/back-office/script.js", _script),
    ):
        app.route(method, path, answer)


def _show(app: BackOfficeApp) -> Response[str]:
    member = app.staff_gate.member()
    entries, older = app.record.newest(_ENTRIES, app.query("page") or None)
    return app.show("record", member=member, entries=entries, older=older)


def _style(_app: BackOfficeApp) -> Response[str]:
    return http.asset_answer("text/css; charset=utf-8", asset("back_office/style.css"))


def _script(_app: BackOfficeApp) -> Response[str]:
    return http.asset_answer("text/javascript; charset=utf-8", asset("back_office/script.js"))
