"""Checks every AWS call of a function under test against that function's own role.

A call that the role does not allow fails as on AWS, so that fallbacks run. It is also recorded,
and the test fails at its end even if the function handled the error.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.signers import S3PostPresigner

from registration.adapters.json_client import JsonClient
from tests.iam.policies import Request, Statement, denied_by, is_allowed
from tests.iam.requests import Named, bucket_arn, presigned_post, requests_of
from tests.iam.roles import Roles, roles_of
from tests.iam.uses import Uses
from tests.support.calls.exchanges import decoded
from tests.support.stack import Json, Stack

USES = Uses()
"""The uses of all tests of this process."""

_ACCESS_DENIED = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    "s3": ("AccessDenied", 403),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    "sqs": ("AccessDenied", 403),
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html
    "sesv2": ("AccessDeniedException", 403),
    "lambda": ("AccessDeniedException", 403),
}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_OTHERWISE = ("AccessDeniedException", 400)


@dataclass(frozen=True)
class Denied:
    """A call that a function's role does not allow."""

    function: str
    asked: Request
    why: str

    def __str__(self) -> str:
        return f"{self.function}: {self.asked}: {self.why}"


@dataclass
class Judge:
    """Checks the calls of the functions of one stack."""

    stack: Stack
    denied: list[Denied] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Calls that the judge has no mapping for."""
    uses: Uses = USES

    @contextmanager
    def acting_as(self, function: str) -> Iterator[None]:
        """Check the calls inside the context against a function's role."""
        token = _ACTING.set((self, function))
        try:
            yield
        finally:
            _ACTING.reset(token)

    @property
    def verdict(self) -> list[str]:
        """The problems to fix, one per line, without repetitions."""
        return list(dict.fromkeys([*map(str, self.denied), *self.unknown]))

    def allows(self, function: str, service: str, operation: str, parameters: Json) -> bool:
        """Check a call; record its uses, or that it is denied."""
        try:
            asked = requests_of(service, operation, parameters, self._named)
        except LookupError as error:
            self.unknown.append(str(error))
            raise
        # Record each of them, even those after the first denied one.
        answers = [self.may(function, each) for each in asked]
        return all(answers)

    def may(self, function: str, asked: Request) -> bool:
        """Check one request."""
        statements = self.statements[function]
        if is_allowed(statements, asked):
            self.uses.note(function, statements, asked)
            return True
        outright = denied_by(statements, asked)
        why = f"{outright} denies it" if outright else "no statement of its role allows it"
        self.denied.append(Denied(function, asked, why))
        return False

    def may_know_what_is_missing(self, function: str, parameters: Json) -> bool:
        """Whether S3 tells a function that an object is missing, which needs ListBucket.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        return self.may(
            function, Request("s3:ListBucket", bucket_arn(parameters["Bucket"], self._named))
        )

    def signs(self, function: str, fields: Mapping[str, Any], conditions: list[Any]) -> None:
        """Check a signed form as if it were posted: AWS then checks the signer's role."""
        self.may(function, presigned_post(fields, conditions, self._named))

    @cached_property
    def statements(self) -> dict[str, tuple[Statement, ...]]:
        """The statements of each function's role."""
        return dict(self._roles.of_functions)

    @cached_property
    def _roles(self) -> Roles:
        return roles_of(self.stack.given)

    @property
    def _named(self) -> Named:
        logical_ids = {name: logical_id for logical_id, name in self.stack.names.items()}
        return Named(self._roles.stack, logical_ids)


def fail_if_denied(judges: Iterable[Judge]) -> None:
    """Fail a test with a call that a role does not allow."""
    lines = [line for judge in judges for line in judge.verdict]
    if lines:
        pytest.fail("\n".join(["not allowed by IAM", *lines]), pytrace=False)


_ACTING: ContextVar[tuple[Judge, str] | None] = ContextVar("acting", default=None)


@contextmanager
def by_the_test() -> Iterator[None]:
    """Check nothing inside the context, because these calls are the test's own."""
    token = _ACTING.set(None)
    try:
        yield
    finally:
        _ACTING.reset(token)


_ask = JsonClient.call_once


def _judged_request(client: JsonClient, operation: str, parameters: Json) -> Any:
    if acting := _ACTING.get():
        judge, function = acting
        if not judge.allows(function, client.service.name, operation, decoded(parameters)):
            raise _access_denied(client.service.name, operation)
    return _ask(client, operation, parameters)


@contextmanager
def judging() -> Iterator[None]:
    """Intercept every call of every client, including presigned links and forms."""
    call, emit = BaseClient._make_api_call, BaseClient._emit_api_params  # type: ignore[attr-defined]
    post = S3PostPresigner.generate_presigned_post

    def judged_call(client: Any, operation: str, parameters: Json) -> Any:
        if not (acting := _ACTING.get()):
            return call(client, operation, parameters)
        judge, function = acting
        service = client.meta.service_model.service_name
        if not judge.allows(function, service, operation, parameters):
            raise _access_denied(service, operation)
        try:
            return call(client, operation, parameters)
        except ClientError as error:
            if _is_missing(service, error) and not judge.may_know_what_is_missing(
                function, parameters
            ):
                raise _access_denied(service, operation) from error
            raise

    def judged_link(client: Any, *, api_params: Json, operation_model: Any, context: Json) -> Any:
        # For a form botocore builds the bucket's URL as for CreateBucket.
        is_link = context.get("is_presign_request") and operation_model.name != "CreateBucket"
        if is_link and (acting := _ACTING.get()):
            judge, function = acting
            service = client.meta.service_model.service_name
            judge.allows(function, service, operation_model.name, api_params)
        return emit(client, api_params=api_params, operation_model=operation_model, context=context)

    def judged_form(signer: Any, request_dict: Json, **more: Any) -> Any:
        if acting := _ACTING.get():
            judge, function = acting
            judge.signs(function, more["fields"], more["conditions"])
        return post(signer, request_dict=request_dict, **more)

    with (
        mock.patch.object(JsonClient, "call_once", _judged_request),
        mock.patch.object(BaseClient, "_make_api_call", judged_call),
        mock.patch.object(BaseClient, "_emit_api_params", judged_link),
        mock.patch.object(S3PostPresigner, "generate_presigned_post", judged_form),
    ):
        yield


def _is_missing(service: str, error: ClientError) -> bool:
    code = error.response.get("Error", {}).get("Code")
    return service == "s3" and code in {"404", "NoSuchKey", "NoSuchVersion"}


def _access_denied(service: str, operation: str) -> ClientError:
    code, status = _ACCESS_DENIED.get(service, _OTHERWISE)
    answer: Any = {
        "Error": {"Code": code, "Message": f"not authorized to perform {service}:{operation}"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)
