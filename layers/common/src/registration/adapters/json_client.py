"""A client of AWS services that speak AWS JSON: DynamoDB, Secrets Manager, Parameter Store.

Every request of every function waits for these. botocore reads a model of a service before its
first call, and takes each call through it, which is a third of a cold start and most of a
sign-up's time (`docs/adr/0013-a-small-client-for-aws-json.md`). Here botocore signs, sends and
has the errors. The rest is what the protocol asks for: an operation's name in a header, its
parameters as they stand in the body, the answer as it stands. AWS validates, nobody before.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from http import HTTPStatus
from http.client import responses
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ClientError, ResponseStreamingError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from registration.adapters.dynamodb.retries import retried

Answer = dict[str, Any]

# As in `clients`: shorter than Lambda's own timeout, so that a lost connection raises an error.
_TO_CONNECT, _TO_READ = 2, 5
# As many as the threads that read at the same time.
_CONNECTIONS = 10
# The head and the body of a request are sent one after the other. By default the system holds the
# body back until the head is acknowledged, which may take 40 ms (tcp(7), TCP_NODELAY).
_AT_ONCE = [(IPPROTO_TCP, TCP_NODELAY, 1)]


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


@dataclass(frozen=True)
class Credentials:
    """What signs. Lambda sets it for the life of a process.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """

    access_key: str
    secret_key: str
    token: str | None

    @classmethod
    def of_environment(cls) -> "Credentials":
        """Return the function's own credentials."""
        given = os.environ
        return cls(
            given["AWS_ACCESS_KEY_ID"],
            given["AWS_SECRET_ACCESS_KEY"],
            given.get("AWS_SESSION_TOKEN"),
        )


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
        body = json.dumps(parameters, separators=(",", ":"), default=_base64, check_circular=False)
        request = AWSRequest("POST", self._url, self._headers(operation), body.encode())
        self._signer.add_auth(request)
        response = self._session.send(request.prepare())
        return response.status_code, _read(response)

    def _headers(self, operation: str) -> dict[str, str]:
        return {
            "Content-Type": f"application/x-amz-json-{self.service.version}",
            "X-Amz-Target": f"{self.service.target}.{operation}",
        }

    def _error(self, operation: str, answer: Answer) -> ClientError:
        kind: Any = self.exceptions.from_code(answer["Error"]["Code"])
        error: ClientError = kind(answer, operation)
        return error

    @cached_property
    def _url(self) -> str:
        given = os.environ.get(self.service.setting) or os.environ.get("AWS_ENDPOINT_URL")
        # https://docs.aws.amazon.com/general/latest/gr/rande.html
        domain = "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"
        return given or f"https://{self.service.name}.{self._region}.{domain}/"

    @cached_property
    def _region(self) -> str:
        return os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]

    @cached_property
    def _signer(self) -> SigV4Auth:
        credentials: Any = Credentials.of_environment()
        return SigV4Auth(credentials, self.service.name, self._region)

    @cached_property
    def _session(self) -> URLLib3Session:
        # The types know neither a bundle nor two times.
        session: Any = URLLib3Session
        opened: URLLib3Session = session(
            verify=os.environ.get("AWS_CA_BUNDLE") or True,
            proxies=get_environ_proxies(self._url),
            timeout=(_TO_CONNECT, _TO_READ),
            max_pool_connections=_CONNECTIONS,
            socket_options=_AT_ONCE,
        )
        return opened


def _read(response: AWSResponse) -> Answer:
    """Return the content of a response; of an error as botocore tells it.

    Raises
    ------
    ResponseStreamingError
        A successful answer broke off, so that nothing is known of what was done. botocore's
        connections do not compare its length with the announced one.
    """
    try:
        answer = _parsed(response.content)
    except ValueError:
        if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise ResponseStreamingError(error="it broke off") from None
        answer = {"message": responses.get(response.status_code, "")}  # a proxy's page
    if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    # https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
    kind = str(answer.pop("__type", response.status_code))
    message = answer.pop("message", None) or answer.pop("Message", "")
    return {
        **answer,
        "Error": {"Code": kind.rpartition("#")[2].partition(":")[0], "Message": message},
        "ResponseMetadata": {
            "HTTPStatusCode": response.status_code,
            "HTTPHeaders": dict(response.headers),
        },
    }


def _parsed(content: bytes) -> Answer:
    # Only here are bytes among the values, and looking at each object would take time.
    hook = _with_bytes if b'"B":' in content else None
    answer = json.loads(content, object_hook=hook)
    if not isinstance(answer, dict):
        raise ValueError  # noqa: TRY004 - of the content, not of an argument
    return answer


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"AWS JSON has no {type(value).__name__}")
    return base64.b64encode(value).decode()


def _with_bytes(value: Answer) -> Answer:
    content = value.get("B")
    return {"B": base64.b64decode(content)} if isinstance(content, str) else value
