"""What is read from HTTP requests, and what is answered with: forms, cookies, pages, redirects."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from registration.domain.customers import Evidence
from registration.domain.emails import EmailAddress
from registration.domain.errors import CharactersLost, InvalidFields, Malformed
from registration.domain.fields.rules import flaws_in
from registration.domain.invisible import LOST
from registration.domain.profile import EMAIL
from registration.entrypoints.clock import utc_now
from registration.entrypoints.rendering.page_writing import security_headers
from registration.entrypoints.shop.assets import Asset

_LONGEST_AGENT = 256
# Forty answers of 255 characters, of which a browser sends nine for each of many scripts.
_LARGEST_FORM = 128 * 1024
# A shop's forty own fields and ours; boxes are sent twice.
_MOST_FIELDS = 96
_HTML = "text/html; charset=utf-8"
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


class LoginRequired(Exception):
    """A page asks for a session that the browser has not: it is led to log in.

    ``path`` is where, ``cookies`` forget a session that has ended.
    """

    def __init__(self, path: str, cookies: list[Cookie] | None = None) -> None:
        super().__init__(path)
        self.path = path
        self.cookies = cookies


def body_of(event: APIGatewayProxyEventV2) -> str | None:
    """Return the request's body as text.

    Raises
    ------
    CharactersLost
        It is not UTF-8.
    """
    try:
        return event.decoded_body
    except ValueError as error:
        raise CharactersLost from error


def form_of(event: APIGatewayProxyEventV2) -> dict[str, str]:
    """Return the fields of a submitted form; of a field sent twice, the first value.

    Raises
    ------
    Malformed
        It is not a form, is too large, or has too many fields.
    """
    body = body_of(event) or ""
    if len(body) > _LARGEST_FORM:
        raise Malformed
    try:
        fields = parse_qs(
            body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise Malformed from error
    return {name: values[0] for name, values in fields.items()}


def oauth_form_of(event: APIGatewayProxyEventV2) -> dict[str, str]:
    """Return the parameters of an OAuth request.

    Raises
    ------
    Malformed
        It is not a form, is too large, or has a parameter twice.
    """
    text = body_of(event) or ""
    if len(text) > _LARGEST_FORM or (text and "=" not in text):
        raise Malformed
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise Malformed from error
    form = dict(pairs)
    if len(form) < len(pairs) or LOST in "".join(form.values()):
        raise Malformed
    return form


def email_of(given: Mapping[str, object]) -> EmailAddress:
    """Return the address in a form or a document.

    Raises
    ------
    InvalidFields, InvalidEmail, EmailTooLong
    """
    if flaws := flaws_in(given, [EMAIL], utc_now().date()):
        raise InvalidFields(tuple(flaws))
    return EmailAddress.parse(str(given["email"]))


def evidence_of(event: APIGatewayProxyEventV2) -> Evidence:
    """Return who makes the request. The address is the gateway's word, or that of the edge."""
    caller = event.request_context.http
    agent = (caller.user_agent or "")[:_LONGEST_AGENT]
    return Evidence(utc_now(), caller.source_ip or None, agent or None)


def own_url(event: APIGatewayProxyEventV2, public_url: str) -> str:
    """Return the address that this service is reached at, without a slash at the end."""
    return public_url.rstrip("/") or f"https://{event.request_context.domain_name}"


def cookie_of(event: APIGatewayProxyEventV2, name: str) -> str | None:
    """Return a cookie of the request."""
    pairs = [*event.cookies, *(event.headers.get("cookie") or "").split(";")]
    for pair in pairs:
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return None


def page(html: str, status: int = 200, cookies: list[Cookie] | None = None) -> Response[str]:
    """Return a page."""
    return Response(status, _HTML, html, dict(security_headers()), cookies)


def asset_answer(
    media_type: str, content: Any, headers: Mapping[str, str] = MappingProxyType({})
) -> Response[str]:
    """Return what pages load, a text or bytes: it may be kept for an hour."""
    kept = {"Cache-Control": "public, max-age=3600", **headers}
    return Response(200, media_type, content, kept)


def text_answer(media_type: str, content: str) -> Response[str]:
    """Return a text that pages load, the same for everybody: its route may pack it."""
    return asset_answer(f"{media_type}; charset=utf-8", content, {"Vary": "Accept-Encoding"})


def file_answer(file: Asset) -> Response[str]:
    """Return a file of the shop. An SVG that is opened by itself is a document: it runs nothing."""
    policy = {"Content-Security-Policy": _SVG_POLICY} if file.is_svg else {}
    return asset_answer(file.media_type, file.content, policy)


def json_file(name: str, content: str) -> Response[str]:
    """Return JSON for a browser to keep under a name (RFC 6266), and for no cache."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.json"',
        "Cache-Control": "no-store",
    }
    return Response(200, "application/json; charset=utf-8", content, headers)


def see_other(path: str, cookies: list[Cookie] | None = None) -> Response[str]:
    """Return a redirect to a page of ours (303), so that a form is not submitted twice."""
    headers = {**security_headers(), "Location": path}
    return Response(303, _HTML, "", headers, cookies)
