"""Customers, shoppers and staff, as tests have them."""
