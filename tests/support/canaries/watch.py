"""Listens to everything that the service tells beside its answers, and searches it for canaries."""

import base64
import csv
import io
import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, quote_plus

from registration.adapters import clients
from registration.domain.imports.jobs import REPORTS
from registration.entrypoints.observability import logger
from tests.iam.judge import by_the_test
from tests.support.canaries.values import PASSWORD, PERSONAL
from tests.support.cloud import Cloud
from tests.support.stack import Json

_COOKIES_OF_OURS = re.compile(r"__Host-\w+=([^;]{20,})")
_TOKEN = re.compile(r"token=([\w.~-]{20,})")


@dataclass(frozen=True)
class Told:
    """A text that the service wrote; where it may hold data, only secrets count."""

    where: str
    text: str
    only_secrets: bool = False


class Watch:
    """Keeps what all functions of a cloud write, from now on."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.told: list[Told] = []
        self.uncached: list[str] = []
        """Answers with somebody's data that a cache may keep."""
        self.invoked: set[str] = set()
        self._given: set[str] = set()
        self._invoke = cloud.invoke
        cloud.invoke = self.invoke  # type: ignore[method-assign]

    def invoke(self, function: str, event: Json) -> Any:
        """Call a function, and keep what it writes, raises and answers."""
        self.invoked.add(function)
        with _output() as output:
            try:
                answer = self._invoke(function, event)
            except Exception as error:
                # Lambda logs it, and sends its text to the destination of failures.
                text = "".join(traceback.format_exception_only(error))
                self.told.append(Told(f"{function} raises", text))
                raise
            finally:
                self.told.append(Told(f"{function} writes", output.getvalue()))
        if isinstance(answer, dict) and "statusCode" in answer:
            self._hear(f"{function} {event['routeKey']}", answer)
        else:
            self.told.append(Told(f"{function} returns", json.dumps(answer)))
        return answer

    def leaks(self) -> list[str]:
        """Return where canaries and secrets were found, and which."""
        with by_the_test():
            told = [*self.told, *self._queued(), *self._tags(), *self._stored()]
            keys = self._keys()
        # A part of a secret tells too much as well.
        secrets = {
            "password": PASSWORD[:12],
            "password's end": PASSWORD[-12:],
            **_named("key", keys),
        }
        everything = {
            **PERSONAL,
            **secrets,
            **_named("token", {token[-20:] for token in {*self._given, *self._mailed()}}),
        }
        codes, found = {mail.code for mail in self.cloud.mails} - {""}, []
        for each in told:
            sought = secrets if each.only_secrets else everything
            found += [f"{each.where}: {name}" for name in _found_in(each.text, sought)]
            found += [f"{each.where}: a code"] * bool(codes & _digits_in(each.text))
        return sorted({*found, *self.uncached})

    def _hear(self, door: str, answer: Json) -> None:
        headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        body, cookies = answer.get("body") or "", "\n".join(answer.get("cookies", []))
        if answer.get("isBase64Encoded"):
            return  # packed answers are the documentation's
        self._given.update(_COOKIES_OF_OURS.findall(cookies), _tokens_in(body))
        if door.endswith("/code"):
            # Where the code leads: the link that stands beside it, for this browser alone.
            headers.pop("location", None)
        is_page = "text/html" in headers.get("content-type", "")
        is_error = answer["statusCode"] >= HTTPStatus.BAD_REQUEST
        self.told.append(Told(f"{door} header", json.dumps(headers)))
        self.told.append(Told(f"{door} cookies", cookies, only_secrets=True))
        self.told.append(Told(f"{door} body", body, only_secrets=is_page or not is_error))
        kept = headers.get("cache-control") != "no-store"
        if kept and (cookies or _found_in(body, PERSONAL)):
            self.uncached.append(f"{door} may be cached")

    def _queued(self) -> Iterator[Told]:
        """Find the messages sent: work, what failed, and what Lambda sends to destinations."""
        for call in self.cloud.calls:
            if call.service == "sqs" and call.operation.startswith("SendMessage"):
                where = f"queue {call.parameters['QueueUrl'].rpartition('-')[2]}"
                yield Told(where, json.dumps(call.parameters, default=str))

    def _tags(self) -> Iterator[Told]:
        """Find what SES repeats in its reports and metrics of a mail."""
        for mail in self.cloud.mails:
            told = {k: v for k, v in mail.parameters.items() if k not in {"Content", "Destination"}}
            yield Told("mail's tags", json.dumps(told, default=str))

    def _stored(self) -> Iterator[Told]:
        """Find the reports, each cell apart from its own, and what else stands in the bucket."""
        s3 = clients.s3()
        for each in s3.list_objects_v2(Bucket=self.cloud.bucket).get("Contents", []):
            if not each["Key"].startswith(REPORTS):
                continue
            found: Any = s3.get_object(Bucket=self.cloud.bucket, Key=each["Key"])
            text = found.pop("Body").read().decode("utf-8-sig", "replace")
            yield Told("object", json.dumps([each["Key"], found], default=str))
            is_report = each["Key"].endswith("failed.csv")
            yield from _foreign_cells(text) if is_report else [Told(each["Key"], text)]

    def _keys(self) -> set[str]:
        secrets = clients.secrets_manager()
        names = [each["ARN"] for each in secrets.list_secrets()["SecretList"]]
        contents = [json.loads(secrets.get_secret_value(SecretId=n)["SecretString"]) for n in names]
        return {str(v) for content in contents for v in content.values() if len(str(v)) > 20}

    def _mailed(self) -> set[str]:
        return {token for mail in self.cloud.mails for token in _TOKEN.findall(mail.text)}


@contextmanager
def _output() -> Iterator[io.StringIO]:
    """Collect what is printed and logged: by our logger from its lowest level on."""
    output = io.StringIO()
    others = logging.StreamHandler(output)
    own: list[Any] = [each for each in logger.handlers if hasattr(each, "setStream")]
    before, level = [each.setStream(output) for each in own], logger.log_level
    logging.getLogger().addHandler(others)
    logger.setLevel("DEBUG")
    try:
        with redirect_stdout(output), redirect_stderr(output):
            yield output
    finally:
        logger.setLevel(level)
        logging.getLogger().removeHandler(others)
        for each, stream in zip(own, before, strict=True):
            each.setStream(stream)


def _foreign_cells(report: str) -> Iterator[Told]:
    for row in csv.DictReader(io.StringIO(report, newline="")):
        for column, cell in row.items():
            own = PERSONAL.get(column)
            others = {name: text for name, text in PERSONAL.items() if text != own}
            if leaked := _found_in(cell or "", others):
                yield Told(f"failed.csv {column}", " ".join(others[name] for name in leaked))


def _digits_in(text: str) -> set[str]:
    return {a + b for a, b in re.findall(r"(?<!\d)(\d{4}) ?(\d{4})(?!\d)", text)}


def _tokens_in(body: str) -> set[str]:
    return set(re.findall(r'"(?:access|refresh)_?[Tt]oken": "([^"]{20,})"', body))


def _named(kind: str, values: Iterable[str]) -> dict[str, str]:
    return {f"{kind} {number}": value for number, value in enumerate(sorted(values))}


def _found_in(text: str, sought: dict[str, str]) -> list[str]:
    text = text.lower()
    return [name for name, each in sought.items() if any(way in text for way in _ways(each))]


@cache
def _ways(value: str) -> set[str]:
    """Return a text as it stands, and as it may be written in an URL, in JSON and in Base64."""
    plain = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    padded = [base64.b64encode(b"." * at + value.encode()).decode() for at in range(3)]
    # The first and last characters of Base64 depend on the neighbours.
    return {way.lower() for way in plain} | {each[4:-4].lower() for each in padded}
