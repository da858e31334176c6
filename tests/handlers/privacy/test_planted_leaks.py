"""The watch notices a leak: each of these plants one, and lets people meet it."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.imports.chunk_queue import SqsChunkQueue
from registration.application.customers.confirm import Confirm
from registration.application.customers.exchange_code import ExchangeCode
from registration.application.customers.register import Register
from registration.application.customers.sign_in import SignIn
from registration.application.imports import process_chunk
from registration.application.imports.plan import PlanImport
from registration.application.mail.deliver import Deliver
from registration.application.mail.delivery_reports import RecordDelivery
from registration.domain.errors import InvalidEmail
from registration.domain.imports.rows import Trouble
from registration.entrypoints.function_app import Failed
from registration.entrypoints.observability import count, logger
from registration.entrypoints.web import json_api
from tests.support.canaries import doors
from tests.support.canaries.doors import People
from tests.support.canaries.values import EMAIL_ADDRESS, PASSWORD
from tests.support.canaries.watch import Watch
from tests.support.cloud import Cloud


@pytest.fixture
def people(cloud: Cloud) -> People:
    """Nobody has signed up yet."""
    return People(Watch(cloud))


Plant = Callable[..., object]


def _raise(error: Exception) -> None:
    raise error


def _wrong(address: str) -> InvalidEmail:
    error = InvalidEmail()
    error.detail = f"{address} is wrong"  # type: ignore[misc]
    return error


def _queued(queue: SqsChunkQueue, _chunks: object) -> None:
    clients.sqs().send_message(QueueUrl=queue.url, MessageBody=f"for {EMAIL_ADDRESS}")


SIGN_UP, CONFIRM = (doors.signed_up,), (doors.signed_up, doors.mailed, doors.confirmed)
LOGIN = (*CONFIRM, doors.logged_in)
LEAKS: dict[str, tuple[Any, str, Plant, tuple[Any, ...], str]] = {
    # What is called, what it lets out, who meets it, and what the watch says of it.
    "confirm logs the link's token": (
        *(Confirm, "look", lambda _, token: logger.info("looked", extra={"at": token})),
        *(CONFIRM, "ConfirmFunction writes: token"),
    ),
    "confirm logs the last part of the token": (
        *(Confirm, "look", lambda _, token: logger.info(token.rpartition(".")[2])),
        *(CONFIRM, "ConfirmFunction writes: token"),
    ),
    "access token without its header in a log": (
        *(JwtAccessTokens, "bearer_of", lambda _, token, __: logger.info(token[40:])),
        *((*LOGIN, doors.looked_after), "AccountFunction writes: token"),
    ),
    "account logs the code": (
        *(ExchangeCode, "for_new_password", lambda _, __, digits, *___: logger.info(digits)),
        *((*LOGIN, doors.looked_after), "AccountFunction writes: a code"),
    ),
    "register logs the start of the password": (
        *(Register, "__call__", lambda _, sign_up, *__: logger.info(sign_up.password[:13])),
        *(SIGN_UP, "RegisterFunction writes: password"),
    ),
    "login logs the end of the password": (
        *(SignIn, "by_password", lambda _, _name, password, *__: logger.info(password[9:])),
        *(LOGIN, "SignInFunction writes: password"),
    ),
    "register logs the address": (
        *(Register, "__call__", lambda _, sign_up, *__: logger.debug(f"{sign_up.email.typed}")),
        *(SIGN_UP, "RegisterFunction writes: email"),
    ),
    "register logs the address in Base64": (
        *(Register, "__call__"),
        lambda _, sign_up, *__: logger.info(base64.b64encode(f"{sign_up}".encode())),
        *(SIGN_UP, "RegisterFunction writes: email"),
    ),
    "login prints the password": (
        *(SignIn, "by_password", lambda _, _name, password, *__: print(password)),  # noqa: T201 - a leak
        *(LOGIN, "SignInFunction writes: password"),
    ),
    "access token in a log": (
        *(JwtAccessTokens, "bearer_of", lambda _, token, __: logger.warning(token)),
        *((*LOGIN, doors.looked_after), "AccountFunction writes: token"),
    ),
    "name in a metric": (
        *(process_chunk, "row_of", lambda values, *_: count(values["first_name"])),
        *((doors.imported,), "ImportWorkerFunction writes: first_name"),
    ),
    "address in a message": (
        *(SqsChunkQueue, "send", _queued, (doors.imported,), "queue Chunks: email"),
    ),
    "address in another cell of a report": (
        *(process_chunk, "told"),
        lambda troubles: troubles.insert(0, Trouble("gender", f"as {EMAIL_ADDRESS}")),
        *((doors.imported,), "failed.csv reason: email"),
    ),
    "address in the text of a failure": (
        *(PlanImport, "__call__", lambda *_: _raise(Failed(EMAIL_ADDRESS))),
        *((doors.imported,), "ImportPlannerFunction raises: email"),
    ),
    "send_email logs whom it wrote to": (
        *(Deliver, "_hand_over", lambda _, mail, *__: logger.info("sent", extra={"to": f"{mail}"})),
        *((*SIGN_UP, doors.mailed), "SendEmailFunction writes: email"),
    ),
    "record_delivery logs the report": (
        *(RecordDelivery, "__call__", lambda _, report: logger.info(f"got {report}")),
        *((*SIGN_UP, doors.mailed, doors.reported), "RecordDeliveryFunction writes: email"),
    ),
    "error repeats what was entered": (
        *(Register, "__call__", lambda _, sign_up, *__: _raise(_wrong(sign_up.email.typed))),
        *(SIGN_UP, "RegisterFunction POST /customers body: email"),
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_noticed(
    people: People, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    owner, attribute, plant, steps, expected = LEAKS[name]
    original = getattr(owner, attribute)

    def leaking(*given: Any, **more: Any) -> Any:
        plant(*given)
        return original(*given, **more)

    monkeypatch.setattr(owner, attribute, leaking)
    for step in steps:
        step(people)

    assert any(leak.startswith(expected) for leak in people.watch.leaks())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"X-Customer": EMAIL_ADDRESS}, "RegisterFunction POST /customers header: email"),
        ({"Cache-Control": "max-age=60"}, "RegisterFunction POST /customers may be cached"),
        ({"X-Debug": PASSWORD}, "RegisterFunction POST /customers header: password"),
    ],
)
def test_a_planted_header_is_noticed(
    people: People, monkeypatch: pytest.MonkeyPatch, header: dict[str, str], expected: str
) -> None:
    original = json_api.answer

    def answer(*given: Any) -> Any:
        made = original(*given)
        made.headers.update(header)
        return made

    monkeypatch.setattr(json_api, "answer", answer)
    doors.signed_up(people)

    assert expected in people.watch.leaks()


def test_without_a_plant_nothing_is_noticed(people: People) -> None:
    for step in LOGIN:
        step(people)

    assert people.watch.leaks() == []
