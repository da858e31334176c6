"""The requests of the small clients (`adapters/json_client.py`): answered by moto, and watched."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Any
from unittest import mock

from moto.core.models import botocore_stubber
from moto.core.request import Request
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.ssm.responses import SimpleSystemManagerResponse
from werkzeug.exceptions import HTTPException

from registration.adapters import clients, json_client
from tests.support.quick_moto.answers import dynamodb_answer
from tests.support.stack import Json

Told = tuple[int, Json]
Exchange = Callable[[str, Json], Told]


_MOTO = {
    "secretsmanager": SecretsManagerResponse.dispatch,
    "ssm": SimpleSystemManagerResponse.dispatch,
}


def answer_with_moto() -> None:
    """Let moto answer the small clients as it does those of botocore."""
    client: Any = json_client.JsonClient
    really = client._send

    def send(asking: Any, operation: str, body: bytes) -> Told:
        if not botocore_stubber.enabled:
            told: Told = really(asking, operation, body)
            return told
        try:
            status, _, content = _answer(asking, operation, body)
        except HTTPException as error:
            status, content = error.code or HTTPStatus.BAD_REQUEST, error.get_body()
        as_bytes = content if isinstance(content, bytes) else content.encode()
        return status, json_client._read(status, as_bytes)

    client._send = send


def decoded(parameters: Json) -> Json:
    """Return the parameters of a call, also those that are JSON already, as values."""
    return {
        name: json.loads(value.text) if isinstance(value, json_client.JsonText) else value
        for name, value in parameters.items()
    }


def _answer(client: Any, operation: str, body: bytes) -> Any:
    if client.service.name == "dynamodb":
        return dynamodb_answer(operation, body, client._region)
    headers = client._headers(operation, body)
    request = Request.from_primitives("POST", client._url, headers, body)
    # moto looks for who answers a request among the addresses of all services, each time.
    return _MOTO[client.service.name](request, request.raw_url, request.headers)


def small_clients() -> list[Any]:
    """Return the clients, untyped."""
    return [clients.dynamodb(), clients.secrets_manager(), clients.ssm()]


@contextmanager
def watched(watch: Callable[[str, str, Json, Exchange], Told], *names: str) -> Iterator[None]:
    """Let a function answer each request of the clients, or of those of some services.

    It gets the service's name, the operation, the parameters, and what would answer.
    """
    with ExitStack() as stack:
        for client in small_clients():
            if not names or client.service.name in names:
                stack.enter_context(mock.patch.object(client, "exchange", _watching(client, watch)))
        yield


def _watching(client: Any, watch: Callable[[str, str, Json, Exchange], Told]) -> Exchange:
    real = client.exchange

    def exchange(operation: str, parameters: Json) -> Told:
        return watch(client.service.name, operation, decoded(parameters), real)

    return exchange
