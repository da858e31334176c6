"""Carts in DynamoDB."""
