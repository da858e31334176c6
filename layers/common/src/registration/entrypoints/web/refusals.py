"""The answers of requests that come to nothing: pages for browsers, JSON:API for everybody else."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from registration.adapters.dynamodb.transient import is_transient
from registration.domain.errors import Busy, RegistrationError
from registration.entrypoints.failures import place_of
from registration.entrypoints.observability import count, count_as, logger
from registration.entrypoints.rendering.page_writing import PageWriter, Visit
from registration.entrypoints.web import http, json_api, oauth
from registration.entrypoints.web.negotiation import TOKEN_PATH, Resolver
from registration.entrypoints.web.routes import methods_of, plain_path, speaks_json_api

_RETRY_AFTER = "Retry-After"


def new_resolver(writer: Callable[[], PageWriter], problem: Callable[[int], str]) -> Resolver:
    """Return a resolver that answers everything that goes wrong, unless a route does.

    ``writer`` is asked when needed, and so is ``problem``, which returns the page of an HTTP
    status.
    """
    resolver = Resolver()
    refusals = _Refusals(resolver, writer, problem)
    resolver.use(middlewares=[refusals.negotiate])
    resolver.exception_handler(http.LoginRequired)(refusals.lead_to_login)
    resolver.exception_handler(RegistrationError)(refusals.refused)
    resolver.exception_handler(Busy)(refusals.busy)
    resolver.exception_handler(Exception)(refusals.unexpected)
    resolver.not_found(refusals.not_found)
    return resolver


@dataclass(frozen=True)
class _Refusals:
    resolver: Resolver
    writer: Callable[[], PageWriter]
    problem: Callable[[int], str]

    def lead_to_login(self, error: http.LoginRequired) -> Response[str]:
        return http.see_other(error.path, error.cookies)

    def negotiate(self, _resolver: object, go_on: NextMiddleware) -> Response[str]:
        refused = self.resolver.refusal()
        if refused is not None:
            document = json_api.plain_error(refused.status, refused.detail)
            return self._told(refused.status, document)
        return go_on(self.resolver)

    def refused(self, error: RegistrationError) -> Response[str]:
        count(f"Refused{type(error).__name__}")
        return self._told(error.status, json_api.error_answer(error))

    def busy(self, error: Busy) -> Response[str]:
        logger.warning("busy", extra=place_of(error.__cause__ or error))
        if plain_path(self.resolver.current_event.path) == TOKEN_PATH:
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
        count_as("web", "UnexpectedError")
        return self._told(500, json_api.plain_error(500, "Internal Server Error"))

    def not_found(self, _error: NotFoundError) -> Response[str]:
        event = self.resolver.current_event
        method, allowed = event.http_method, methods_of(event.path)
        if method == "OPTIONS" and allowed:
            answer = json_api.answer(204)
        elif method in allowed or not allowed or speaks_json_api(event.path):
            return self._told(404, json_api.plain_error(404, "Not Found"))
        else:
            answer = self._told(405, json_api.plain_error(405, "Method Not Allowed"))
        answer.headers["Allow"] = ", ".join(allowed)
        return answer

    def _told(self, status: int, document: Response[str]) -> Response[str]:
        event = self.resolver.current_event
        wants_page = "text/html" in (event.headers.get("accept") or "")
        if speaks_json_api(event.path) or not wants_page:
            return document
        shown = http.page(self._page(status), status)
        if _RETRY_AFTER in document.headers:
            shown.headers[_RETRY_AFTER] = document.headers[_RETRY_AFTER]
        return shown

    def _page(self, status: int) -> str:
        if not self.resolver.is_past_edge:
            return self.problem(status)
        writer, headers = self.writer(), self.resolver.current_event.headers
        return writer.elsewhere(Visit(writer.locale(headers.get("accept-language"))))
