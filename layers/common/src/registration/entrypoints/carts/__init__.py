"""Carts of guests and of customers: by the API, and on pages."""
