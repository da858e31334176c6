"""The requests of the small clients (`adapters/json_client.py`): answered by moto, and watched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber
from moto.core.request import normalize_request
from moto.dynamodb.responses import DynamoHandler
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.ssm.responses import SimpleSystemManagerResponse
from werkzeug.exceptions import HTTPException

from registration.adapters import clients, json_client
from tests.support.stack import Json

Told = tuple[int, Json]
Exchange = Callable[[str, Json], Told]


# moto looks for who answers a request among the addresses of all services, each time.
_MOTO = {
    "dynamodb": DynamoHandler.dispatch,
    "secretsmanager": SecretsManagerResponse.dispatch,
    "ssm": SimpleSystemManagerResponse.dispatch,
}


class MotoSession(URLLib3Session):
    """Sends requests to moto while it answers, as it does those of botocore's clients."""

    def send(self, request: Any) -> AWSResponse:
        if not botocore_stubber.enabled:
            return super().send(request)
        service = request.url.removeprefix("https://").partition(".")[0]
        asked = normalize_request(request)
        try:
            status, headers, body = _MOTO[service](asked, asked.raw_url, asked.headers)
        except HTTPException as error:
            status, headers, body = error.code, error.get_headers(), error.get_body()
        told: Any = (request.url, status, headers, MockRawResponse(body))
        return AWSResponse(*told)


def answer_with_moto() -> None:
    """Let moto answer the small clients as long as the process lives."""
    opened: Any = json_client
    opened.URLLib3Session = MotoSession


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
        return watch(client.service.name, operation, parameters, real)

    return exchange
