"""Follows the link of a mail or takes its code, on pages and by the API, and sends it again."""

from registration.entrypoints.confirm import allow_mails, api, link, new_link, not_me, waiting
from registration.entrypoints.confirm.app import ConfirmApp
from registration.entrypoints.function_app import handler_of

app = ConfirmApp()
for part in (allow_mails, api, link, new_link, not_me, waiting):
    part.add_routes(app)
lambda_handler = handler_of(app)
