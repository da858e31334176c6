"""What is asked of every route: the edge's secret, a body in UTF-8, ``HEAD``, slashes at the end.

As to Glue, a body is JSON whatever its type is (Spryker's storefront says ``text/plain``), and the
answer is JSON:API whatever is accepted.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.dynamodb.retries import retries
from registration.entrypoints.observability import count, logger
from registration.entrypoints.rendering.locales import preferred_locale
from registration.entrypoints.settings import FrontSettings
from registration.entrypoints.web.edge import Edge, NotFromEdge, ViewerUnknown
from registration.entrypoints.web.json_api import MEDIA_TYPE
from registration.entrypoints.web.origins import is_foreign, is_foreign_script
from registration.entrypoints.web.routes import plain_path, speaks_json_api
from registration.frozen import dataclass

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TOKEN_PATH = "/token"  # noqa: S105 - a path
"""The one path of the API that takes a form (OAuth 2.0)."""

_ON_EVERY_ANSWER = {
    # RFC 6797. Browsers ignore it where they came without TLS.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    # What is no page loads nothing and is shown in no frame. Pages have a policy of their own.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_PAST_EDGE = "is_past_edge"
# Tables learn to take more in minutes; a client that has waited for seconds here waits for some
# more, and those who came one after the other come back so.
_SECONDS_IF_BUSY = "5"
_VARIABLE = re.compile(r"<(\w+)>")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\s;\"']*)", re.IGNORECASE)
_UTF_8 = {"utf-8", "utf8", "utf_8", "us-ascii", "ascii", ""}


@dataclass(frozen=True)
class Refusal:
    """Why a request is not even looked at."""

    status: int
    detail: str


class Resolver(APIGatewayHttpResolver):
    """A resolver to which ``/customers/`` is ``/customers``, and ``HEAD`` is ``GET``.

    ``HEAD`` with a route of its own stays what it is. Behind an edge, the request's source
    address is the viewer's, and a request that did not come through the edge is refused.
    """

    @cached_property
    def front(self) -> FrontSettings:
        """What is in front of the API. Read here, so that no function can forget to ask."""
        return FrontSettings.from_environment()

    @property
    def edge(self) -> Edge:
        """The edge in front of the API."""
        return self.front.edge

    @property
    def is_past_edge(self) -> bool:
        """Whether the request at hand did not come through the edge, where there is one."""
        return bool(self.context.get(_PAST_EDGE))

    def refusal(self) -> Refusal | None:
        """Return why the request at hand is not even looked at."""
        if self.is_past_edge:
            return Refusal(403, "Forbidden: requests are taken at the public address only.")
        event = self.current_event
        if self._is_foreign(event):
            count("RefusedForeignOrigin")
            return Refusal(403, "Forbidden: a page of another origin cannot do this.")
        content_type = (event.headers.get("content-type") or "").lower()
        charsets = set(_CHARSET.findall(content_type))
        if event.body and speaks_json_api(event.path) and not charsets <= _UTF_8:
            return Refusal(415, "Unsupported Media Type: the charset of a body is utf-8.")
        return None

    def _is_foreign(self, event: APIGatewayProxyEventV2) -> bool:
        hosts = (event.request_context.domain_name, event.headers.get("host"))
        own = [self.front.public_url, *(f"https://{host}" for host in hosts if host)]
        if not speaks_json_api(event.path):
            has_cookies = bool(event.cookies or event.headers.get("cookie"))
            return has_cookies and is_foreign_script(event.headers, own)
        allowed = self.front.allowed_origins
        return is_foreign(event.request_context.http.method, event.headers, own, allowed)

    def admits(self, event: Mapping[str, Any]) -> bool:
        """Return whether a request came through the edge, or there is none."""
        try:
            self.edge.viewer_of(event)
        except NotFromEdge:
            return False
        return True

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one HTTP request."""
        retries.begin(context.get_remaining_time_in_millis() / 1000)
        path, method = plain_path(event["rawPath"]), event["requestContext"]["http"]["method"]
        looked_up = "GET" if method == "HEAD" and not self._has_head(path) else method
        http = {**event["requestContext"]["http"], "method": looked_up}
        try:
            http["sourceIp"] = self.edge.viewer_of(event)
        except NotFromEdge as error:
            self.context[_PAST_EDGE] = True
            _note(error)
        request = {
            **event,
            "rawPath": path,
            "requestContext": {**event["requestContext"], "http": http},
        }
        answer = super().resolve(request, context)
        headers = answer["headers"] = {**_ON_EVERY_ANSWER, **answer.get("headers", {})}
        if headers.get("Content-Type") == MEDIA_TYPE or speaks_json_api(path):
            # Glue's name of the locale, not a language tag (RFC 9110, 8.5).
            wanted = self.current_event.headers.get("accept-language")
            headers["Content-Language"] = preferred_locale(wanted, self.front.default_locale)
        if answer["statusCode"] == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = _SECONDS_IF_BUSY
        if method == "HEAD":
            answer |= {"body": "", "isBase64Encoded": False}
        return answer

    def _has_head(self, path: str) -> bool:
        known = (*self._static_routes, *self._dynamic_routes)
        return any(route.method == "HEAD" and route.rule.match(path) for route in known)

    @staticmethod
    def _compile_regex(rule: str, base_regex: str = "^{}$") -> re.Pattern[str]:
        # A variable is whatever API Gateway takes for one, in any characters: what is
        # unknown is then told by the route, in the contract's words.
        return re.compile(base_regex.format(_VARIABLE.sub(r"(?P<\1>[^/]+)", rule)))


def _note(error: NotFromEdge) -> None:
    """Count a request that did not come through the edge. Strangers make no log lines."""
    count("RefusedNotFromEdge")
    if isinstance(error, ViewerUnknown):
        logger.error("the edge names no viewer")
