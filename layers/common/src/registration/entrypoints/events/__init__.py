"""Reading the events of S3, SQS, SNS and streams."""
