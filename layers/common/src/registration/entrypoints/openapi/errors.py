"""The errors of the contract as OpenAPI describes them, taken from the domain's own."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from registration.domain.errors import (
    Busy,
    FieldFlaw,
    FlawKind,
    InvalidFields,
    Malformed,
    RegistrationError,
    TooManyAttempts,
)
from registration.domain.fields.own import Place
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.web.json_api import MEDIA_TYPE
from registration.entrypoints.web.negotiation import JSON

Json = dict[str, Any]
ErrorKind = type[RegistrationError]

RETRY_AFTER: Json = {
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
"""The headers of an answer that asks for another try."""

GATEWAYS: Json = {"$ref": "#/components/schemas/GatewayError"}
"""The schema of an error of API Gateway's own."""
_OF_OWN_FIELDS = frozenset({FlawKind.TOO_SMALL, FlawKind.FIXED})
_SAMPLE_FLAW = FieldFlaw("firstName", FlawKind.BLANK)


def kinds() -> list[ErrorKind]:
    """Return the errors that answers tell apart, in the order in which they are declared.

    The roots of branches tell nothing, and those that differ on pages only are one.
    """
    found: list[ErrorKind] = []
    waiting: list[ErrorKind] = RegistrationError.__subclasses__()
    while waiting:
        kind = waiting.pop(0)
        waiting = [*kind.__subclasses__(), *waiting]
        if kind.on_pages_only:
            continue
        if kind is Malformed or {"code", "detail"} & vars(kind).keys():
            found.append(kind)
    return found


def schemas() -> Json:
    """Return a schema for each error."""
    return {
        **{kind.__name__: _schema(kind) for kind in kinds()},
        "PlainError": closed({"status": {"type": "integer"}, "detail": {"type": "string"}}),
        "GatewayError": {
            "description": "Amazon API Gateway's own: the request did not reach the service.",
            **closed({"message": {"type": "string"}}),
        },
    }


def examples() -> Json:
    """Return an example of an answer with each error."""
    return {kind.__name__: {"value": {"errors": [example(kind)]}} for kind in kinds()}


def response(status: int, told: Iterable[ErrorKind], plain: str | None = None) -> Json:
    """Return the response with some errors of one status, each with an example.

    ``plain`` is the text of an error that is none of the domain's, and has no code.
    """
    names = list(dict.fromkeys(kind.__name__ for kind in told))
    choices = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    examples: Json = {name: {"$ref": f"#/components/examples/{name}"} for name in names}
    if plain:
        choices.append({"$ref": "#/components/schemas/PlainError"})
        examples["PlainError"] = {"value": {"errors": [{"status": status, "detail": plain}]}}
    schema = _errors_of(choices)
    return {
        "description": HTTPStatus(status).phrase,
        "content": {
            MEDIA_TYPE: {"schema": schema, "examples": examples},
        },
    }


def shared_responses() -> Json:
    """Return the responses that every operation has."""
    responses = {
        "UnsupportedMediaType": response(
            415, (), "Unsupported Media Type: the charset of a body is utf-8."
        ),
        "TooManyRequests": or_the_gateways(response(429, [TooManyAttempts])),
        "InternalServerError": or_the_gateways(response(500, (), "Internal Server Error")),
        "ServiceUnavailable": or_the_gateways(response(503, [Busy])),
    }
    for name in ("TooManyRequests", "ServiceUnavailable"):
        responses[name]["headers"] = RETRY_AFTER
    return responses


def or_the_gateways(described: Json) -> Json:
    """Return a response that API Gateway may give as well, in a form of its own."""
    return {**described, "content": {**described["content"], JSON: {"schema": GATEWAYS}}}


def example(kind: ErrorKind) -> Json:
    """Return one error as the service tells it."""
    detail = kind.detail
    if issubclass(kind, InvalidFields):
        detail = f"{_SAMPLE_FLAW.field} => {_SAMPLE_FLAW.message}"
    code = {"code": kind.code} if kind.code else {}
    return {**code, "status": kind.status, "detail": detail}


def _schema(kind: ErrorKind) -> Json:
    detail: Json = {"const": kind.detail}
    if issubclass(kind, InvalidFields):
        detail = {"type": "string", "pattern": _flaw_pattern()}
    properties: Json = {"status": {"const": kind.status}, "detail": detail}
    if kind.code:
        properties = {"code": {"const": kind.code}, **properties}
    summary = (kind.__doc__ or "").partition("\n")[0].replace("``", "")
    return {"description": summary, **closed(properties)}


def closed(properties: Json) -> Json:
    """Return the schema of an object with all of some properties, and no others."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def _errors_of(choices: list[Json]) -> Json:
    items = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return closed({"errors": {"type": "array", "minItems": 1, "items": items}})


def _flaw_pattern() -> str:
    # The ends of a shop's own fields may also be dates, decimals or less than 0.
    has_own = bool(customer_fields().at(Place.API).own)
    names, limits = (r"[A-Za-z0-9]+", r"[\d.-]+") if has_own else (r"[A-Za-z]+", r"\d+")
    told = (flaw for flaw in FlawKind if has_own or flaw not in _OF_OWN_FIELDS)
    return f"^{names} => ({'|'.join(_message_pattern(flaw, limits) for flaw in told)})$"


def _message_pattern(flaw: FlawKind, limits: str) -> str:
    literal = re.sub(r"([]\\[(){}.?*+|^$])", r"\\\1", flaw.value.format(limit="LIMIT"))
    return literal.replace("LIMIT", limits)
