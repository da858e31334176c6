"""Customers, their sessions and tokens in DynamoDB."""
