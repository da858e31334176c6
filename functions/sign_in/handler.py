"""Opens, refreshes and ends sessions, by the API and on pages; serves what pages load."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.sign_in import api, login
from registration.entrypoints.sign_in.app import SignInApp

app = SignInApp()
for part in (api, login):
    part.add_routes(app)
lambda_handler = handler_of(app)
