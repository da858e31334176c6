"""Large DynamoDB requests, sent raw, without botocore's serializer.

The items that ``items`` builds are DynamoDB's JSON already. botocore would copy them value
by value and search them for table names: for the 100 items of an import's transaction that
takes longer than everything else for these rows. So botocore serializes an empty list, and
the items are then put into the request's body.
"""

import base64
import json
from typing import Any

_LARGE = {"TransactWriteItems": "TransactItems", "BatchGetItem": "RequestItems"}


def send_raw_requests(client: Any) -> None:
    """Make a DynamoDB client without parameter validation send its large requests raw."""
    # Last of all, so that observers of the calls see the parameters that are sent.
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
