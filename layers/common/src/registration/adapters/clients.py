"""AWS clients: created here only, lazily and once per process."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from registration.adapters.json_client import JsonClient, Service

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# Shorter than Lambda's own timeout, so that a lost connection raises an error here.
_RETRIED = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}
)
# A function may take its 15 seconds, and must not run twice.
_WAITING = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})
# SES knows no idempotency token: if an answer is lost, a retry by botocore would send the
# mail twice. The outbox retries instead.
_ONCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


_DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0", "AWS_ENDPOINT_URL_DYNAMODB")
_SECRETS = Service("secretsmanager", "secretsmanager", "1.1", "AWS_ENDPOINT_URL_SECRETS_MANAGER")
_PARAMETERS = Service("ssm", "AmazonSSM", "1.1", "AWS_ENDPOINT_URL_SSM")


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client."""
    return cast("DynamoDBClient", JsonClient(_DYNAMODB))


@cache
def s3() -> "S3Client":
    """Return the S3 client."""
    return boto3.client("s3", config=_RETRIED)


@cache
def sqs() -> "SQSClient":
    """Return the SQS client."""
    return boto3.client("sqs", config=_RETRIED)


@cache
def secrets_manager() -> "SecretsManagerClient":
    """Return the Secrets Manager client."""
    return cast("SecretsManagerClient", JsonClient(_SECRETS))


@cache
def ssm() -> "SSMClient":
    """Return the Systems Manager client."""
    return cast("SSMClient", JsonClient(_PARAMETERS))


@cache
def ses() -> "SESV2Client":
    """Return the SES client, which does not retry."""
    return boto3.client("sesv2", config=_ONCE)


@cache
def awslambda() -> Any:
    """Return the Lambda client, which does not retry."""
    return boto3.client("lambda", config=_WAITING)
