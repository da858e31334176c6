"""The composition root of a function behind the HTTP API: its routes, and what they work with.

The routes of a function stand in modules beside its ``WebApp``, one for the API and one or more
for pages; each has an ``add_routes`` that tells which function answers which method and path.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial, update_wrapper
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters import clients
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.application.customers.browser_session import BrowserSessions
from registration.domain.customers import Evidence
from registration.domain.errors import LinkExpired, RegistrationError, TooManyAttempts
from registration.domain.fields.asked import CustomerFields
from registration.entrypoints.clock import utc_now
from registration.entrypoints.function_app import FunctionApp
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import NOTHING, PageWriter
from registration.entrypoints.settings import PageSettings, TableSettings
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.web import http, json_api
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.customer_gate import CustomerGate
from registration.entrypoints.web.refusals import new_resolver

P = TypeVar("P", bound=PageSettings)
T = TypeVar("T", bound=TableSettings)


class WebApp(FunctionApp[P], Generic[P]):
    """What every function behind the HTTP API has."""

    form_cookies: tuple[str, ...] = ()
    """Names of cookies that the CSRF tokens of forms are bound to, beside the session's."""

    def __init__(self) -> None:
        self.resolver = new_resolver(lambda: self.writer, self.problem_page)
        self.browser = Browser(self.resolver, lambda: self.writer, self.form_cookies)

    def warm_up(self) -> None:
        """Read and make what each request needs."""
        super().warm_up()
        _ = self.resolver.front, self.writer

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one HTTP request."""
        return self.resolver.resolve(event, context)

    def route(
        self, method: str, path: str, answer: Callable[..., Response[str]], *, packed: bool = False
    ) -> None:
        """Let a function answer requests; it gets this app, and the variables of the path.

        ``packed`` answers are compressed where the client takes that.
        """
        answers = update_wrapper(partial(answer, self), answer)
        self.resolver.route(path, method, compress=packed)(answers)

    @property
    def event(self) -> APIGatewayProxyEventV2:
        """The request at hand."""
        return self.resolver.current_event

    @property
    def evidence(self) -> Evidence:
        """Who makes the request, and when."""
        return http.evidence_of(self.event)

    @property
    def client(self) -> str | None:
        """The network address that the request comes from."""
        return self.evidence.address

    @property
    def own_url(self) -> str:
        """The address of this service, without a slash at the end."""
        return http.own_url(self.event, self.settings.public_url)

    def query(self, name: str) -> str:
        """Return a parameter of the page's address, empty if it has none."""
        return self.event.query_string_parameters.get(name, "")

    @cached_property
    def writer(self) -> PageWriter:
        """Renders pages."""
        return PageWriter.of(self.settings)

    def show(self, name: str, status: int = 200, **content: Any) -> Response[str]:
        """Return a page: that of a template, with what the template needs."""
        return self.browser.page(self.writer.page(name, self.browser.visit(), **content), status)

    def resources(self, status: int, document: Mapping[str, Any]) -> Response[str]:
        """Return resources as JSON:API, with the attributes that the request asks for."""
        query = self.event.query_string_parameters
        return json_api.answer(status, json_api.with_fields(document, query))

    def errors(
        self, error: RegistrationError, names: Mapping[str, str] = NOTHING
    ) -> dict[str, str]:
        """Return what is wrong, in words, by field; ``names`` are what a page calls fields."""
        told = self.writer.errors(self.browser.locale, error)
        return {names.get(field, field): text for field, text in told.items()}

    def code_refused(
        self, error: RegistrationError, show: Callable[[int, dict[str, str]], Response[str]]
    ) -> Response[str]:
        """Return the page on which a code was typed, with what is wrong about the code."""
        count(f"Code{type(error).__name__}")
        texts, say = self.errors(error), partial(self.writer.say, self.browser.locale)
        if isinstance(error, LinkExpired):
            texts = {"code": say("code.expired")}
        elif type(error) is TooManyAttempts:
            texts = {"code": say("code.wait_for", minutes=error.minutes)}
        shown = show(error.status, texts)
        if isinstance(error, TooManyAttempts):
            shown.headers["Retry-After"] = str(error.retry_after)
        return shown

    def problem_page(self, status: int) -> str:
        """Return the page of a request that came to nothing, by its HTTP status."""
        return self.writer.problem(self.browser.glance(), status)


class CustomerApp(WebApp[T], Generic[T]):
    """What every function has that works with the table of customers."""

    @cached_property
    def fields(self) -> CustomerFields:
        """What the shop asks customers."""
        return replace(customer_fields(), default_locale=self.settings.default_locale)

    def __init__(self) -> None:
        super().__init__()
        self.gate = CustomerGate(self.browser, lambda: self.browsing)

    def warm_up(self) -> None:
        """Read and make what each request needs."""
        super().warm_up()
        clients.dynamodb()

    @cached_property
    def counters(self) -> DynamoDBLimits:
        """Counts what rate limits count."""
        return DynamoDBLimits(self.settings.customers_table)

    @cached_property
    def sessions(self) -> DynamoDBSessions:
        """The sessions of customers."""
        return DynamoDBSessions(self.settings.customers_table)

    @cached_property
    def browsing(self) -> BrowserSessions:
        """The sessions of browsers."""
        return BrowserSessions(self.sessions, utc_now)
