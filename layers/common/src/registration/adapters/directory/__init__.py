"""The list of customers in DynamoDB."""
