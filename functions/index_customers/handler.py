"""Keeps the directory of customers up to date: from the table's stream, or made anew."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.index_customers import IndexCustomersApp

app = IndexCustomersApp()
lambda_handler = handler_of(app)
