"""The page of what staff did, and what all pages of the Back Office load."""

from aws_lambda_powertools.event_handler import Response

from registration.entrypoints.back_office.desk import Desk
from registration.entrypoints.rendering.page_writing import asset
from registration.entrypoints.web import app as web

_ENTRIES = 50


def add_routes(desk: Desk) -> None:
    """Let the desk answer these paths."""
    for method, path, answer in (
        ("GET", "/back-office/record", _show),
        ("GET", "/back-office/style.css", _style),
        ("GET", "/back-office/script.js", _script),
    ):
        desk.answer(method, path, answer)


def _show(desk: Desk) -> Response[str]:
    member = desk.gate.member()
    entries, older = desk.record.newest(_ENTRIES, desk.query("page") or None)
    page = desk.pages.record(desk.browser.visit(), member, entries, older)
    return desk.browser.page(page)


def _style(_desk: Desk) -> Response[str]:
    return web.asset_answer("text/css; charset=utf-8", asset("back_office/style.css"))


def _script(_desk: Desk) -> Response[str]:
    return web.asset_answer("text/javascript; charset=utf-8", asset("back_office/script.js"))
