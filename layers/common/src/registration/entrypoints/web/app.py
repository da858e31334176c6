"""What every HTTP handler shares: the resolver, the visitor, forms and redirects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import parse_qs, parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from registration.adapters.dynamodb.transient import is_transient
from registration.domain.customers import Evidence
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, InvalidFields, Malformed, RegistrationError
from registration.domain.profile import EMAIL, flaws_in
from registration.entrypoints.failures import place_of
from registration.entrypoints.observability import count, logger
from registration.entrypoints.rendering.page_writing import SECURITY_HEADERS, PageWriter, Visit
from registration.entrypoints.web import json_api, oauth
from registration.entrypoints.web.negotiation import TOKEN_PATH, WebApp
from registration.entrypoints.web.routes import methods_of, plain_path

BROWSER_COOKIE = "sign_up"
"""Holds the secret of the browser that signed up, until its link is followed."""

_LONGEST_AGENT = 256
_LARGEST_FORM = 16 * 1024
_HTML = "text/html; charset=utf-8"
# Of an answer that a browser sees as a page.
_KEPT_HEADERS = {"Allow", "Retry-After"}


class LoginRequired(Exception):
    """A page asks for a session that the browser has not: it is led to log in.

    ``path`` is where, ``cookies`` forget a session that has ended.
    """

    def __init__(self, path: str, cookies: list[Cookie] | None = None) -> None:
        super().__init__(path)
        self.path = path
        self.cookies = cookies


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_app(
    writer: Callable[[], PageWriter], problem: Callable[[int], str] | None = None
) -> WebApp:
    """Return a resolver that answers everything that goes wrong, unless a route does.

    A browser gets a page, everybody else JSON:API. ``writer`` is asked when needed,
    and so is ``problem``, which returns the page of an HTTP status where the shop's own
    does not fit.
    """
    app = WebApp()
    answers = _Answers(app, partial(_problem, app, writer, problem))
    app.use(middlewares=[answers.negotiate])
    app.exception_handler(LoginRequired)(_lead_to_login)
    app.exception_handler(RegistrationError)(answers.refused)
    app.exception_handler(Busy)(answers.busy)
    app.exception_handler(Exception)(answers.unexpected)
    app.not_found(answers.not_found)
    return app


@dataclass(frozen=True)
class _Answers:
    """The answers of requests that come to nothing. ``show`` returns a status's page."""

    app: WebApp
    show: Callable[[int], str]

    def negotiate(self, _app: object, go_on: NextMiddleware) -> Response[str]:
        refused = self.app.refusal()
        if refused is not None:
            document = json_api.plain_error(refused.status, refused.detail)
            return self._told(refused.status, document)
        return go_on(self.app)

    def refused(self, error: RegistrationError) -> Response[str]:
        count(f"Refused{type(error).__name__}")
        return self._told(error.status, json_api.error_answer(error))

    def busy(self, error: Busy) -> Response[str]:
        logger.warning("busy", extra=place_of(error.__cause__ or error))
        if plain_path(self.app.current_event.path) == TOKEN_PATH:
            count("RefusedBusy")
            return oauth.unavailable(error.detail)
        return self.refused(error)

    def unexpected(self, error: Exception) -> Response[str]:
        if is_transient(error):
            later = Busy()
            later.__cause__ = error
            return self.busy(later)
        # Only the kind and the place: an exception's text may hold what somebody typed.
        logger.error("unexpected error", extra=place_of(error))
        count("UnexpectedError")
        return self._told(500, json_api.plain_error(500, "Internal Server Error"))

    def not_found(self, _error: NotFoundError) -> Response[str]:
        event = self.app.current_event
        method, allowed = event.http_method, methods_of(event.path)
        if method == "OPTIONS" and allowed:
            answer = json_api.answer(204)
        elif method in allowed or not allowed:
            return self._told(404, json_api.plain_error(404, "Not Found"))
        else:
            answer = json_api.plain_error(405, "Method Not Allowed")
        answer.headers["Allow"] = ", ".join(allowed)
        return answer if method == "OPTIONS" else self._told(405, answer)

    def _told(self, status: int, document: Response[str]) -> Response[str]:
        if "text/html" not in (self.app.current_event.headers.get("accept") or ""):
            return document
        shown = page(self.show(status), status)
        kept = {name: text for name, text in document.headers.items() if name in _KEPT_HEADERS}
        shown.headers.update(kept)
        return shown


def _problem(
    app: WebApp,
    writer: Callable[[], PageWriter],
    own: Callable[[int], str] | None,
    status: int,
) -> str:
    visit = Visit(locale_of(app, writer()))
    if app.is_past_edge:
        return writer().elsewhere(visit)
    return own(status) if own else writer().problem(visit, status)


def _lead_to_login(error: LoginRequired) -> Response[str]:
    return see_other(error.path, error.cookies)


def locale_of(app: APIGatewayHttpResolver, writer: PageWriter) -> str:
    """Return the language to answer a browser in."""
    return writer.locale(app.current_event.headers.get("accept-language"))


def body_of(app: APIGatewayHttpResolver) -> str | None:
    """Return the request's body as text.

    Raises
    ------
    Malformed
        It is not UTF-8.
    """
    try:
        return app.current_event.decoded_body
    except ValueError as error:
        raise Malformed from error


def form_of(app: APIGatewayHttpResolver) -> dict[str, str]:
    """Return the fields of a submitted form; of a field sent twice, the first value.

    Raises
    ------
    Malformed
        It is not a form, is too large, or has too many fields.
    """
    body = body_of(app) or ""
    if len(body) > _LARGEST_FORM:
        raise Malformed
    try:
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise Malformed from error
    return {name: values[0] for name, values in fields.items()}


def oauth_form_of(app: APIGatewayHttpResolver) -> dict[str, str]:
    """Return the parameters of an OAuth request, of which none may be sent twice.

    What is no form has no parameters.
    """
    body = app.current_event.body or ""
    try:
        pairs = parse_qsl(body_of(app) or "", keep_blank_values=True, max_num_fields=20)
    except (RegistrationError, ValueError):
        return {}
    form = dict(pairs)
    return form if len(form) == len(pairs) and len(body) <= _LARGEST_FORM else {}


def email_of(given: Mapping[str, object]) -> EmailAddress:
    """Return the address in a form or a document.

    Raises
    ------
    InvalidFields, InvalidEmail, EmailTooLong
    """
    if flaws := flaws_in(given, [EMAIL], utc_now().date()):
        raise InvalidFields(tuple(flaws))
    return EmailAddress.parse(str(given["email"]))


def evidence_of(app: APIGatewayHttpResolver, at: datetime) -> Evidence:
    """Return who makes the request. The address is the gateway's word, or that of the edge."""
    caller = app.current_event.request_context.http
    agent = (caller.user_agent or "")[:_LONGEST_AGENT]
    return Evidence(at, caller.source_ip or None, agent or None)


def own_url(app: APIGatewayHttpResolver, public_url: str) -> str:
    """Return the address that this service is reached at, without a slash at the end."""
    return public_url.rstrip("/") or f"https://{app.current_event.request_context.domain_name}"


def cookie_of(app: APIGatewayHttpResolver, name: str) -> str | None:
    """Return a cookie of the request."""
    event = app.current_event
    pairs = [*event.cookies, *(event.headers.get("cookie") or "").split(";")]
    for pair in pairs:
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return None


def browser_cookie(secret: str, *, secure: bool, max_age: int) -> Cookie:
    """Return the cookie that binds a browser to its sign-up; ``max_age`` 0 forgets it."""
    return Cookie(
        name=BROWSER_COOKIE,
        value=secret,
        path="/confirm",
        secure=secure,
        http_only=True,
        same_site=SameSite.LAX_MODE,
        max_age=max_age,
    )


def page(html: str, status: int = 200, cookies: list[Cookie] | None = None) -> Response[str]:
    """Return a page."""
    return Response(status, _HTML, html, dict(SECURITY_HEADERS), cookies)


def asset_answer(media_type: str, content: str) -> Response[str]:
    """Return what pages load: it may be kept for an hour."""
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(200, media_type, content, headers)


def see_other(path: str, cookies: list[Cookie] | None = None) -> Response[str]:
    """Return a redirect to a page of ours (303), so that a form is not submitted twice."""
    headers = {**SECURITY_HEADERS, "Location": path}
    return Response(303, _HTML, "", headers, cookies)
