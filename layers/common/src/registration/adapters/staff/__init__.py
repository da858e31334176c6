"""Staff and the audit record in DynamoDB."""
