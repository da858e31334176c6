"""The small client asks as botocore would, and tells what botocore would tell."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from threading import Event, Thread
from typing import Any
from unittest import mock

import boto3
import botocore
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ResponseStreamingError,
)
from botocore.model import OperationModel
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import connection

from registration.adapters import clients, json_client
from registration.adapters.dynamodb import retries as of_retries
from registration.adapters.dynamodb.transient import is_transient
from registration.adapters.json_client import JsonText, encoded
from registration.adapters.signatures import Credentials, Signer

ITEM = {
    "PK": {"S": "Zoë ☕"},
    "number": {"N": "12"},
    "no": {"BOOL": False},
    "bytes": {"B": b"\x00\xff"},
    "B": {"S": "a name like that of a type"},
    "map": {"M": {"list": {"L": [{"S": "a"}, {"NULL": True}, {"B": b"\x01"}]}}},
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
KEY = {"PK": {"S": "x"}}
DYNAMODB: dict[str, Any] = {
    "transact_write_items": {
        "TransactItems": [PUT, {"Delete": {"TableName": "t", "Key": KEY}}],
        "ClientRequestToken": "token",
    },
    "batch_get_item": {
        "RequestItems": {"t": {"Keys": [KEY], "ConsistentRead": True}},
        "ReturnConsumedCapacity": "TOTAL",
    },
    "batch_write_item": {"RequestItems": {"t": [{"PutRequest": {"Item": ITEM}}]}},
    "get_item": {"TableName": "t", "Key": KEY},
    "put_item": {"TableName": "t", "Item": ITEM},
    "delete_item": {"TableName": "t", "Key": KEY},
    "update_item": {"TableName": "t", "Key": KEY, "UpdateExpression": "REMOVE a"},
    "query": {"TableName": "t", "KeyConditionExpression": "PK = :pk", "Limit": 3},
    "scan": {"TableName": "t", "ExclusiveStartKey": KEY},
}
SECRETS = {"get_secret_value": {"SecretId": "keys"}}
PARAMETERS = {"get_parameter": {"Name": "/address"}}
CALLS = [
    *[("dynamodb", clients.dynamodb, name, given) for name, given in DYNAMODB.items()],
    *[("secretsmanager", clients.secrets_manager, name, given) for name, given in SECRETS.items()],
    *[("ssm", clients.ssm, name, given) for name, given in PARAMETERS.items()],
]
CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "Transaction cancelled",
    "CancellationReasons": [
        {"Code": "ConditionalCheckFailed", "Message": "failed", "Item": {"a": {"B": "AP8="}}},
        {"Code": "None"},
    ],
}
# What AWS answers: the status, the body.
ANSWERS = {
    "an item": (200, json.dumps({"Item": {**ITEM, "bytes": {"B": "AP8="}, "map": {"M": {}}}})),
    "nothing": (200, "{}"),
    "a cancelled transaction": (400, json.dumps(CANCELLED)),
    "a code with a colon": (400, '{"__type":"ThrottlingException:http://aws/","message":"slow"}'),
    "a code alone": (400, '{"__type":"ValidationException","message":"no"}'),
    "no code": (500, '{"message":"oh"}'),
    "no message": (500, '{"__type":"InternalServerError"}'),
    "a proxy's page": (503, "<html>busy</html>"),
    "nothing from a proxy": (502, ""),
}


class Aws:
    """Something that answers on the loopback address, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, "{}"
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.cut_short, self.silent = False, 0
        self.is_over = Event()
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                aws.asked.append((dict(self.headers.items()), self.rfile.read(length)))
                if len(aws.asked) <= aws.silent:
                    aws.is_over.wait()
                    return
                body = aws.body.encode()
                self.send_response(aws.status)
                self.send_header("Content-Length", str(len(body) + 9 * aws.cut_short))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = aws.cut_short

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS, for new clients."""
    made = Aws()
    thread = Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
    signing: Any = SigV4Auth.add_auth  # which tests skip elsewhere (`tests/support/quick_moto/`)
    monkeypatch.setattr(SigV4Auth, "add_auth", signing.__wrapped__)
    yield made
    made.is_over.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def ours_of(make: Callable[[], Any]) -> Any:
    """Return a new client of the product."""
    return make.__wrapped__()  # type: ignore[attr-defined]


def theirs_of(service: str) -> Any:
    """Return botocore's client, which tries once."""
    once = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return boto3.client(service, config=once)  # type: ignore[call-overload]


@pytest.mark.parametrize(("service", "make", "operation", "given"), CALLS)
def test_a_request_equals_the_one_that_botocore_would_send(
    aws: Aws, service: str, make: Callable[[], Any], operation: str, given: dict[str, Any]
) -> None:
    getattr(theirs_of(service), operation)(**given)
    getattr(ours_of(make), operation)(**given)

    (expected_headers, expected), (headers, body) = aws.asked
    assert ("ClientRequestToken" in json.loads(body)) == (operation == "transact_write_items")
    assert _without_token(body) == _without_token(expected)
    for name in ("X-Amz-Target", "Content-Type", "X-Amz-Security-Token"):
        assert headers[name] == expected_headers[name]
    signed, expected_signed = headers["Authorization"], expected_headers["Authorization"]
    assert signed.split(",")[0] == expected_signed.split(",")[0]
    for name in signed.split("SignedHeaders=")[1].split(",")[0].split(";"):
        assert name == "host" or name in {known.lower() for known in headers}


def test_a_parameter_that_is_json_already_stands_as_it_is(aws: Aws) -> None:
    client = ours_of(clients.dynamodb)

    client.transact_write_items(TransactItems=[PUT], ReturnConsumedCapacity="TOTAL")
    text = JsonText(encoded([PUT]))
    client.transact_write_items(TransactItems=text, ReturnConsumedCapacity="TOTAL")

    (_, expected), (_, body) = aws.asked
    assert _without_token(body) == _without_token(expected)


def _without_token(body: bytes) -> dict[str, Any]:
    return {key: value for key, value in json.loads(body).items() if key != "ClientRequestToken"}


@pytest.mark.parametrize("token", ["a token", None])
@pytest.mark.parametrize(
    "url",
    ["https://dynamodb.eu-central-1.amazonaws.com", "http://127.0.0.1:5000/", "http://[::1]:80/a"],
)
@given(body=st.binary(max_size=200), now=st.datetimes())
@settings(max_examples=25, deadline=None)
def test_a_signature_is_botocores(url: str, token: str | None, body: bytes, now: datetime) -> None:
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB.GetItem"}
    keys = Credentials("AKID", "a/secret+key", token)

    told = Signer(keys, "dynamodb", "eu-central-1", url).signature(headers, body, now)

    theirs: Any = SigV4Auth(keys, "dynamodb", "eu-central-1")  # type: ignore[arg-type]
    asked = AWSRequest("POST", url, headers, body)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        sign: Any = getattr(SigV4Auth.add_auth, "__wrapped__", SigV4Auth.add_auth)
        sign(theirs, asked)
    assert told | headers == dict(asked.headers.items())


def test_a_transaction_gets_a_token_of_its_own(aws: Aws) -> None:
    client = ours_of(clients.dynamodb)

    for _ in range(2):
        client.transact_write_items(TransactItems=[PUT])

    first, second = (json.loads(body)["ClientRequestToken"] for _, body in aws.asked)
    assert first != second
    assert {len(first), len(second)} <= set(range(1, 37))  # as long as DynamoDB takes


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_told_as_botocore_would_tell_it(
    aws: Aws, name: str, waits: list[float]
) -> None:
    aws.status, aws.body = ANSWERS[name]

    told, expected = (
        _told(client.get_item) for client in (ours_of(clients.dynamodb), theirs_of("dynamodb"))
    )

    assert told == expected


def _told(call: Callable[..., Any]) -> Any:
    try:
        answer = call(TableName="t", Key=KEY)
    except ClientError as error:
        more = ("Item", "CancellationReasons")
        kept = {key: error.response[key] for key in more if key in error.response}  # type: ignore[literal-required]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return error.response["Error"], status, kept
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_an_error_has_the_class_of_its_code(aws: Aws) -> None:
    aws.status, aws.body = 400, json.dumps(CANCELLED)
    client = ours_of(clients.dynamodb)

    with pytest.raises(client.exceptions.TransactionCanceledException) as told:
        client.transact_write_items(TransactItems=[PUT])

    assert not isinstance(told.value, client.exceptions.ConditionalCheckFailedException)
    assert client.exceptions.from_code("TransactionCanceledException") is type(told.value)


@pytest.mark.parametrize("cut_short", [True, False])
@pytest.mark.parametrize("body", ["", '{"Item": {"PK"', '{"Item": {"PK": {"S": "x"}}', "[]"])
def test_an_answer_that_breaks_off_is_a_lost_one(
    aws: Aws, waits: list[float], body: str, cut_short: bool
) -> None:
    aws.body, aws.cut_short = body, cut_short

    with pytest.raises((ResponseStreamingError, ConnectionClosedError)) as lost:
        ours_of(clients.dynamodb).get_item(TableName="t", Key=KEY)

    assert is_transient(lost.value)
    assert len(aws.asked) > 1  # it was tried again


def test_who_does_not_answer_is_asked_again(
    aws: Aws, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_client, "_TO_READ", 0.05)
    aws.silent = 2

    assert ours_of(clients.dynamodb).transact_write_items(TransactItems=[PUT]) == {}

    tokens = [json.loads(body)["ClientRequestToken"] for _, body in aws.asked]
    assert tokens == tokens[:1] * 3  # DynamoDB does it only once


def test_a_request_without_an_answer_leaves_time_for_another() -> None:
    waited_for = json_client._TO_CONNECT + json_client._TO_READ

    assert 2 * json_client._TO_READ < of_retries._MOST_SECONDS
    # And for an answer to the visitor after the last of them.
    assert waited_for < of_retries._TO_ANSWER - 2


def test_nobody_there_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(EndpointConnectionError):
        ours_of(clients.dynamodb).get_item(TableName="t", Key=KEY)


def test_an_endpoint_of_one_service_comes_first(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    for name in ("DYNAMODB", "SECRETS_MANAGER", "SSM"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", aws.url)

    ours_of(clients.dynamodb).get_item(TableName="t", Key=KEY)
    ours_of(clients.secrets_manager).get_secret_value(SecretId="keys")
    ours_of(clients.ssm).get_parameter(Name="/address")

    assert len(aws.asked) == 3


def test_without_a_setting_the_endpoint_is_that_of_the_regions_partition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partitions = Path(botocore.__file__).with_name("data") / "partitions.json"

    for partition in json.loads(partitions.read_text())["partitions"]:
        for region in partition["regions"]:
            if not region.endswith("-global"):
                monkeypatch.setenv("AWS_REGION", region)
                suffix = partition["outputs"]["dnsSuffix"]
                assert ours_of(clients.ssm)._url == f"https://ssm.{region}.{suffix}/"


def test_the_body_of_a_request_does_not_wait_for_its_head(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, opened = connection.create_connection, list[socket]()

    def kept(*given: Any, **more: Any) -> socket:
        opened.append(connect(*given, **more))
        return opened[-1]

    monkeypatch.setattr(connection, "create_connection", kept)
    client = ours_of(clients.dynamodb)
    for _ in range(3):
        client.get_item(TableName="t", Key=KEY)

    (only,) = opened  # and the connection stays open
    assert only.getsockopt(IPPROTO_TCP, TCP_NODELAY)


def test_what_json_does_not_have_is_refused_before_it_is_sent(aws: Aws) -> None:
    with pytest.raises(TypeError, match="AWS JSON has no set"):
        ours_of(clients.dynamodb).put_item(TableName="t", Item={"a": {"SS": {"x"}}})

    assert aws.asked == []


def test_every_operation_of_the_service_has_its_method() -> None:
    for service, make, *_ in {call[0]: call for call in CALLS}.values():
        theirs = theirs_of(service)
        for method, operation in theirs.meta.method_to_api_mapping.items():
            model: OperationModel = theirs.meta.service_model.operation_model(operation)
            assert getattr(make(), method).args[0] == model.name
