"""Records what became of mails: SES tells a topic, and the topic tells this function."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.record_delivery import RecordDeliveryApp

app = RecordDeliveryApp()
lambda_handler = handler_of(app)
