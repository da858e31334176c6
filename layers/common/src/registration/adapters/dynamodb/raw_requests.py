"""Large DynamoDB requests, sent as they stand.

What ``items`` makes has the form that DynamoDB's JSON has. botocore copies it once more,
value by value, and looks for table names in it: for the 100 items of an import's
transaction that takes longer than all the rest of the row. So botocore gets to see an
empty list, and the items are put into the body that it made around that.
"""

import base64
import json
from typing import Any

_LARGE = {"TransactWriteItems": "TransactItems", "BatchGetItem": "RequestItems"}


def send_raw_requests(client: Any) -> None:
    """Let a DynamoDB client, that validates no parameters, send its large requests so."""
    # Last of all, so that whoever watches the calls sees what is sent.
    client.meta.events.register_last("before-parameter-build", _put_aside)
    for operation in _LARGE:
        client.meta.events.register(f"before-call.dynamodb.{operation}", _put_back)


def _put_aside(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    if name := _LARGE.get(model.name):
        context["as_it_stands"] = {name: params[name]}
        params[name] = type(params[name])()


def _put_back(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    body = json.loads(params["body"]) | context["as_it_stands"]
    params["body"] = json.dumps(
        body, separators=(",", ":"), default=_base64, check_circular=False
    ).encode()


def _base64(value: object) -> str:
    assert isinstance(value, bytes), "DynamoDB's JSON knows no other type"  # noqa: S101
    return base64.b64encode(value).decode()
