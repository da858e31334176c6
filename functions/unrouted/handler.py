"""Answers what API Gateway has no route for."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.unrouted import UnroutedApp

app = UnroutedApp()
lambda_handler = handler_of(app)
