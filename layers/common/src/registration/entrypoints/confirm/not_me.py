"""The page of the second link in mails to unproven addresses: it was somebody else who signed up.

Mail scanners open links, and some press buttons: so nothing is removed without a tick, which the
page does not have by itself. It shows nothing that a stranger typed, but for the address.
"""

from datetime import date

from aws_lambda_powertools.event_handler import Response

from registration.domain.errors import (
    AlreadyConfirmed,
    FieldFlaw,
    FlawKind,
    InvalidFields,
    LinkRefused,
)
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.rendering.texts import nearest_key
from registration.entrypoints.rendering.times import day
from registration.entrypoints.web import http

_NOT_TICKED = InvalidFields((FieldFlaw("not_me", FlawKind.NOT_TRUE),))


def add_routes(app: ConfirmApp) -> None:
    """Answer these paths."""
    app.route("GET", "/not-me", _ask)
    app.route("POST", "/not-me", _remove)
    app.route("GET", "/not-me/done", _tell)


def _ask(app: ConfirmApp) -> Response[str]:
    return _page(app, app.query("token"))


def _page(app: ConfirmApp, token: str, error: InvalidFields | None = None) -> Response[str]:
    try:
        _, email = app.not_me.look(token)
    except LinkRefused as problem:
        return _explain(app, problem)
    return app.show(
        "not_me",
        error.status if error else 200,
        token=token,
        email=email.typed,
        errors=app.errors(error) if error else NOTHING,
    )


def _remove(app: ConfirmApp) -> Response[str]:
    form = app.browser.form()
    token = form.get("token", "")
    if form.get("not_me") != "true":
        return _page(app, token, _NOT_TICKED)
    try:
        quiet = app.not_me(token)
    except LinkRefused as problem:
        return _explain(app, problem)
    count("NotMe")
    until = quiet.expires_at.date() if quiet and quiet.expires_at else ""
    return http.see_other(f"/not-me/done?until={until}")


def _tell(app: ConfirmApp) -> Response[str]:
    try:
        until = day(date.fromisoformat(app.query("until")), app.browser.locale)
    except ValueError:
        until = ""
    return app.show("not_me_done", until=until)


def _explain(app: ConfirmApp, problem: LinkRefused) -> Response[str]:
    count(f"Link{type(problem).__name__}")
    key = nearest_key(app.browser.locale, "not_me_problem", problem, ".heading")
    return app.show("not_me_problem", 410, key=key, confirmed=isinstance(problem, AlreadyConfirmed))
