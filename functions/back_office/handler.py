"""The Back Office: staff sign in, look after customers, import files, see what was done."""

from registration.entrypoints.back_office import audit, customers, imports, login
from registration.entrypoints.back_office.app import BackOfficeApp
from registration.entrypoints.function_app import handler_of

app = BackOfficeApp()
for part in (login, customers, imports, audit):
    part.add_routes(app)
lambda_handler = handler_of(app)
