"""The IAM requests of AWS API calls: actions, resources, context.

Above the calls of each service is its page in the Service Authorization Reference. An unknown
operation raises an error that names this module.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from typing import Any

from tests.iam.policies import LEADING_KEYS, Request
from tests.support.stack import ACCOUNT, REGION, STACK, Json, Stack, expanded

FILLED = {LEADING_KEYS, "ses:FromAddress"}
"""The condition keys that requests have here. Policies must not use any others."""


@dataclass(frozen=True)
class Named:
    """Translates the names of a test cloud's resources to those in the roles."""

    stack: Stack
    logical_ids: Mapping[str, str]
    """The resources by their names in the test cloud."""

    def arn(self, name: str, otherwise: str) -> str:
        """Return the ARN of the resource with this name in calls."""
        logical_id = self.logical_ids.get(name)
        return self.stack.attributes[logical_id, "Arn"] if logical_id else otherwise

    def name(self, name: str) -> str:
        """Return the name in the roles of the resource with this name in calls."""
        logical_id = self.logical_ids.get(name)
        return self.stack.names[logical_id] if logical_id else name

    def partition_key(self, table: str, index: str | None) -> str:
        """Return the partition key of a table or of one of its indexes."""
        return _partition_key(self.logical_ids[table], index)


@cache
def _partition_key(logical_id: str, index: str | None) -> str:
    body: Json = expanded()["Resources"][logical_id]["Properties"]
    for each in body.get("GlobalSecondaryIndexes", []):
        if each["IndexName"] == index:
            body = each
    return next(str(k["AttributeName"]) for k in body["KeySchema"] if k["KeyType"] == "HASH")


def requests_of(service: str, operation: str, parameters: Json, named: Named) -> list[Request]:
    """Return the requests that have to be allowed for a call.

    Raises
    ------
    LookupError
        The operation is unknown here.
    """
    mapping = _MAPPINGS.get((service, operation))
    if mapping is None:
        message = f"{service} {operation}: add what it asks for to {__name__}"
        raise LookupError(message)
    return list(mapping(parameters, named))


Mapped = Callable[[Json, Named], Iterator[Request]]
_MAPPINGS: dict[tuple[str, str], Mapped] = {}


def _asks(service: str, *operations: str) -> Callable[[Mapped], Mapped]:
    def note(mapped: Mapped) -> Mapped:
        _MAPPINGS.update(dict.fromkeys(((service, each) for each in operations), mapped))
        return mapped

    return note


# DynamoDB
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
# Return values, conditions and consistent reads need no action of their own.


def _on_items(action: str, table: str, items: list[Json], named: Named) -> Request:
    key = named.partition_key(table, None)
    leading = tuple(dict.fromkeys(_plain(item[key]) for item in items))
    return Request(f"dynamodb:{action}", _table(table, named), {LEADING_KEYS: leading})


def _table(table: str, named: Named) -> str:
    return named.arn(table, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}")


def _plain(value: Json) -> str:
    return str(next(iter(value.values())))


def _one_item(operation: str) -> Mapped:
    def mapped(parameters: Json, named: Named) -> Iterator[Request]:
        item = parameters.get("Key") or parameters["Item"]
        yield _on_items(operation, parameters["TableName"], [item], named)

    return mapped


for _operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
    _asks("dynamodb", _operation)(_one_item(_operation))


@_asks("dynamodb", "BatchGetItem")
def _batch_get(parameters: Json, named: Named) -> Iterator[Request]:
    for table, wanted in parameters["RequestItems"].items():
        yield _on_items("BatchGetItem", table, list(wanted["Keys"]), named)


@_asks("dynamodb", "BatchWriteItem")
def _batch_write(parameters: Json, named: Named) -> Iterator[Request]:
    for table, writes in parameters["RequestItems"].items():
        items = [
            write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"]
            for write in writes
        ]
        yield _on_items("BatchWriteItem", table, items, named)


# A transaction needs the action of each of its items.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@_asks("dynamodb", "TransactWriteItems", "TransactGetItems")
def _transaction(parameters: Json, named: Named) -> Iterator[Request]:
    keys = defaultdict(list)
    actions: dict[tuple[str, str], None] = {}
    for each in parameters["TransactItems"]:
        ((kind, body),) = each.items()
        keys[body["TableName"]].append(body.get("Key") or body["Item"])
        actions[_IN_TRANSACTIONS[kind], body["TableName"]] = None
    # AWS does not document whether IAM checks the items of a transaction one by one or together
    # per table. A statement that allows each action on all of them allows it on each.
    for action, table in actions:
        yield _on_items(action, table, keys[table], named)


@_asks("dynamodb", "Query")
def _query(parameters: Json, named: Named) -> Iterator[Request]:
    table, index = parameters["TableName"], parameters.get("IndexName")
    resource = _table(table, named)
    yield Request(
        "dynamodb:Query",
        f"{resource}/index/{index}" if index else resource,
        # For an index it is the index's own partition key.
        {LEADING_KEYS: (_asked_for(parameters, named.partition_key(table, index)),)},
    )


def _asked_for(parameters: Json, key: str) -> str:
    names = parameters.get("ExpressionAttributeNames", {})
    for name, value in re.findall(r"(#?\w+)\s*=\s*(:\w+)", parameters["KeyConditionExpression"]):
        if names.get(name, name) == key:
            return _plain(parameters["ExpressionAttributeValues"][value])
    message = f"no value for {key} in {parameters['KeyConditionExpression']}"
    raise LookupError(message)


@_asks("dynamodb", "Scan")
def _scan(parameters: Json, named: Named) -> Iterator[Request]:
    # Without leading keys, so a ForAllValues condition on them allows reading everything.
    resource = _table(parameters["TableName"], named)
    index = parameters.get("IndexName")
    yield Request("dynamodb:Scan", f"{resource}/index/{index}" if index else resource)


# S3
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html


def bucket_arn(bucket: str, named: Named) -> str:
    """Return the ARN of a bucket."""
    return f"arn:aws:s3:::{named.name(bucket)}"


def _object(action: str, parameters: Json, named: Named) -> Request:
    bucket, key = bucket_arn(parameters["Bucket"], named), parameters["Key"]
    return Request(f"s3:{action}", f"{bucket}/{key}")


@_asks("s3", "GetObject", "HeadObject")
def _get_object(parameters: Json, named: Named) -> Iterator[Request]:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    yield _object(
        "GetObjectVersion" if "VersionId" in parameters else "GetObject", parameters, named
    )


@_asks("s3", "PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
def _put_object(parameters: Json, named: Named) -> Iterator[Request]:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
    yield _object("PutObject", parameters, named)


@_asks("s3", "CopyObject", "UploadPartCopy")
def _copy_object(parameters: Json, named: Named) -> Iterator[Request]:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    source = parameters["CopySource"]
    if isinstance(source, str):
        path, _, version = source.lstrip("/").partition("?versionId=")
        bucket, _, key = path.partition("/")
        source = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    yield from _get_object(source, named)
    yield _object("PutObject", parameters, named)


@_asks("s3", "AbortMultipartUpload")
def _abort(parameters: Json, named: Named) -> Iterator[Request]:
    yield _object("AbortMultipartUpload", parameters, named)


@_asks("s3", "DeleteObject")
def _delete_object(parameters: Json, named: Named) -> Iterator[Request]:
    versioned = "VersionId" in parameters
    yield _object("DeleteObjectVersion" if versioned else "DeleteObject", parameters, named)


@_asks("s3", "ListObjectsV2", "ListObjects", "HeadBucket")
def _list_objects(parameters: Json, named: Named) -> Iterator[Request]:
    yield Request("s3:ListBucket", bucket_arn(parameters["Bucket"], named))


@_asks("s3", "ListObjectVersions")
def _list_versions(parameters: Json, named: Named) -> Iterator[Request]:
    yield Request("s3:ListBucketVersions", bucket_arn(parameters["Bucket"], named))


# SQS
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html


def _on_queue(action: str) -> Mapped:
    def mapped(parameters: Json, named: Named) -> Iterator[Request]:
        url = parameters["QueueUrl"]
        name = url.rpartition("/")[2]
        arn = named.arn(url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
        yield Request(f"sqs:{action}", arn)

    return mapped


# A batch of messages needs the same permission as a single message.
for _operation, _action in {
    "SendMessage": "SendMessage",
    "SendMessageBatch": "SendMessage",
    "ReceiveMessage": "ReceiveMessage",
    "DeleteMessage": "DeleteMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibility": "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "GetQueueAttributes": "GetQueueAttributes",
}.items():
    _asks("sqs", _operation)(_on_queue(_action))


# Secrets Manager, with the AWS managed key, which needs no permission of KMS
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html


@_asks("secretsmanager", "GetSecretValue")
def _get_secret(parameters: Json, named: Named) -> Iterator[Request]:
    yield Request("secretsmanager:GetSecretValue", named.name(parameters["SecretId"]))


# Systems Manager; the entries are no SecureStrings, which would also need kms:Decrypt
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html


@_asks("ssm", "GetParameter")
def _get_parameter(parameters: Json, named: Named) -> Iterator[Request]:
    assert not parameters.get("WithDecryption"), f"add kms:Decrypt to {__name__}"
    name = named.name(parameters["Name"]).removeprefix("/")
    yield Request("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}")


# Lambda
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html


@_asks("lambda", "Invoke")
def _invoke(parameters: Json, named: Named) -> Iterator[Request]:
    logical_id = parameters["FunctionName"].removeprefix(f"{STACK}-")
    yield Request("lambda:InvokeFunction", named.stack.attributes[logical_id, "Arn"])


# SES
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html


@_asks("sesv2", "SendEmail")
def _send_email(parameters: Json, named: Named) -> Iterator[Request]:
    """Yield requests on the sender's identity, the configuration set and the recipients'.

    SES uses the policy of the most specific identity: that of the address, or of its domain.
    If a recipient is an identity of the account, as every recipient is in the sandbox, SES
    checks that one, too.

    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    https://github.com/cloudposse/terraform-aws-ses/issues/40
    """
    _, sender = parseaddr(parameters["FromEmailAddress"])
    # The address only; the display name is ses:FromDisplayName.
    # https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policy-examples.html
    context = {"ses:FromAddress": (sender,)}
    resources = [
        f"identity/{named.stack.names['MailSender']}",
        *(f"identity/{address}" for address in parameters["Destination"]["ToAddresses"]),
        f"configuration-set/{named.name(parameters['ConfigurationSetName'])}",
    ]
    for resource in resources:
        arn = f"arn:aws:ses:{REGION}:{ACCOUNT}:{resource}"
        yield Request("ses:SendEmail", arn, context)


def _without_resource(action: str) -> Mapped:
    def mapped(parameters: Json, named: Named) -> Iterator[Request]:
        yield Request(action, "*")

    return mapped


for _operation in ("GetAccount", "DeleteSuppressedDestination"):
    _asks("sesv2", _operation)(_without_resource(f"ses:{_operation}"))


def presigned_post(fields: Mapping[str, Any], conditions: list[Any], named: Named) -> Request:
    """Return the requests when a browser posts a file with a signed form.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
    """
    bucket = next(
        each["bucket"] for each in conditions if isinstance(each, dict) and "bucket" in each
    )
    # S3 inserts the name of the browser's file.
    return _object("PutObject", {"Bucket": bucket, "Key": fields["key"]}, named)
