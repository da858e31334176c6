"""The page that waits in the browser that signed up.

It takes the code of the mail, goes on by itself once the address is confirmed elsewhere, and helps
if no mail comes. All that it tells follows from the sign-up in this browser: a known address looks
like one whose mail nobody has read.
"""

import json
from collections import Counter
from collections.abc import Mapping
from functools import partial

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.pending_sign_ups import SignUpState
from registration.domain.customers import Origin
from registration.domain.errors import AlreadyConfirmed, TooManyAttempts
from registration.domain.links import digits_of
from registration.entrypoints.clock import utc_now
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.confirm.link import confirmed_here, login_after
from registration.entrypoints.rendering.page_writing import NOTHING
from registration.entrypoints.web import http
from registration.entrypoints.web.awaited_mail import AwaitedMail
from registration.entrypoints.web.pages import CODE_ERRORS

_PAGE = "/register/almost-there"
# The page asks some 60 times in an hour. Many people may sit behind one address. Over this the page
# itself is shown, and looks at nothing.
_MOST_A_MINUTE = 120
_MINUTE = 60


def add_routes(app: ConfirmApp) -> None:
    """Answer these paths."""
    for method, path, answer in (
        ("GET", _PAGE, _show),
        ("GET", "/register/state", _tell),
        ("POST", "/register/code", _confirm),
        ("POST", "/register/new-mail", _send_again),
    ):
        app.route(method, path, answer)


def _show(app: ConfirmApp, status: int = 200, errors: Mapping[str, str] = NOTHING) -> Response[str]:
    pending = app.browser.sign_up
    state = _state(app, pending) if _polls.allow(app.client) else SignUpState.WAITING
    if state is SignUpState.CONFIRMED:
        return http.see_other(login_after(_origin(app)), app.browser.sign_up_over())
    email = pending.email if pending else None
    return app.show(
        "almost_there",
        status,
        email=email.typed if email else "",
        state=state,
        sent=app.query("sent"),
        looked=app.query("looked"),
        from_checkout=_origin(app) is Origin.CHECKOUT,
        seconds=int(app.settings.link_lifetime.total_seconds()),
        errors=errors,
    )


def _tell(app: ConfirmApp) -> Response[str]:
    """Tell the script of the page whether it can go on."""
    headers = {"Cache-Control": "no-store", "Vary": "Cookie"}
    if not _polls.allow(app.client):
        return Response(429, "application/json", "{}", {**headers, "Retry-After": str(_MINUTE)})
    state = _state(app, app.browser.sign_up)
    return Response(200, "application/json", json.dumps({"state": state}), headers)


def _confirm(app: ConfirmApp) -> Response[str]:
    form, pending = app.browser.form(), app.browser.sign_up
    if pending is None or (email := pending.email) is None:
        return http.see_other(_PAGE)
    try:
        digits = digits_of(form.get("code", ""))
        told = app.confirm.by_code(email, digits, pending.secret, app.evidence)
    except AlreadyConfirmed:
        # This browser's sign-up is, by the link on another device or by an earlier try.
        return http.see_other(login_after(_origin(app)), app.browser.sign_up_over())
    except CODE_ERRORS as error:
        return app.code_refused(error, partial(_show, app))
    return confirmed_here(app, "code", told.consent.origin)


def _send_again(app: ConfirmApp) -> Response[str]:
    app.browser.form()
    pending = app.browser.sign_up
    if pending is None or (email := pending.email) is None:
        return http.see_other("/confirm/new-link")
    try:
        app.send_again_here(email, pending.secret)
    except TooManyAttempts as error:
        text = app.writer.say(app.browser.locale, "almost_there.wait_for", minutes=error.minutes)
        shown = _show(app, error.status, {"": text})
        shown.headers["Retry-After"] = str(error.retry_after)
        return shown
    kept = app.browser.signed_up(pending, app.settings.link_lifetime)
    return http.see_other(f"{_PAGE}?sent=1", kept)


def _state(app: ConfirmApp, pending: AwaitedMail | None) -> SignUpState:
    if pending is None or (email := pending.email) is None:
        return SignUpState.WAITING
    return app.awaiting(email, pending.secret)


def _origin(app: ConfirmApp) -> Origin:
    pending = app.browser.sign_up
    came_from = pending.form.get("from") if pending and pending.form else app.query("from")
    return Origin.CHECKOUT if came_from == Origin.CHECKOUT else Origin.FORM


class _Polls:
    """How often each client has asked in this minute, in this process: no call is spent on it."""

    def __init__(self) -> None:
        self._minute = 0
        self._asked: Counter[str | None] = Counter()

    def allow(self, client: str | None) -> bool:
        minute = int(utc_now().timestamp()) // _MINUTE
        if minute != self._minute:
            self._minute, self._asked = minute, Counter()
        self._asked[client] += 1
        return self._asked[client] <= _MOST_A_MINUTE


_polls = _Polls()
