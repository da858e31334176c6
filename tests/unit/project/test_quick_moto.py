"""Making moto faster changes nothing else: cancelled transactions, answers, new stacks."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from registration.adapters import clients
from tests.support.cloud import PUBLIC_URL, Cloud
from tests.support.factories import NOW
from tests.support.mail.mailing import sign_up
from tests.support.stack import REGION, Stack

KEY = {"PK": {"S": "a"}, "SK": {"S": "b"}}


@pytest.fixture(params=[["PK"], ["PK", "SK"]], ids=["hash key", "hash and range key"])
def table(request: pytest.FixtureRequest) -> Iterator[Any]:
    with mock_aws():
        dynamodb: Any = boto3.resource("dynamodb")
        table = dynamodb.create_table(
            TableName="table",
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(request.param, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in request.param
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        table.put_item(Item={"PK": "a", "SK": "b", "number": 1, "map": {"inner": [1]}})
        table.put_item(Item={"PK": "gone", "SK": "b"})
        yield table


def records(table: Any) -> list[Any]:
    streams = boto3.client("dynamodbstreams")
    arn = table.latest_stream_arn
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [
        record["dynamodb"].get("NewImage")
        for record in streams.get_records(ShardIterator=iterator)["Records"]
    ]


def key(table: Any, **values: str) -> Any:
    names = [each["AttributeName"] for each in table.key_schema]
    return {name: {"S": values.get(name, KEY[name]["S"])} for name in names}


def changes(table: Any, condition: str) -> list[Any]:
    """Return a transaction's operations; the last one has a condition."""
    update = "SET #n = #n + :one, #m.#i[0] = :one, added = :one"
    names = {"#n": "number", "#m": "map", "#i": "inner"}
    one = {":one": {"N": "1"}}
    return [
        {
            "Update": {
                "TableName": "table",
                "Key": key(table),
                "UpdateExpression": update,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": one,
            }
        },
        {"Put": {"TableName": "table", "Item": {**KEY, "PK": {"S": "new"}}}},
        {"Delete": {"TableName": "table", "Key": key(table, PK="gone")}},
        {
            "ConditionCheck": {
                "TableName": "table",
                "Key": key(table, PK="nowhere"),
                "ConditionExpression": condition,
            }
        },
    ]


def state(table: Any) -> Any:
    return sorted(map(str, table.scan()["Items"])), records(table)


def test_a_cancelled_transaction_leaves_items_and_stream_as_they_were(table: Any) -> None:
    before = state(table)
    client = table.meta.client

    with pytest.raises(client.exceptions.TransactionCanceledException):
        boto3.client("dynamodb").transact_write_items(
            TransactItems=changes(table, "attribute_exists(PK)")
        )

    assert state(table) == before


def test_a_transaction_that_is_not_cancelled_changes_them(table: Any) -> None:
    boto3.client("dynamodb").transact_write_items(
        TransactItems=changes(table, "attribute_not_exists(PK)")
    )

    names = [each["AttributeName"] for each in table.key_schema]
    kept = table.get_item(Key={name: KEY[name]["S"] for name in names})["Item"]
    assert (kept["number"], kept["added"]) == (2, 1)
    assert sorted(item["PK"] for item in table.scan()["Items"]) == ["a", "new"]
    assert len(records(table)) == 5


def test_the_copy_of_a_table_shares_its_items(table: Any) -> None:
    original: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables["table"]

    copied = copy.deepcopy(original)

    assert list(map(id, copied.all_items())) == list(map(id, original.all_items()))
    assert copied.stream_shard.items == original.stream_shard.items
    table.put_item(Item={"PK": "another", "SK": "b"})
    assert len(list(copied.all_items())) == 2
    assert len(copied.stream_shard.items) == 2


# A new stack


def address_of(cloud: Cloud) -> str:
    name = cloud.stack.names["PublicUrlEntry"]
    return clients.ssm().get_parameter(Name=name)["Parameter"]["Value"]


def made_of(cloud: Cloud) -> Any:
    """Return AWS's description of a stack's resources, without the creation times."""
    sqs, names = clients.sqs(), cloud.stack.names
    queues = sqs.list_queues()["QueueUrls"]
    described = {
        "tables": [
            clients.dynamodb().describe_table(TableName=name)["Table"]
            for name in (cloud.customers_table, cloud.outbox_table)
        ],
        "queues": [
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for url in queues
        ],
        "versioning": clients.s3().get_bucket_versioning(Bucket=cloud.bucket)["Status"],
        "secrets": [
            clients.secrets_manager().describe_secret(SecretId=names[name])["ARN"]
            for name in ("LinkKeys", "TokenKeys")
        ],
        "identities": clients.ses().list_email_identities()["EmailIdentities"],
        "configuration": clients.ses().list_configuration_sets()["ConfigurationSets"],
        "address": address_of(cloud),
        "names": names,
        "attributes": sorted(map(str, cloud.stack.attributes.items())),
    }
    return json.loads(json.dumps(described, default=str, sort_keys=True))


@contextmanager
def a_stack(**parameters: str) -> Iterator[Cloud]:
    with mock_aws():
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL, **parameters}))
        stop = cloud.watch()
        yield cloud
        stop()


@pytest.mark.clock(NOW)
def test_a_stack_is_the_same_whether_it_is_made_or_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.support.cloud.made_before", {})
    with a_stack() as cloud:
        made = made_of(cloud)
        sign_up(cloud, "ada@example.com")
        cloud.drop("a.csv", b"no customers")
        cloud.drain()

    with a_stack() as cloud:
        assert made_of(cloud) == made
        assert cloud.state() == {cloud.customers_table: [], cloud.outbox_table: []}
        assert clients.s3().list_object_versions(Bucket=cloud.bucket).get("Versions", []) == []
        sign_up(cloud, "ada@example.com")
        cloud.drain()
        assert len(cloud.mails) == 1


def test_other_parameters_make_other_resources() -> None:
    with a_stack(MailFrom="shop@one.example"):
        pass

    with a_stack(PublicUrl="https://other.example", MailFrom="shop@two.example") as other:
        assert address_of(other) == "https://other.example"
        identities = clients.ses().list_email_identities()["EmailIdentities"]
        assert [each["IdentityName"] for each in identities] == ["two.example"]


def test_a_second_stack_does_not_replace_the_first() -> None:
    with a_stack(), pytest.raises(AssertionError, match="there is a stack already"):
        Cloud(Stack({"PublicUrl": PUBLIC_URL}))
