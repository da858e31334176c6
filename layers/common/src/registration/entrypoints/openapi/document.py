"""The OpenAPI 3.1 document of the API, made from the code that answers.

Rules, choices, lengths and the errors come from ``domain``, the examples from the code
that renders them, and the calls from a table that a test holds against the routes.

The resolver's own OpenAPI support describes one function at a time, and only routes whose
bodies are its models. It then validates by those models, and answers in a form of its own
what they refuse, where the contract has Glue's: so the document is written here.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from registration.domain.errors import Busy, RegistrationError
from registration.domain.idempotency import KEPT
from registration.entrypoints.openapi import errors as openapi_errors
from registration.entrypoints.openapi import samples
from registration.entrypoints.openapi import schemas as openapi_schemas
from registration.entrypoints.openapi.carts import CART_OPERATIONS
from registration.entrypoints.openapi.operations import OPERATIONS, Caller, Operation
from registration.entrypoints.web.json_api import MEDIA_TYPE
from registration.entrypoints.web.negotiation import FORM, JSON, TOKEN_PATH

Json = dict[str, Any]

CALLS = (*OPERATIONS, *CART_OPERATIONS)
"""Every call of the API."""

_DESCRIPTION = f"""\
Customers sign up, confirm their address by the link of a mail, and sign in.

Bodies are JSON:API documents, whatever their `Content-Type` says; answers are `{MEDIA_TYPE}`,
whatever `Accept` says. What a schema does not name is ignored. An error has the `status` of
the answer, the `code` of the table below where there is one, and a `detail`; `901` tells every
broken constraint of every field at once, as `field => message`.

`fields[customers]=firstName,email` chooses attributes, and so on for each type. An unknown
`include` is ignored.
`Content-Language` names the locale that `Accept-Language` asks for. A 401 has the header
`WWW-Authenticate`.

A slash at the end of a path does not count. `HEAD` answers wherever `GET` does, `OPTIONS`
tells the methods of a path, and a method that a path does not have is answered with 404. A
`PATCH` or `DELETE` that does not name its resource is answered with 400. Nothing personal
may be cached.

| code | status | detail |
| --- | --- | --- |
"""

_PARAMETERS: Mapping[str, tuple[str, str]] = {
    "reference": ("The customer reference.", samples.REFERENCE),
    "key": ("Anything: the key that counts is in the body.", "1"),
    "token": ("The refresh token, or `mine` for all sessions.", "mine"),
    "id": ("The cart's id.", samples.CART_ID),
    "sku": ("The item's group key, or its SKU.", samples.SKU),
}
_SECURITY: Mapping[Caller, list[Json]] = {
    Caller.CUSTOMER: [{"accessToken": []}],
    Caller.GUEST: [{"anonymousId": []}],
    Caller.MAYBE_GUEST: [{}, {"anonymousId": []}],
    Caller.ANYBODY: [],
}
_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Made up by the client: the same key and body get the same answer for "
    f"{KEPT.total_seconds() / 3600:.0f} hours; the key with another body is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
_SHARED = {
    "415": "UnsupportedMediaType",
    "429": "TooManyRequests",
    "500": "InternalServerError",
    "503": "ServiceUnavailable",
}


def document(server: str = "/") -> Json:
    """Return the document, for the service at an address."""
    paths: dict[str, Json] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customer registration",
            "version": "1.0.0",
            "description": _DESCRIPTION + "\n".join(_error_rows()),
        },
        "servers": [{"url": server}],
        "tags": [{"name": name} for name in dict.fromkeys(call.tag for call in CALLS)],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `accessToken` of `POST /access-tokens`.",
                },
                "anonymousId": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Anonymous-Customer-Unique-Id",
                    "description": "An id of the client's choice, one for each guest. It "
                    "opens the guest's cart: keep it secret.",
                },
            },
            "responses": openapi_errors.shared_responses(),
            "examples": openapi_errors.examples(),
            "schemas": {**openapi_schemas.schemas(), **openapi_errors.schemas()},
        },
    }


@cache
def as_text(server: str = "/", indent: int | None = None) -> str:
    """Return the document as JSON."""
    return json.dumps(document(server), indent=indent, ensure_ascii=False) + "\n"


def _error_rows() -> Iterable[str]:
    for kind in openapi_errors.kinds():
        told = openapi_errors.example(kind)
        yield f"| {told.get('code', '')} | {told['status']} | {told['detail']} |"


def _operation(call: Operation) -> Json:
    parameters = [_path_parameter(name) for name in _variables(call.path)]
    described: Json = {
        "operationId": call.name,
        "tags": [call.tag],
        "summary": call.summary,
        "description": call.description,
        "security": _SECURITY[call.caller],
        "parameters": [
            *parameters,
            *call.parameters,
            *([_IDEMPOTENCY_KEY] if call.idempotent else []),
        ],
        "requestBody": _request_body(call),
        "responses": _responses(call),
    }
    return {name: value for name, value in described.items() if value or name == "security"}


def _variables(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _path_parameter(name: str) -> Json:
    description, example = _PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def _request_body(call: Operation) -> Json | None:
    if call.path == TOKEN_PATH:
        example = {
            "grant_type": "password",
            "username": samples.EMAIL,
            "password": samples.PASSWORD,
        }
        content = {"schema": _reference("schemas", "OAuthRequest"), "example": example}
        return {"required": True, "content": {FORM: content}}
    if call.body is None:
        return None
    schema, example = _reference("schemas", call.body), openapi_schemas.bodies()[call.body].example
    content = {"schema": schema, "example": example}
    return {"required": True, "content": {MEDIA_TYPE: content}}


def _responses(call: Operation) -> Json:
    answer = call.answer
    found: Json = {str(answer.status): _success(call)}
    by_status: dict[int, list[type[RegistrationError]]] = {}
    for kind in call.all_errors():
        by_status.setdefault(kind.status, []).append(kind)
    for status, kinds in by_status.items():
        found[str(status)] = openapi_errors.response(status, kinds)
    for shared, name in _SHARED.items():
        if shared != "415" or call.body or call.path == TOKEN_PATH:
            found[shared] = _reference("responses", name)
    if call.path == TOKEN_PATH:
        found |= _oauth_errors()
    return dict(sorted(found.items()))


def _oauth_errors() -> Json:
    schema = _reference("schemas", "OAuthError")
    refused = {"error": "invalid_request", "error_description": "The refresh token is invalid."}
    busy = {"error": "temporarily_unavailable", "error_description": Busy.detail}
    either = {"anyOf": [schema, openapi_errors.GATEWAYS]}
    unavailable = {"content": {JSON: {"schema": either, "example": busy}}}
    return {
        "400": {
            "description": "Bad Request",
            "content": {JSON: {"schema": schema, "example": refused}},
        },
        "503": {
            "description": "Service Unavailable",
            "headers": openapi_errors.RETRY_AFTER,
            **unavailable,
        },
    }


def _success(call: Operation) -> Json:
    answer = call.answer
    described: Json = {"description": HTTPStatus(answer.status).phrase}
    if answer.schema:
        schema = _reference("schemas", answer.schema)
        shown = {"schema": schema, "example": answer.example and answer.example()}
        described["content"] = {JSON if call.path == TOKEN_PATH else MEDIA_TYPE: shown}
    if answer.links:
        described["links"] = dict(answer.links)
    if answer.headers:
        described["headers"] = dict(answer.headers)
    return described


def _reference(section: str, name: str) -> Json:
    return {"$ref": f"#/components/{section}/{name}"}


if __name__ == "__main__":
    sys.stdout.write(as_text(indent=2))
