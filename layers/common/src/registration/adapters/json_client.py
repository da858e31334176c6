"""A client of AWS services that speak AWS JSON: DynamoDB, Secrets Manager, Parameter Store.

Every request of every function waits for these. botocore reads a model of a service before its
first call, and takes each call through it, which is a third of a cold start and most of a
sign-up's time (`docs/adr/0013-a-small-client-for-aws-json.md`). Here urllib3 sends, and errors
are botocore's. The rest is what the protocol asks for: an operation's name in a header, its
parameters as they stand in the body, the answer as it stands. AWS validates, nobody before.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property, partial
from http import HTTPStatus
from http.client import responses
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore
from botocore import exceptions
from botocore.exceptions import ClientError
from urllib3 import PoolManager, ProxyManager, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from registration.adapters.dynamodb.retries import retried
from registration.adapters.signatures import Credentials, Signer
from registration.frozen import dataclass

Answer = dict[str, Any]

# In seconds. These services answer within hundredths of one: who waits longer has lost the
# connection, and there has to be time to ask again (`dynamodb/retries.py`).
# https://aws.amazon.com/blogs/database/tuning-aws-java-sdk-http-request-settings-for-latency-aware-amazon-dynamodb-applications/
_TO_CONNECT, _TO_READ = 2, 2
_CERTIFICATES = Path(botocore.__file__).with_name("cacert.pem")
# As many as the threads that read at the same time.
_CONNECTIONS = 10


# The domains of AWS's partitions, by what their regions begin with (botocore's partitions.json).
_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
    "": "amazonaws.com",
}


@dataclass(frozen=True)
class JsonText:
    """A parameter that is JSON already: it stands in the request as it is."""

    text: str


@dataclass(frozen=True)
class Service:
    """A service that speaks AWS JSON.

    Attributes
    ----------
    name
        Its name in endpoints and signatures.
    target
        What stands before the operation in the header ``X-Amz-Target``.
    version
        The protocol's version.
    setting
        The variable with another endpoint of this service alone.
        https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """

    name: str
    target: str
    version: str
    setting: str


class Errors:
    """The errors of a service by their codes, each a ``ClientError``, as botocore names them."""

    def __getattr__(self, code: str) -> type[ClientError]:
        if not code.isidentifier() or code.startswith("_"):
            raise AttributeError(code)
        kind = type(code, (ClientError,), {})
        setattr(self, code, kind)
        return kind

    def from_code(self, code: str) -> type[ClientError]:
        """Return the class of a code's errors."""
        kind: type[ClientError] = getattr(self, code, ClientError)
        return kind


@dataclass
class JsonClient:
    """A client with a method for each operation of a service: ``get_item(TableName=…, Key=…)``.

    Parameters and answers are those of AWS's API, with ``bytes`` where it has base64. An error is
    a ``ClientError``, of the class in ``exceptions`` that its code names; a connection that fails
    raises what botocore raises. Transient ones are retried (`dynamodb/retries.py`).
    """

    service: Service
    exceptions: Errors = field(default_factory=Errors)

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self._call, "".join(map(str.capitalize, name.split("_"))))

    def _call(self, operation: str, **parameters: Any) -> Answer:
        return retried(self.call_once, operation, parameters)

    def call_once(self, operation: str, parameters: Answer) -> Answer:
        """Return the answer to one request, which is not repeated."""
        status, answer = self.exchange(operation, parameters)
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        raise self._error(operation, answer)

    def exchange(self, operation: str, parameters: Answer) -> tuple[int, Answer]:
        """Return the status and the content of the answer to one request."""
        parts = (f"{encoded(name)}:{encoded(value)}" for name, value in parameters.items())
        return self._send(operation, f"{{{','.join(parts)}}}".encode())

    def _send(self, operation: str, body: bytes) -> tuple[int, Answer]:
        headers = self._headers(operation, body)
        with _as_botocore_tells(self._url):
            response = self._connections.urlopen(
                "POST", self._url, body=body, headers=headers, redirect=False
            )
        return response.status, _read(response.status, response.data)

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": f"application/x-amz-json-{self.service.version}",
            "X-Amz-Target": f"{self.service.target}.{operation}",
        }
        return headers | self._signer.signature(headers, body, datetime.now(UTC))

    def _error(self, operation: str, answer: Answer) -> ClientError:
        kind: Any = self.exceptions.from_code(answer["Error"]["Code"])
        error: ClientError = kind(answer, operation)
        return error

    @cached_property
    def _url(self) -> str:
        given = os.environ.get(self.service.setting) or os.environ.get("AWS_ENDPOINT_URL")
        kind = next((each for each in _DOMAINS if self._region.startswith(each)), "")
        return given or f"https://{self.service.name}.{self._region}.{_DOMAINS[kind]}/"

    @cached_property
    def _region(self) -> str:
        return os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]

    @cached_property
    def _signer(self) -> Signer:
        credentials = Credentials.of_environment()
        return Signer(credentials, self.service.name, self._region, self._url)

    @cached_property
    def _connections(self) -> PoolManager:
        # urllib3 sends the body of a request at once (TCP_NODELAY). Through botocore's session it
        # waits until the head is acknowledged, which may take 40 ms (tcp(7)).
        options: Any = {
            "timeout": Timeout(connect=_TO_CONNECT, read=_TO_READ),
            "maxsize": _CONNECTIONS,
            "ca_certs": os.environ.get("AWS_CA_BUNDLE") or str(_CERTIFICATES),
            "retries": False,
        }
        proxy = _proxy_of(self._url)
        return ProxyManager(proxy, **options) if proxy else PoolManager(**options)


def _proxy_of(url: str) -> str | None:
    """Return the proxy that the environment names for an address."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - few need it

    place = urlsplit(url)
    return None if proxy_bypass(place.netloc) else getproxies().get(place.scheme)


@contextmanager
def _as_botocore_tells(endpoint: str) -> Iterator[None]:
    """Raise errors of a connection as those of botocore's session."""
    try:
        yield
    except NewConnectionError as error:
        raise exceptions.EndpointConnectionError(endpoint_url=endpoint, error=error) from error
    except ConnectTimeoutError as error:
        raise exceptions.ConnectTimeoutError(endpoint_url=endpoint, error=error) from error
    except ReadTimeoutError as error:
        raise exceptions.ReadTimeoutError(endpoint_url=endpoint, error=error) from error
    except SSLError as error:
        raise exceptions.SSLError(endpoint_url=endpoint, error=error) from error
    except HTTPError as error:
        raise exceptions.ConnectionClosedError(endpoint_url=endpoint, error=error) from error


def _read(status: int, content: bytes) -> Answer:
    """Return the content of a response; of an error as botocore tells it.

    Raises
    ------
    ResponseStreamingError
        A successful answer is none, so that nothing is known of what was done.
    """
    try:
        answer = _parsed(content)
    except ValueError:
        if status < HTTPStatus.MULTIPLE_CHOICES:
            raise exceptions.ResponseStreamingError(error="it is no JSON") from None
        answer = {"message": responses.get(status, "")}  # a proxy's page
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    # https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
    kind = str(answer.pop("__type", status)).rpartition("#")[2].partition(":")[0]
    message = answer.pop("message", None) or answer.pop("Message", "")
    return {
        **answer,
        "Error": {"Code": kind, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }


def _parsed(content: bytes) -> Answer:
    # Only here are bytes among the values, and looking at each object would take time.
    hook = _with_bytes if b'"B":' in content else None
    answer = json.loads(content, object_hook=hook)
    if not isinstance(answer, dict):
        raise ValueError  # noqa: TRY004 - of the content, not of an argument
    return answer


def encoded(parameter: Any) -> str:
    """Return a parameter as JSON."""
    return parameter.text if isinstance(parameter, JsonText) else _to_json(parameter)


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"AWS JSON has no {type(value).__name__}")
    return base64.b64encode(value).decode()


_to_json = json.JSONEncoder(separators=(",", ":"), default=_base64, check_circular=False).encode


def _with_bytes(value: Answer) -> Answer:
    content = value.get("B")
    return {"B": base64.b64decode(content)} if isinstance(content, str) else value
