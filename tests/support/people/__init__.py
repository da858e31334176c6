"""Customers, shoppers and staff in tests."""
