"""The IAM requests of each API call."""

from typing import Any

import pytest

from tests.iam.policies import Json, Request
from tests.iam.requests import Named, presigned_post, requests_of
from tests.iam.roles import roles_of

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/registration-Customers"
OUTBOX = "arn:aws:dynamodb:eu-central-1:123456789012:table/registration-Outbox"
SES = "arn:aws:ses:eu-central-1:123456789012"
NAMED = Named(
    roles_of({"MailIdentity": "shop.example"}).stack,
    {
        "customers-1": "Customers",
        "outbox-1": "Outbox",
        "https://sqs/1/chunks-1": "Chunks",
        "uploads-1": "ImportBucket",
        "arn:secret-1": "LinkKeys",
    },
)
BUCKET = f"arn:aws:s3:::{NAMED.stack.names['ImportBucket']}"


def asked(service: str, operation: str, **parameters: Any) -> list[str]:
    return [str(request) for request in requests_of(service, operation, parameters, NAMED)]


def key(value: str) -> Json:
    return {"PK": {"S": value}, "SK": {"S": "x"}}


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "DeleteItem"])
def test_an_item_by_its_key(operation: str) -> None:
    assert asked("dynamodb", operation, TableName="customers-1", Key=key("CUSTOMER#1")) == [
        f"dynamodb:{operation} on {TABLE} dynamodb:LeadingKeys=CUSTOMER#1"
    ]


def test_an_item_that_is_put_asks_for_nothing_more_for_its_old_values() -> None:
    item = {**key("CUSTOMER#1"), "name": {"S": "Sonia"}}

    found = asked("dynamodb", "PutItem", TableName="customers-1", Item=item, ReturnValues="ALL_OLD")

    assert found == [f"dynamodb:PutItem on {TABLE} dynamodb:LeadingKeys=CUSTOMER#1"]


def test_a_batch_has_the_leading_keys_of_each_table() -> None:
    read = {
        "customers-1": {"Keys": [key("CUSTOMER#1"), key("EMAIL#a"), key("CUSTOMER#1")]},
        "outbox-1": {"Keys": [{"PK": {"S": "MAIL#1"}}]},
    }
    written = {
        "customers-1": [
            {"PutRequest": {"Item": key("SEARCH#a")}},
            {"DeleteRequest": {"Key": key("SEARCH#b")}},
        ]
    }

    assert asked("dynamodb", "BatchGetItem", RequestItems=read) == [
        f"dynamodb:BatchGetItem on {TABLE} dynamodb:LeadingKeys=CUSTOMER#1, EMAIL#a",
        f"dynamodb:BatchGetItem on {OUTBOX} dynamodb:LeadingKeys=MAIL#1",
    ]
    assert asked("dynamodb", "BatchWriteItem", RequestItems=written) == [
        f"dynamodb:BatchWriteItem on {TABLE} dynamodb:LeadingKeys=SEARCH#a, SEARCH#b"
    ]


def test_a_transaction_asks_for_the_action_of_each_item_on_all_keys_of_its_table() -> None:
    items = [
        {"Put": {"TableName": "customers-1", "Item": key("CUSTOMER#1")}},
        {"Update": {"TableName": "customers-1", "Key": key("EMAIL#a")}},
        {"Delete": {"TableName": "outbox-1", "Key": {"PK": {"S": "MAIL#1"}}}},
        {"ConditionCheck": {"TableName": "customers-1", "Key": key("EMAIL#b")}},
    ]

    assert asked("dynamodb", "TransactWriteItems", TransactItems=items) == [
        f"dynamodb:PutItem on {TABLE} dynamodb:LeadingKeys=CUSTOMER#1, EMAIL#a, EMAIL#b",
        f"dynamodb:UpdateItem on {TABLE} dynamodb:LeadingKeys=CUSTOMER#1, EMAIL#a, EMAIL#b",
        f"dynamodb:DeleteItem on {OUTBOX} dynamodb:LeadingKeys=MAIL#1",
        f"dynamodb:ConditionCheckItem on {TABLE} dynamodb:LeadingKeys=CUSTOMER#1, EMAIL#a, EMAIL#b",
    ]
    assert asked(
        "dynamodb",
        "TransactGetItems",
        TransactItems=[{"Get": {"TableName": "customers-1", "Key": key("EMAIL#a")}}],
    ) == [f"dynamodb:GetItem on {TABLE} dynamodb:LeadingKeys=EMAIL#a"]


def test_a_query_asks_for_the_table_or_the_index_with_its_partition_key() -> None:
    of_table = {
        "TableName": "customers-1",
        "KeyConditionExpression": "begins_with(SK, :sk) AND #pk = :pk",
        "ExpressionAttributeNames": {"#pk": "PK"},
        "ExpressionAttributeValues": {":pk": {"S": "AUDIT#1"}, ":sk": {"S": "x"}},
    }
    of_index = {
        "TableName": "outbox-1",
        "IndexName": "waiting",
        "KeyConditionExpression": "waiting = :shard AND promised_at < :before",
        "ExpressionAttributeValues": {":shard": {"S": "WAITING#people#1"}, ":before": {"S": "2"}},
    }

    assert asked("dynamodb", "Query", **of_table) == [
        f"dynamodb:Query on {TABLE} dynamodb:LeadingKeys=AUDIT#1"
    ]
    assert asked("dynamodb", "Query", **of_index) == [
        f"dynamodb:Query on {OUTBOX}/index/waiting dynamodb:LeadingKeys=WAITING#people#1"
    ]


def test_a_scan_has_no_leading_keys() -> None:
    assert asked("dynamodb", "Scan", TableName="outbox-1") == [f"dynamodb:Scan on {OUTBOX}"]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("GetObject", {}, "s3:GetObject"),
        ("HeadObject", {}, "s3:GetObject"),
        ("GetObject", {"VersionId": "1"}, "s3:GetObjectVersion"),
        ("PutObject", {}, "s3:PutObject"),
        ("CreateMultipartUpload", {}, "s3:PutObject"),
        ("UploadPart", {}, "s3:PutObject"),
        ("CompleteMultipartUpload", {}, "s3:PutObject"),
        ("AbortMultipartUpload", {}, "s3:AbortMultipartUpload"),
        ("DeleteObject", {}, "s3:DeleteObject"),
        ("DeleteObject", {"VersionId": "1"}, "s3:DeleteObjectVersion"),
    ],
)
def test_an_object(operation: str, parameters: Json, expected: str) -> None:
    found = asked("s3", operation, Bucket="uploads-1", Key="a/b.csv", **parameters)

    assert found == [f"{expected} on {BUCKET}/a/b.csv"]


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ({"Bucket": "uploads-1", "Key": "a/b.csv"}, "s3:GetObject"),
        ({"Bucket": "uploads-1", "Key": "a/b.csv", "VersionId": "1"}, "s3:GetObjectVersion"),
        ("uploads-1/a/b.csv", "s3:GetObject"),
        ("/uploads-1/a/b.csv?versionId=1", "s3:GetObjectVersion"),
    ],
)
@pytest.mark.parametrize("operation", ["CopyObject", "UploadPartCopy"])
def test_a_copy_reads_its_source(operation: str, source: Any, read: str) -> None:
    found = asked("s3", operation, Bucket="uploads-1", Key="c.csv", CopySource=source)

    assert found == [f"{read} on {BUCKET}/a/b.csv", f"s3:PutObject on {BUCKET}/c.csv"]


def test_lists_of_a_bucket() -> None:
    assert asked("s3", "ListObjectsV2", Bucket="uploads-1") == [f"s3:ListBucket on {BUCKET}"]
    assert asked("s3", "ListObjectVersions", Bucket="uploads-1") == [
        f"s3:ListBucketVersions on {BUCKET}"
    ]


def test_a_form_that_a_browser_posts() -> None:
    conditions = [{"success_action_redirect": "x"}, {"bucket": "uploads-1"}]

    found = presigned_post({"key": "back-office/1/${filename}"}, conditions, NAMED)

    assert str(found) == f"s3:PutObject on {BUCKET}/back-office/1/${{filename}}"


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("SendMessage", "SendMessage"),
        ("SendMessageBatch", "SendMessage"),
        ("ChangeMessageVisibility", "ChangeMessageVisibility"),
        ("DeleteMessageBatch", "DeleteMessage"),
    ],
)
def test_a_queue(operation: str, action: str) -> None:
    assert asked("sqs", operation, QueueUrl="https://sqs/1/chunks-1") == [
        f"sqs:{action} on arn:aws:sqs:eu-central-1:123456789012:registration-Chunks"
    ]


def test_secrets_parameters_and_functions() -> None:
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registration-LinkKeys-aB3dE6"
    parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/some/entry"
    function = "arn:aws:lambda:eu-central-1:123456789012:function:registration-CartsFunction"

    assert asked("secretsmanager", "GetSecretValue", SecretId="arn:secret-1") == [
        f"secretsmanager:GetSecretValue on {secret}"
    ]
    assert asked("ssm", "GetParameter", Name="/some/entry") == [f"ssm:GetParameter on {parameter}"]
    assert asked("lambda", "Invoke", FunctionName="registration-CartsFunction") == [
        f"lambda:InvokeFunction on {function}"
    ]


def test_a_mail_asks_for_sender_recipient_and_configuration_set() -> None:
    found = asked(
        "sesv2",
        "SendEmail",
        FromEmailAddress='"The, Shop" <Mail@shop.example>',
        Destination={"ToAddresses": ["sonia@example.com"]},
        ConfigurationSetName="set-1",
    )

    address = "ses:FromAddress=Mail@shop.example"
    assert found == [
        f"ses:SendEmail on {SES}:identity/shop.example {address}",
        f"ses:SendEmail on {SES}:identity/sonia@example.com {address}",
        f"ses:SendEmail on {SES}:configuration-set/set-1 {address}",
    ]


@pytest.mark.parametrize("operation", ["GetAccount", "DeleteSuppressedDestination"])
def test_what_ses_knows_no_resource_of(operation: str) -> None:
    assert requests_of("sesv2", operation, {}, NAMED) == [Request(f"ses:{operation}", "*")]


def test_an_operation_that_is_not_known_says_where_to_add_it() -> None:
    with pytest.raises(LookupError, match=r"s3 PutBucketAcl: add .* tests\.iam\.requests"):
        requests_of("s3", "PutBucketAcl", {}, NAMED)
