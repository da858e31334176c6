"""Imports in DynamoDB, S3 and SQS."""
