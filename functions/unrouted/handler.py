"""Answers what API Gateway has no route for.

To an HTTP API ``/customers/`` is another path than ``/customers``, no route can be made
for it, and ``HEAD`` is not ``GET``. Such a request goes on to the function that it means,
as it came: with the edge's headers, by which that function judges it once more. Everything
else is an unknown path, a method that a path does not have, or ``OPTIONS``.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.function_invoker import FunctionInvoker
from registration.entrypoints.observability import count, logger, metrics
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.settings import UnroutedSettings
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.routes import plain_path, route_of


@cache
def _settings() -> UnroutedSettings:
    return UnroutedSettings.from_environment()


@cache
def _writer() -> PageWriter:
    return PageWriter.of(_settings())


@cache
def _doors() -> FunctionInvoker:
    return FunctionInvoker(_settings().doors)


app = Browser.with_app(_writer).app
failed = Browser.with_app(_writer).app


@failed.route(".*", method=["GET", "HEAD", "POST", "PATCH", "DELETE"])
def explain() -> Response[str]:
    """Answer what the function that is meant did not: it is busy, or it died."""
    error: Exception = failed.context["error"]
    raise error


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP request, or let the function answer that it means."""
    path = plain_path(event["rawPath"])
    route = route_of(event["requestContext"]["http"]["method"], path)
    if route is None or route.function not in _doors() or not app.admits(event):
        return app.resolve(event, context)
    count("PassedOn")
    meant = {
        **event,
        "rawPath": path,
        "routeKey": route.key,
        "pathParameters": route.parameters_in(path) or {},
    }
    try:
        return _doors().answer(route.function, meant)
    except Exception as error:  # noqa: BLE001 - told below, in the form that was asked for
        failed.context["error"] = error
        return failed.resolve(event, context)
