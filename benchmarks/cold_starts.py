"""Measures cold starts: the CPU that each function takes up to its first answer.

Run it with ``make bench``. Each function starts in a process of its own, with the layer as it is
deployed, the environment of ``template.yaml``, and a stand-in for AWS, and answers an event of
``events/``. Beside it, by turns, runs the floor: the same libraries imported, one client made, and
one plain answer. ``ROUNDS`` says how many rounds; medians of these are printed.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import botocore

from benchmarks.report import Table, show
from deploy import layer
from tests.support.cloud import source_folder
from tests.support.stack import REGION, ROOT, Json, Stack

ROUNDS = int(os.environ.get("ROUNDS") or 5)
EVENTS = {
    "RegisterFunction": "register_api",
    "ConfirmFunction": "confirm_link",
    "SignInFunction": "sign_in_page",
    "AccountFunction": "account_page",
    "CartsFunction": "carts_guest_item",
    "BackOfficeFunction": "back_office_login",
    "DocumentationFunction": "documentation_page",
    "UnroutedFunction": "unrouted_slash",
    "SendEmailFunction": "send_email_stream",
    "RecordDeliveryFunction": "record_delivery_bounce",
    "IndexCustomersFunction": "index_customers_stream",
    "InviteStaffFunction": "invite_staff_invitation",
    "ImportPlannerFunction": "import_csv_s3",
    "ImportWorkerFunction": "import_csv_plan_on",
}
"""The event of each function."""

HEAVY = (
    *("asyncio", "babel", "bcrypt", "boto3", "botocore.client", "email_validator", "jinja2", "jwt"),
    *("multiprocessing", "pydantic", "s3transfer", "zxcvbn"),
)
"""Libraries that take a tenth of the floor or more: which of them were imported is told."""

_START = """
import json, sys, time
layer, folder, event = sys.argv[1:]
sys.path[:0] = [layer, folder]
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "function", 512, "request"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    get_remaining_time_in_millis = staticmethod(lambda: 900_000)
"""
_FUNCTION = """
import handler
init, at_init = time.process_time(), len(sys.modules)
answer = handler.lambda_handler(json.loads(event), Context)
"""
_FLOOR = """
import aws_lambda_powertools, boto3, pydantic
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
app = APIGatewayHttpResolver()
app.get("/login")(lambda: {})
boto3.client("dynamodb")
init, at_init = time.process_time(), len(sys.modules)
answer = app.resolve(json.loads(event), Context)
"""
_END = """
answered = time.process_time()
told = {"init": init, "answered": answered, "modules": len(sys.modules), "at_init": at_init}
print("\\n" + json.dumps(told | {"answer": answer, "imported": list(sys.modules)}))
"""

# What an update leaves: of a counter, and of a mail that is leased.
_UPDATED = {"attempts": {"N": "1"}, "held_until": {"N": "9999999999"}, "next_claim": {"N": "1"}}
_ANSWERS: dict[str, Json] = {
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "BatchWriteItem": {"UnprocessedItems": {}},
    "GetParameter": {"Parameter": {"Value": "https://shop.example"}},
    "GetSecretValue": {"SecretString": json.dumps({"current": "0123456789abcdef" * 4})},
    "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
    "Scan": {"Items": [], "Count": 0, "ScannedCount": 0},
    "SendMessage": {"MessageId": "m"},
    "/v2/email/account": {
        "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
        "SendingEnabled": True,
    },
    "/v2/email/outbound-emails": {"MessageId": "m"},
}
_SAMPLE_TIME = "2026-11-22T12:00:00+00:00"
_FILE = b"customer_reference,email,salutation,first_name,last_name,gender\n"


class _Aws(BaseHTTPRequestHandler):
    """Answers as AWS does in an empty account; a leased mail is that of ``events/``."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        operation = self.headers.get("x-amz-target", self.path).rpartition(".")[2]
        is_object = self.command == "GET" and "/v2/" not in self.path
        self._send(_FILE if is_object else json.dumps(_answer(operation)).encode())

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - names of the standard library

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", '"e"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def _answer(operation: str) -> Json:
    if operation == "UpdateItem":
        (record,) = event("send_email_stream")["Records"]
        return {"Attributes": record["dynamodb"]["NewImage"] | _UPDATED}
    return _ANSWERS.get(operation, {})


@contextmanager
def _aws() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Aws) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def event(name: str) -> Json:
    """Return an event of ``events/``, of now: an old link is not mailed."""
    text = (ROOT / "events" / f"{name}.json").read_text()
    found: Json = json.loads(text.replace(_SAMPLE_TIME, datetime.now(UTC).isoformat()))
    return found


@dataclass(frozen=True)
class ColdStart:
    """A cold start: seconds of CPU up to the end of init and up to the answer.

    ``modules`` is how many were imported by then, ``heavy`` which of the heavy libraries.
    """

    init: float
    answered: float
    modules: int
    heavy: tuple[str, ...]


def start(python: Path, program: str, folder: Path, name: str, given: dict[str, str]) -> Json:
    """Start a process that answers an event; return what it tells."""
    whole = _START + program + _END
    command = [sys.executable, "-I", "-S", "-B", "-c", whole, str(python), str(folder)]
    done = subprocess.run(
        [*command, json.dumps(event(name))], env=given, stdout=subprocess.PIPE, check=True
    )
    told: Json = json.loads(done.stdout.splitlines()[-1])
    status = told["answer"].get("statusCode", HTTPStatus.OK)
    assert status < HTTPStatus.INTERNAL_SERVER_ERROR, done.stdout
    assert not told["answer"].get("batchItemFailures"), done.stdout.decode()
    return told


def measure(rounds: int = ROUNDS) -> dict[str, ColdStart]:
    """Measure the floor and each function, by turns; return the medians by their names."""
    stack = Stack(names={"LinkKeys": "link", "TokenKeys": "token"})
    # The floor's client is DynamoDB's, of which the layer has no model.
    data = {"AWS_DATA_PATH": str(Path(botocore.__file__).parent / "data")}
    told: dict[str, list[Json]] = {name: [] for name in ("floor", *EVENTS)}
    with layer.built(layer.THIS_INTERPRETER) as built, _aws() as sink:
        for _, (name, found) in product(range(rounds), told.items()):
            if name == "floor":
                given = data | _of_lambda(sink)
                found.append(start(built.python, _FLOOR, ROOT, "sign_in_page", given))
            else:
                given = stack.environment(name) | _of_lambda(sink)
                folder = ROOT / source_folder(name)
                found.append(start(built.python, _FUNCTION, folder, EVENTS[name], given))
    return {name: _median(found) for name, found in told.items()}


def _of_lambda(sink: str) -> dict[str, str]:
    """Return the variables that Lambda itself sets."""
    return {
        **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), REGION),
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing"),
        "AWS_ENDPOINT_URL": sink,
        "AWS_LAMBDA_FUNCTION_NAME": "function",
    }


def _median(told: list[Json]) -> ColdStart:
    return ColdStart(
        init=median(one["init"] for one in told),
        answered=median(one["answered"] for one in told),
        modules=told[0]["modules"],
        heavy=tuple(name for name in HEAVY if name in told[0]["imported"]),
    )


def tables() -> Iterator[Table]:
    """Measure each function beside the floor."""
    found = measure()
    floor = found["floor"].answered
    rows = [
        (name, one.answered / floor, one.init, one.answered, one.modules, ", ".join(one.heavy))
        for name, one in found.items()
    ]
    told = (
        "CPU in seconds. The floor imports boto3, Powertools and pydantic, makes a DynamoDB client"
        " and answers once; its client reads botocore's whole data, which the layer leaves out."
    )
    columns = ("", "times the floor", "init", "first answer", "modules", "heavy libraries")
    yield Table("CPU of a cold start to its first answer", columns, rows, told, columns[1:2])


if __name__ == "__main__":
    for table in tables():
        print(show(table))
