"""Keeps the carts of guests and of customers, up to the checkout. By the API and on pages."""

from registration.entrypoints.carts import api, cart, checkout
from registration.entrypoints.carts.app import CartsApp
from registration.entrypoints.function_app import handler_of

app = CartsApp()
for part in (api, cart, checkout):
    part.add_routes(app)
lambda_handler = handler_of(app)
