"""Requests and answers: what moto does around each call."""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any

import moto.core.responses
from botocore.auth import SigV4Auth
from botocore.useragent import UserAgentString
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import AttributePickerContext, JSONSerializer, XFormedAttributePicker
from moto.core.utils import get_service_model
from moto.dynamodb.responses import DynamoHandler

from tests.support.quick_moto.changes import Change

_JSON = "application/x-amz-json-1.0"
_REQUEST = "REQUEST".ljust(52, "0")
# The types of attributes whose values are the same in an answer as in the table.
_PLAIN = {"S", "N", "BOOL", "NULL", "SS", "NS"}
_Names = Callable[[XFormedAttributePicker, AttributePickerContext], Iterator[str]]


def changes() -> Iterator[Change]:
    """Return what makes requests and answers fast."""
    responses: Any = moto.core.responses
    known_methods = cache(responses.method_names_from_class)
    yield Change(responses, "method_names_from_class", known_methods)
    yield Change(responses, "gen_amzn_requestid_long", _named)
    picker: Any = XFormedAttributePicker
    yield Change(picker, "get_possible_keys", _remembering(picker.get_possible_keys))
    serializer: Any = JSONSerializer
    structures = _at_once(serializer._serialize_type_structure)
    yield Change(serializer, "_serialize_type_structure", structures)
    # botocore puts together for each call how it introduces itself, and signs it, which moto does
    # not check: a quarter of the time. (Requests to S3 are signed.)
    yield Change(UserAgentString, "to_string", lambda _: "tests")
    yield Change(SigV4Auth, "add_auth", _naming_the_caller(SigV4Auth.add_auth))


def dynamodb_answer(operation: str, body: bytes, region: str) -> Any:
    """Return DynamoDB's answer to a request, without making an HTTP request of it.

    It does what `BaseResponse.setup_class` does with one.
    """
    handler: Any = DynamoHandler()
    handler.headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": _JSON}
    handler.response_headers, handler.querystring = {}, {}
    handler.region, handler.current_account = region, DEFAULT_ACCOUNT_ID
    model = get_service_model("dynamodb").operation_model(operation)
    parser: Any = PROTOCOL_PARSERS["json"](model, map_type=handler.PROTOCOL_PARSER_MAP_TYPE)
    handler.params = parser.parse({"body": body, "headers": handler.headers})
    return handler.call_action()


def _remembering(possible_keys: _Names) -> _Names:
    @wraps(possible_keys)
    def of(picker: XFormedAttributePicker, context: AttributePickerContext) -> Iterator[str]:
        if type(context.obj) is not dict or context.shape is None:
            return possible_keys(picker, context)
        # For a dictionary they depend only on the shape.
        known = vars(context.shape).setdefault("_names_in_dictionaries", {})
        if context.key not in known:
            known[context.key] = tuple(dict.fromkeys(possible_keys(picker, context)))
        return iter(known[context.key])

    return of


def _named(headerdict: dict[str, Any] | None = None) -> str:
    # moto draws each of its 52 letters.
    if headerdict is not None:
        headerdict["x-amzn-requestid"] = _REQUEST
    return _REQUEST


def _naming_the_caller(sign: Callable[..., None]) -> Callable[..., None]:
    @wraps(sign)
    def add_auth(auth: Any, request: Any) -> None:
        # S3 needs what signing adds to a request, and tests look at signed addresses and forms.
        if auth.__class__.__name__ != SigV4Auth.__name__:
            sign(auth, request)
            return
        del request.headers["Authorization"]
        scope = f"20260101/{auth._region_name}/{auth._service_name}/aws4_request"
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={auth.credentials.access_key}/{scope}, "
            "SignedHeaders=host, Signature=none"
        )

    return add_auth


def _at_once(serialize: Callable[..., None]) -> Callable[..., None]:
    @wraps(serialize)
    def structure(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key and _is_plain(value):
            serialized[key] = value
        else:
            serialize(serializer, serialized, value, shape, key)

    return structure


def _is_plain(value: Any) -> bool:
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return all(map(_is_plain, content.values()))
    return kind in _PLAIN or (kind == "L" and all(map(_is_plain, content)))
