"""Invites staff to the Back Office, and removes them."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.invite_staff import InviteStaffApp

app = InviteStaffApp()
lambda_handler = handler_of(app)
