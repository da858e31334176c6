"""A transaction that moto cancels leaves nothing behind, though its tables share their items."""

import copy
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.stack import REGION

KEY = {"PK": {"S": "a"}, "SK": {"S": "b"}}


@pytest.fixture(params=[["PK"], ["PK", "SK"]], ids=["hash key", "hash and range key"])
def table(request: pytest.FixtureRequest) -> Iterator[Any]:
    with mock_aws():
        table = boto3.resource("dynamodb").create_table(
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
    original = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables["table"]

    copied = copy.deepcopy(original)

    assert list(map(id, copied.all_items())) == list(map(id, original.all_items()))
    assert copied.stream_shard.items == original.stream_shard.items
    table.put_item(Item={"PK": "another", "SK": "b"})
    assert len(list(copied.all_items())) == 2
    assert len(copied.stream_shard.items) == 2
