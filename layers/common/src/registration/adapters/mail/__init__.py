"""The outbox in DynamoDB, and SES."""
