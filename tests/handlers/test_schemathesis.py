"""Generated requests for every operation: no 5xx, and no undocumented answer.

Schemathesis generates them from the served document and sends them through a small WSGI
shim to the handlers. Seeds are fixed, so that failures are reproducible.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.cloud import Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
BOUNDED = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=QUIET,
)

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def wsgi(cloud: Cloud) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Return the service as a WSGI application."""

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or (name == "CONTENT_TYPE" and value)
        }
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else None
        target = environ["PATH_INFO"] + (
            f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        )
        answer = cloud.request(environ["REQUEST_METHOD"], target, body=body, headers=headers)
        start_response(f"{int(answer.status)} Answer", list(answer.headers.items()))
        return [answer.body.encode()]

    return app


@pytest.fixture
def schema(cloud: Cloud) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", wsgi(cloud))


@pytest.mark.parametrize("who", ["nobody", "customer", "guest"])
def test_every_answer_is_documented(cloud: Cloud, schema: Any, who: str) -> None:
    headers: dict[str, str] = {}
    if who == "customer":
        confirmed(cloud)
        headers = bearer(sign_in(cloud))
    if who == "guest":
        headers = {"x-anonymous-customer-unique-id": "guest-1"}
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if who == "customer" and operation.method.upper() == "DELETE":
            continue  # it would delete the customer in the middle of the test

        @BOUNDED
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.headers = {**(case.headers or {}), **headers}
            case.validate_response(case.call(), checks=CHECKS)

        call()
        tried += 1

    assert tried > 20


def test_sequences_of_calls_are_documented(schema: Any) -> None:
    machine = schema.as_state_machine()

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
