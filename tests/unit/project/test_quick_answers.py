"""Moto answers the same, made faster or not: what our functions ask, and odd requests."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from registration.adapters import clients
from tests.handlers.staff.test_back_office import LIST, staff
from tests.support import quick_moto
from tests.support.calls import exchanges
from tests.support.calls.exchanges import Exchange, Told
from tests.support.cloud import PUBLIC_URL, Cloud
from tests.support.factories import NOW
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.quick_moto.state import records_after
from tests.support.stack import ROOT, Json, Stack

ITEM: Json = {
    "PK": {"S": "a"},
    "SK": {"S": "b"},
    "number": {"N": "1"},
    "binary": {"B": b"\x00\xff"},
    "strings": {"SS": ["x"]},
    "numbers": {"NS": ["1", "2.5"]},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": "0"}, {"N": "1"}, {"M": {"in": {"B": b"2"}}}, {"S": "3"}]},
    "map": {"M": {"list": {"L": []}, "deep": {"M": {"er": {"S": "!"}}}}},
}
KEY: Json = {name: ITEM[name] for name in ("PK", "SK")}
HERE: Json = {"TableName": "table", "Key": KEY}


@dataclass
class Exchanged:
    """A request, and what moto answered."""

    operation: str
    parameters: Json
    answer: Any


def told(operation: str, **parameters: Any) -> Any:
    """Ask moto as it comes, over botocore."""
    client: Any = boto3.client("dynamodb")
    try:
        answer = client._make_api_call(operation, parameters)
    except ClientError as error:
        return what_counts({**error.response})
    return what_counts(answer)


def told_quickly(operation: str, **parameters: Any) -> Any:
    """Ask moto as all other tests do."""
    client: Any = clients.dynamodb()
    _, answer = client.exchange(operation, parameters)
    return what_counts(answer)


def what_counts(answer: Json) -> Json:
    """Return an answer without what is not DynamoDB's."""
    answer = {
        k: v for k, v in answer.items() if k not in {"ResponseMetadata", "message", "Message"}
    }
    return answer | {"Error": {**answer["Error"]}} if "Error" in answer else answer


def an_update(expression: str, condition: str = "", **more: Any) -> tuple[str, Json]:
    """Return an update of the item; names are those of the expressions without their ``#``."""
    names = {f"#{name}": name for name in more.pop("names", "").split()}
    given = {
        "UpdateExpression": expression,
        **({"ConditionExpression": condition} if condition else {}),
        **({"ExpressionAttributeNames": names} if names else {}),
        **more,
    }
    return "UpdateItem", {**HERE, **given}


def values(**given: Any) -> Json:
    """Return values of expressions, by their names without the colon."""
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}}


ONE, TEXT = {"N": "1"}, {"S": "text"}
REQUESTS: list[tuple[str, Json]] = [
    ("PutItem", {"TableName": "table", "Item": {**ITEM, "SK": {"S": "c"}}}),
    ("GetItem", HERE),
    ("GetItem", {**HERE, "ProjectionExpression": "binary, #l[2], map.deep"}),
    (
        "GetItem",
        {
            **HERE,
            "ProjectionExpression": "binary, #l[2], #m.deep",
            "ExpressionAttributeNames": {"#l": "list", "#m": "map"},
        },
    ),
    ("GetItem", {"TableName": "table", "Key": {"PK": {"S": "nobody"}, "SK": {"S": ""}}}),
    ("GetItem", {"TableName": "none", "Key": KEY}),
    an_update("SET #number = #number + :one", names="number", **values(one=ONE)),
    an_update("SET #list[1] = :one, yes = :text", names="list", **values(one=ONE, text=TEXT)),
    an_update(
        "SET fresh = if_not_exists(fresh, :one), #list = list_append(#list, :more)",
        names="list",
        ReturnValues="ALL_NEW",
        **values(one=ONE, more={"L": [{"M": {"b": {"B": b"1"}}}]}),
    ),
    an_update("REMOVE #list[0], #list[2], yes", names="list", ReturnValues="UPDATED_OLD"),
    an_update("ADD strings :more, numbers :two", **values(more={"SS": ["y"]}, two={"NS": ["2"]})),
    an_update("DELETE strings :more", ReturnValues="ALL_OLD", **values(more={"SS": ["x"]})),
    an_update(
        "SET #map.deep.er = :text REMOVE gone ADD many :one",
        names="map",
        ReturnValues="UPDATED_NEW",
        **values(text=TEXT, one=ONE),
    ),
    an_update("SET #map.nowhere.er = :text", names="map", **values(text=TEXT)),
    an_update("SET #number = :text, #number = :text", names="number", **values(text=TEXT)),
    an_update("SET #map = :text, #map.deep = :text", names="map", **values(text=TEXT)),
    an_update("SET PK = :text", **values(text=TEXT)),
    an_update("SET SET = :text", **values(text=TEXT)),
    an_update("SET a = :text", **values(text=TEXT, unused=ONE)),
    an_update("SET a = :missing", **values(text=TEXT)),
    an_update("SET a = :text SET b = :text", **values(text=TEXT)),
    an_update("ADD yes :one", **values(one=ONE)),
    an_update("SET number = number + :text", **values(text=TEXT)),
    an_update("SET a = :large", **values(large={"S": "x" * 500_000})),
    an_update("SET a = :half", **values(half={"S": "x" * 250_000})),
    an_update("SET b = :half", **values(half={"S": "x" * 250_000})),
    an_update("REMOVE a"),
    an_update("SET a = :one", "attribute_exists(PK) AND NOT fresh = :one", **values(one=ONE)),
    an_update("SET a = :one", "attribute_not_exists(PK) OR fresh = :one", **values(one=ONE)),
    an_update(
        "SET a = :one",
        "(fresh IN (:one, :text) AND begins_with(SK, :b)) AND contains(strings, :y)",
        **values(one=ONE, text=TEXT, b={"S": "b"}, y={"S": "y"}),
    ),
    an_update(
        "SET a = :one",
        "fresh BETWEEN :two AND :two",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
        **values(one=ONE, two={"N": "2"}),
    ),
    *[
        an_update("SET #a = :new", "#a = :one AND attribute_exists(#many)", names="a many", **given)
        for given in (values(new=ONE, one=ONE), values(new=ONE, one=ONE), values(new=ONE, one=TEXT))
    ],
    an_update("SET a = :one", "size(#list) > :one", names="list", **values(one=ONE)),
    an_update("SET a = :one", "attribute_type(a, :text)", **values(one=ONE, text={"S": "N"})),
    an_update("SET a = :one", "((a = :one))", **values(one=ONE)),
    (
        "UpdateItem",
        {
            "TableName": "table",
            "Key": {"PK": {"S": "new"}, "SK": {"S": "n"}},
            "UpdateExpression": "SET a = :one",
            **values(one=ONE),
        },
    ),
    ("PutItem", {"TableName": "table", "Item": {**KEY, "large": {"S": "x" * 500_000}}}),
    ("PutItem", {"TableName": "table", "Item": {"PK": {"S": ""}, "SK": {"S": "b"}}}),
    (
        "PutItem",
        {"TableName": "table", "Item": KEY, "ConditionExpression": "attribute_not_exists(PK)"},
    ),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "table", "Item": {**KEY, "SK": {"S": "t"}}}},
                {"Update": an_update("SET a = :text", "a = :one", **values(one=ONE, text=TEXT))[1]},
                {"Delete": {"TableName": "table", "Key": {**KEY, "SK": {"S": "c"}}}},
            ]
        },
    ),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "table", "Item": {**KEY, "SK": {"S": "never"}}}},
                {
                    "ConditionCheck": {
                        **HERE,
                        "ConditionExpression": "attribute_not_exists(PK)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
            ]
        },
    ),
    ("TransactGetItems", {"TransactItems": [{"Get": HERE}]}),
    ("BatchGetItem", {"RequestItems": {"table": {"Keys": [KEY], "ConsistentRead": True}}}),
    (
        "BatchWriteItem",
        {"RequestItems": {"table": [{"PutRequest": {"Item": {**KEY, "SK": {"S": "w"}}}}]}},
    ),
    (
        "Query",
        {
            "TableName": "table",
            "KeyConditionExpression": "PK = :pk AND begins_with(SK, :sk)",
            "FilterExpression": "attribute_not_exists(gone) AND a = :text",
            **values(pk={"S": "a"}, sk={"S": "b"}, text=TEXT),
        },
    ),
    (
        "Query",
        {
            "TableName": "table",
            "KeyConditionExpression": "PK = :pk",
            "Limit": 1,
            **values(pk={"S": "a"}),
        },
    ),
    ("DeleteItem", {**HERE, "ConditionExpression": "a = :no", **values(no={"S": "no"})}),
    ("DeleteItem", {**HERE, "ReturnValues": "ALL_OLD"}),
    ("Scan", {"TableName": "table"}),
]
TABLE: Json = {
    "TableName": "table",
    "KeySchema": [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("PK", "SK")],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@contextmanager
def slow() -> Iterator[None]:
    """Let moto be slow, and empty."""
    with quick_moto.as_it_comes(), mock_aws():
        yield


def test_odd_requests_are_answered_the_same() -> None:
    def all_answers(ask: Any) -> list[Any]:
        ask("CreateTable", **TABLE)
        ask("PutItem", TableName="table", Item=ITEM)
        return [ask(operation, **copy.deepcopy(given)) for operation, given in REQUESTS]

    with mock_aws():
        quick = all_answers(told_quickly)
    with slow():
        answers = all_answers(told)

    for (operation, given), answer, one in zip(REQUESTS, answers, quick, strict=True):
        assert one == answer, (operation, given)
    refused = [answer["Error"]["Code"] for answer in answers if "Error" in answer]
    # Most are answered, and each kind of refusal is among the others.
    assert len(refused) < len(REQUESTS) / 2
    assert {"ValidationException", "ConditionalCheckFailedException"} < set(refused)
    assert "TransactionCanceledException" in refused


@pytest.mark.clock(NOW)
def test_a_life_is_answered_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.cloud.made_before", {})
    exchanged: list[Exchanged] = []

    def record(service: str, operation: str, parameters: Json, ask: Exchange) -> Told:
        given = copy.deepcopy(parameters)
        status, answer = ask(operation, parameters)
        exchanged.append(Exchanged(operation, given, what_counts(copy.deepcopy(answer))))
        return status, answer

    with mock_aws(), exchanges.watched(record, "dynamodb"):
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL}))
        live(cloud)

    assert {e.operation for e in exchanged} > {"UpdateItem", "TransactWriteItems", "Query"}
    assert len(exchanged) > 50
    with slow():
        for each in exchanged:
            answer = told(each.operation, **each.parameters)
            if not each.operation.endswith("Table"):  # their answers have times
                assert each.answer == answer, each.parameters


def live(cloud: Cloud) -> None:
    """Use what customers and staff use."""
    stop = cloud.watch()
    cloud.follow_customers()
    reference = confirmed(cloud)
    assert sign_in(cloud, password="wrong password").status == 401
    headers = bearer(sign_in(cloud))
    added = {"data": {"type": "guest-cart-items", "attributes": {"sku": "tea", "quantity": 2}}}
    guest = {"x-anonymous-customer-unique-id": "a"}
    assert cloud.post_json("/guest-cart-items", added, headers=guest).status == 201
    assert cloud.request("GET", f"/customers/{reference}", headers=headers).status == 200
    cloud.index()
    found = cloud.get_page(f"{LIST}?q=son", cookies=staff(cloud))
    assert "sonia@example.com" in found.body
    cloud.drop("customers.csv", (ROOT / "examples" / "customer.csv").read_bytes())
    cloud.drain()
    cloud.index()
    stop()


def test_a_streams_records_are_those_that_aws_returns() -> None:
    with slow():
        client, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
        arn = client.create_table(**TABLE)["TableDescription"]["LatestStreamArn"]
        client.put_item(TableName="table", Item=ITEM)
        client.update_item(**HERE, UpdateExpression="REMOVE strings")
        client.delete_item(**HERE)
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]

        assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
        assert records_after(arn, None) == records
        first = records[0]["dynamodb"]["SequenceNumber"]
        assert records_after(arn, first) == records[1:]
        assert records_after(arn, records[-1]["dynamodb"]["SequenceNumber"]) == []
