"""Signs a customer up: ``POST /customers`` and the form at ``/register``."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.register import api, form
from registration.entrypoints.register.app import RegisterApp

app = RegisterApp()
for part in (api, form):
    part.add_routes(app)
lambda_handler = handler_of(app)
