"""Large requests are sent raw, and exactly as botocore would send them."""

import json
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from registration.adapters.dynamodb.raw_requests import send_raw_requests

ITEM = {
    "PK": {"S": "Zoë ☕"},
    "number": {"N": "12"},
    "no": {"BOOL": False},
    "bytes": {"B": b"\x00\xff"},
    "map": {"M": {"list": {"L": [{"S": "a"}, {"NULL": True}]}}},
}
PUT = {
    "Put": {
        "TableName": "t",
        "Item": ITEM,
        "ConditionExpression": "expires_at <= :now",
        "ExpressionAttributeValues": {":now": {"N": "1"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
}
CALLS: dict[str, Any] = {
    "transact_write_items": {
        "TransactItems": [PUT, {"Delete": {"TableName": "t", "Key": {"PK": {"S": "x"}}}}],
        "ClientRequestToken": "token",
    },
    "batch_get_item": {
        "RequestItems": {"t": {"Keys": [{"PK": {"S": "x"}}], "ConsistentRead": True}},
        "ReturnConsumedCapacity": "TOTAL",
    },
    "get_item": {"TableName": "t", "Key": {"PK": {"S": "x"}}},
}


def a_client() -> Any:
    """Return a client like that of the product."""
    client = boto3.client("dynamodb", config=Config(parameter_validation=False))
    send_raw_requests(client)
    return client


def sent(client: Any, operation: str, parameters: Any) -> tuple[Any, dict[str, str]]:
    """Return the body and the headers of a request."""
    requests = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        raw = type("Raw", (), {"stream": lambda self: iter([b"{}"])})()
        no_headers: Any = {}
        return AWSResponse(request.url, 200, no_headers, raw)

    client.meta.events.register("before-send.dynamodb", keep)
    getattr(client, operation)(**parameters)
    (request,) = requests
    headers = {name: str(value) for name, value in request.headers.items()}
    return json.loads(request.body), headers


@pytest.mark.parametrize("operation", CALLS)
def test_a_request_equals_the_one_that_botocore_would_send(operation: str) -> None:
    ours, theirs = a_client(), boto3.client("dynamodb")
    parameters = CALLS[operation]

    body, headers = sent(ours, operation, dict(parameters))

    expected, expected_headers = sent(theirs, operation, dict(parameters))
    assert body == expected
    assert headers["X-Amz-Target"] == expected_headers["X-Amz-Target"]
    assert int(headers["Content-Length"]) > 10


def test_a_request_without_a_token_gets_one_for_all_tries() -> None:
    client = a_client()

    body, _ = sent(client, "transact_write_items", {"TransactItems": [PUT]})

    assert len(body["ClientRequestToken"]) == 36
