"""The page that describes the API: the OpenAPI document as people read it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any

from registration.domain.errors import InvalidFields, RegistrationError
from registration.entrypoints.openapi import document as openapi
from registration.entrypoints.openapi import errors as openapi_errors
from registration.entrypoints.openapi import schemas as openapi_schemas
from registration.entrypoints.openapi.operations import Caller, Operation
from registration.entrypoints.rendering.locales import ENGLISH
from registration.entrypoints.rendering.page_writing import PageWriter, Visit
from registration.entrypoints.shop.folder import PACKAGE
from registration.entrypoints.web.json_api import MEDIA_TYPE
from registration.entrypoints.web.negotiation import FORM, TOKEN_PATH

Json = dict[str, Any]

_STYLESHEET = PACKAGE / "pages" / "documentation.css"
_CALLERS: Mapping[Caller, str] = {
    Caller.ANYBODY: "Anybody",
    Caller.MAYBE_GUEST: "Anybody, also a guest (anonymous id)",
    Caller.CUSTOMER: "A customer (access token)",
    Caller.GUEST: "A guest (anonymous id)",
}
_HEADERS: Mapping[Caller, list[str]] = {
    Caller.ANYBODY: [],
    Caller.MAYBE_GUEST: [],
    Caller.CUSTOMER: ["Authorization: Bearer $TOKEN"],
    Caller.GUEST: ["X-Anonymous-Customer-Unique-Id: $GUEST"],
}


@cache
def stylesheet() -> str:
    """Return the part of the stylesheet that only this page needs."""
    return _STYLESHEET.read_text("utf-8")


def page(writer: PageWriter, server: str) -> str:
    """Return the page, with the address that the service is reached at in its examples."""
    document = openapi.document(server)
    groups = [
        (tag, [_call(call, document, server) for call in calls])
        for tag, calls in groupby(openapi.CALLS, lambda call: call.tag)
    ]
    errors = _errors(openapi_errors.kinds())
    return writer.page(
        "documentation",
        Visit(ENGLISH),  # As the contract is.
        server=server,
        groups=groups,
        kinds=errors,
        media_type=MEDIA_TYPE,
    )


def _call(call: Operation, document: Json, server: str) -> Json:
    described = document["paths"][call.path][call.method.lower()]
    return {
        "id": call.name,
        "method": call.method,
        "path": call.path,
        "summary": call.summary,
        "description": call.description,
        "caller": _CALLERS[call.caller],
        "parameters": [
            (each["name"], each["in"], each.get("description", ""))
            for each in described.get("parameters", [])
        ],
        "attributes": list(_attributes(call)),
        "request": _request(call, described, server),
        "status": call.answer.status,
        "answer": _pretty(call.answer.example()) if call.answer.example else "",
        "errors": _errors(call.all_errors()),
        "oauth_errors": document["components"]["schemas"]["OAuthError"]["properties"]["error"][
            "enum"
        ]
        if call.path == TOKEN_PATH
        else [],
    }


def _errors(kinds: Iterable[type[RegistrationError]]) -> list[Json]:
    told = [_error(kind) for kind in dict.fromkeys(kinds)]
    return sorted(told, key=lambda error: (error["status"], error["code"]))


def _error(kind: type[RegistrationError]) -> Json:
    told = openapi_errors.example(kind)
    is_of_fields = issubclass(kind, InvalidFields)
    return {
        "code": told.get("code", ""),
        "status": told["status"],
        "detail": "field => what is wrong, for every flawed field"
        if is_of_fields
        else told["detail"],
    }


def _attributes(call: Operation) -> Iterator[tuple[str, bool, str]]:
    """Return name, whether it is required, and the rule of each attribute of the body."""
    if call.path == TOKEN_PATH:
        yield "grant_type", True, "password or refresh_token"
        yield "username", False, "text, with the password grant"
        yield "password", False, "text, with the password grant"
        yield "refresh_token", False, "text, with the refresh token grant"
    if call.body:
        body = openapi_schemas.bodies()[call.body]
        for name, schema in body.properties.items():
            yield name, name in body.required, rule(schema)


def rule(schema: Json) -> str:
    """Return a schema of a single value in words."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = [_kind(schema, kinds[0])]
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if most:
        words.append(f"{least} to {most} characters" if least > 1 else f"up to {most} characters")
    if "maximum" in schema:
        words.append(f"{schema['minimum']} to {schema['maximum']}")
    if "null" in kinds:
        words.append("or null")
    told = ", ".join(words)
    return f"{told}. {schema['description']}" if "description" in schema else told


def _kind(schema: Json, kind: str) -> str:
    if "enum" in schema:
        return f"one of {', '.join(filter(None, schema['enum']))}"
    if "const" in schema:
        return json.dumps(schema["const"])
    formats = {"email": "e-mail address", "date": "date (1990-05-31)", "password": "password"}
    names = {"string": "text", "integer": "whole number"}
    return formats.get(schema.get("format", ""), names.get(kind, kind))


def _request(call: Operation, described: Json, server: str) -> str:
    """Return the call as a command line."""
    examples = {each["name"]: each.get("example", "") for each in described.get("parameters", [])}
    path = call.path
    for name, example in examples.items():
        path = path.replace(f"{{{name}}}", example)
    parts = [f"curl{'' if call.method == 'GET' else f' -X {call.method}'} {server}{path}"]
    parts += [f"-H '{header}'" for header in _HEADERS[call.caller]]
    content = described.get("requestBody", {}).get("content", {})
    if FORM in content:
        parts += [f"-d {key}='{value}'" for key, value in content[FORM]["example"].items()]
    elif content:
        parts += [f"-H 'Content-Type: {MEDIA_TYPE}'"]
        parts += [f"-d '{_pretty(content[MEDIA_TYPE]['example'])}'"]
    return " \\\n  ".join(parts)


def _pretty(example: Any) -> str:
    return json.dumps(example, indent=2, ensure_ascii=False)
