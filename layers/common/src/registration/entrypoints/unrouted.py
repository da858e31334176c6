"""Answers what API Gateway has no route for.

To an HTTP API ``/customers/`` is another path than ``/customers``, no route can be made
for it, and ``HEAD`` is not ``GET``. Such a request goes on to the function that it means,
as it came: with the edge's headers, by which that function judges it once more. Everything
else is an unknown path, a method that a path does not have, or ``OPTIONS``.
"""

from functools import cached_property
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters.function_invoker import FunctionInvoker
from registration.entrypoints.observability import count
from registration.entrypoints.settings import UnroutedSettings
from registration.entrypoints.web.app import WebApp
from registration.entrypoints.web.routes import plain_path, route_of

_METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")


class _FailedApp(WebApp[UnroutedSettings]):
    """Answers what the function that is meant did not: it is busy, or it died."""

    settings_model = UnroutedSettings

    def __init__(self) -> None:
        super().__init__()
        for method in _METHODS:
            self.route(method, ".*", _raise)


def _raise(app: _FailedApp) -> Response[str]:
    error: Exception = app.resolver.context["error"]
    raise error


class UnroutedApp(WebApp[UnroutedSettings]):
    """The function of API Gateway's ``$default`` route."""

    settings_model = UnroutedSettings

    def __init__(self) -> None:
        super().__init__()
        self._failed = _FailedApp()

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one HTTP request, or let the function answer that it means."""
        path = plain_path(event["rawPath"])
        route = route_of(event["requestContext"]["http"]["method"], path)
        if route is None or route.function not in self._functions:
            return super().__call__(event, context)
        if not self.resolver.admits(event):
            return super().__call__(event, context)
        count("PassedOn")
        meant = {
            **event,
            "rawPath": path,
            "routeKey": route.key,
            "pathParameters": route.parameters_in(path) or {},
        }
        try:
            return self._functions.answer(route.function, meant)
        except Exception as error:  # noqa: BLE001 - told below, in the form that was asked for
            self._failed.resolver.context["error"] = error
            return self._failed(event, context)

    @cached_property
    def _functions(self) -> FunctionInvoker:
        return FunctionInvoker(self.settings.doors)
