"""Sends the mails that the outbox promises."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.send_email import SendEmailApp

app = SendEmailApp()
lambda_handler = handler_of(app)
