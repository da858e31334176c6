"""What customers do with their own accounts; forgotten passwords. By the API and on pages."""

from registration.entrypoints.account import api, consents, email, forgotten_password, profile
from registration.entrypoints.account.app import AccountApp
from registration.entrypoints.function_app import handler_of

app = AccountApp()
for part in (api, consents, email, forgotten_password, profile):
    part.add_routes(app)
lambda_handler = handler_of(app)
