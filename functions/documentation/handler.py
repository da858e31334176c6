"""Describes the API: ``GET /openapi.json`` for programs, ``GET /docs`` for people."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.openapi.app import DocumentationApp

app = DocumentationApp()
lambda_handler = handler_of(app)
