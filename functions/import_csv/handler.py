"""Imports customers from CSV files: plans a file that was dropped, works on its chunks."""

from registration.entrypoints.function_app import handler_of
from registration.entrypoints.import_csv import ImportApp

app = ImportApp()
lambda_handler = handler_of(app)
