"""AWS clients: created here only, lazily and once per process."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from registration.adapters.json_client import JsonClient, Service

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

_DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0", "AWS_ENDPOINT_URL_DYNAMODB")
_SECRETS = Service("secretsmanager", "secretsmanager", "1.1", "AWS_ENDPOINT_URL_SECRETS_MANAGER")
_PARAMETERS = Service("ssm", "AmazonSSM", "1.1", "AWS_ENDPOINT_URL_SSM")


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client."""
    return cast("DynamoDBClient", JsonClient(_DYNAMODB))


@cache
def s3() -> "S3Client":
    """Return the S3 client: boto3's, which copies and uploads in parts."""
    import boto3  # noqa: PLC0415 - as in `of_botocore`

    return boto3.client("s3", config=_retried())


@cache
def sqs() -> "SQSClient":
    """Return the SQS client."""
    made: SQSClient = of_botocore("sqs", _retried())
    return made


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
    # SES knows no idempotency token: if an answer is lost, a retry by botocore would send the
    # mail twice. The outbox retries instead.
    made: SESV2Client = of_botocore("sesv2", _once(read_timeout=10))
    return made


@cache
def awslambda() -> Any:
    """Return the Lambda client, which does not retry."""
    # A function may take its 15 seconds, and must not run twice.
    return of_botocore("lambda", _once(read_timeout=20))


def of_botocore(service: str, config: "Config") -> Any:
    """Return a client of botocore's.

    Most functions need none. Its session is imported here, because that takes a tenth of a cold
    start; boto3's another tenth, for what no client but S3's has.
    """
    from botocore.session import get_session  # noqa: PLC0415

    return get_session().create_client(service, config=config)


# Shorter than Lambda's own timeout, so that a lost connection raises an error here.
def _retried() -> "Config":
    from botocore.config import Config  # noqa: PLC0415

    retries: Any = {"mode": "standard", "total_max_attempts": 4}
    return Config(connect_timeout=2, read_timeout=5, retries=retries)


def _once(read_timeout: int) -> "Config":
    from botocore.config import Config  # noqa: PLC0415

    return Config(connect_timeout=2, read_timeout=read_timeout, retries={"total_max_attempts": 1})
