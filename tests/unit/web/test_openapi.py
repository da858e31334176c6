"""The committed document matches the code, is valid, and contains every route."""

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from registration.domain import errors
from registration.domain.passwords import LONGEST, SHORTEST
from registration.entrypoints.openapi.document import document
from registration.entrypoints.web.routes import routes
from tests.support.stack import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
METHODS = ("get", "post", "patch", "delete")


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_the_committed_document_matches_the_code() -> None:
    assert json.loads(json.dumps(document())) == DOCUMENT, "run `make openapi`"


def test_it_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_every_call_of_the_contract_is_in_it() -> None:
    described = {(method.upper(), path) for method, path, _ in operations()}

    for call in """
        POST /customers
        GET /customers
        GET /customers/{reference}
        PATCH /customers/{reference}
        DELETE /customers/{reference}
        POST /customer-confirmation
        POST /customer-confirmation-requests
        PATCH /customer-password/{reference}
        POST /customer-forgotten-password
        PATCH /customer-restore-password/{key}
        POST /access-tokens
        POST /refresh-tokens
        DELETE /refresh-tokens/{token}
        POST /token
        POST /guest-cart-items
        GET /guest-carts
        GET /guest-carts/{id}
        PATCH /guest-carts/{id}
        PATCH /guest-carts/{id}/guest-cart-items/{sku}
        DELETE /guest-carts/{id}/guest-cart-items/{sku}
        GET /carts
        POST /carts
        GET /carts/{id}
        PATCH /carts/{id}
        DELETE /carts/{id}
        POST /carts/{id}/items
        PATCH /carts/{id}/items/{sku}
        DELETE /carts/{id}/items/{sku}
    """.strip().splitlines():
        method, path = call.split()
        assert (method, path) in described


def test_every_operation_that_is_described_has_a_route() -> None:
    routed = {(route.method, route.path.replace("+}", "}")) for route in routes()}

    assert {(method.upper(), path) for method, path, _ in operations()} <= routed


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    operations(),
    ids=[f"{method} {path}" for method, path, _ in operations()],
)
def test_every_operation_documents_its_answers(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    statuses = set(operation["responses"])

    assert operation["operationId"]
    assert operation["summary"]
    assert statuses & {"200", "201", "204"}
    assert "500" in statuses or "default" in statuses
    if method in {"post", "patch"}:
        assert operation["requestBody"]["content"]
        assert "400" in statuses


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]

    assert len(set(ids)) == len(ids)


def test_the_rules_of_passwords_are_those_of_the_code() -> None:
    text = json.dumps(DOCUMENT)

    assert f'"minLength": {SHORTEST}' in text
    assert f'"maxLength": {LONGEST}' in text


def test_every_coded_error_is_in_the_document() -> None:
    text = json.dumps(DOCUMENT, ensure_ascii=False)
    kinds = [errors.RegistrationError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__ == errors.__name__ and kind.code not in {None, "901"}:
            assert json.dumps(kind.detail, ensure_ascii=False) in text, kind.__name__
