"""Measures the CPU of a warm sign-up, confirmation and log-in, part by part.

Run it with ``make bench``. Each handler runs in a process of its own, as on AWS, with its real AWS
client, against a sink on the loopback interface (:mod:`benchmarks.sink`). Rounds alternate between
the request, the same without the password's hash, and the baseline: as many bare HTTP calls as the
request makes, with ``http.client``, unsigned. Figures are medians of CPU times, in milliseconds.
"""

import contextlib
import http.client
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from benchmarks.bench_import import ROOT, Context, a_handler, a_sink, tell
from benchmarks.peers import turns
from benchmarks.report import Table

ROUNDS = int(os.environ.get("ROUNDS") or 60)
WARM_UP = 5
ACTS = ("sign-up", "confirm", "log-in")
PARTS = ("validation", "strength check", "hash", "AWS calls")


# In a separate process, with moto


def prepare() -> Any:
    """Return the environments and events of the acts, and what is stored before each."""
    import boto3  # noqa: PLC0415 - in this process only
    from moto import mock_aws  # noqa: PLC0415

    from registration.domain import passwords  # noqa: PLC0415
    from tests.conftest import GENEROUS  # noqa: PLC0415 - sets the environment
    from tests.support import quick_hashes  # noqa: PLC0415
    from tests.support.cloud import PUBLIC_URL, Cloud  # noqa: PLC0415
    from tests.support.people.accounts import confirmed, sign_in  # noqa: PLC0415
    from tests.support.requests import customer_document, key_document  # noqa: PLC0415
    from tests.support.stack import Stack  # noqa: PLC0415

    passwords._hasher = quick_hashes.REAL
    with mock_aws():
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL, **GENEROUS}))
        cloud.watch()
        confirmed(cloud)
        waiting = customer_document(email="waiting@example.com")
        cloud.post_json("/customers", waiting)
        cloud.drain()
        requests = [
            lambda: cloud.post_json("/customers", customer_document(email="new@example.com")),
            lambda: cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token)),
            lambda: sign_in(cloud),
        ]
        items = boto3.client("dynamodb").scan(TableName=cloud.customers_table)["Items"]
        manager = boto3.client("secretsmanager")
        kept = [manager.get_secret_value(SecretId=arn) for arn in _secrets(manager)]
        found = [_recorded(cloud, request) for request in requests]
    secrets = [{"ARN": each["ARN"], "SecretString": each["SecretString"]} for each in kept]
    return {
        "given": {"items": items, "secrets": secrets},
        "acts": dict(zip(ACTS, found, strict=True)),
    }


def _secrets(manager: Any) -> list[str]:
    return [each["ARN"] for each in manager.list_secrets()["SecretList"]]


def _recorded(cloud: Any, request: Callable[[], Any]) -> Any:
    """Make a request; return its event and status, and its function."""
    from tests.support.cloud import source_folder  # noqa: PLC0415 - in this process only

    invoke, seen = cloud.invoke, []

    def noted(function: str, event: Any) -> Any:
        seen.append((function, event))
        return invoke(function, event)

    cloud.invoke = noted
    status = request().status
    del cloud.invoke
    function, event = seen[0]
    return {
        "folder": source_folder(function),
        "environment": cloud.stack.environment(function),
        "event": event,
        "status": status,
    }


# In a separate process for each act, without moto


class Stopwatch:
    """Notes the CPU time of parts, none of which contains another, and how often each is done."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.times: Counter[str] = Counter()

    def clear(self) -> None:
        """Begin anew."""
        self.spent.clear()
        self.times.clear()

    def timed(self, part: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose time is noted as a part."""

        def noted(*arguments: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return act(*arguments, **named)
            finally:
                self.times[part] += 1
                self.spent[part] += time.process_time() - began

        return noted


class TimedClient:
    """An AWS client whose calls are timed."""

    def __init__(self, client: Any, watch: Stopwatch) -> None:
        self._client, self._watch = client, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name in {"exceptions", "meta"} or not callable(found):
            return found
        return self._watch.timed("AWS calls", found)


class Measured:
    """One act: its handler, whose parts are timed, and its baseline."""

    def __init__(self, act: Any, sink: str) -> None:
        from registration.adapters import clients  # noqa: PLC0415 - with the function's environment
        from registration.application.customers import register  # noqa: PLC0415
        from registration.domain import passwords  # noqa: PLC0415
        from registration.domain.fields.asked import AskedFields  # noqa: PLC0415

        self.act, self.watch, self._passwords = act, Stopwatch(), passwords
        timed, client, hasher = self.watch.timed, clients.dynamodb(), passwords._hasher
        clients.dynamodb = lambda: TimedClient(client, self.watch)  # type: ignore[assignment]
        checked: Any = register
        checked.check_password = timed("strength check", checked.check_password)
        AskedFields.read_sign_up = timed("validation", AskedFields.read_sign_up)  # type: ignore[method-assign]
        kept = hasher.hash("sturdy teapot orbit")
        newest = {"check_needs_rehash": lambda _kept: False}
        self._hashers = {
            True: SimpleNamespace(
                hash=timed("hash", hasher.hash), verify=timed("hash", hasher.verify), **newest
            ),
            False: SimpleNamespace(hash=lambda _word: kept, verify=lambda *_: True, **newest),
        }
        self._handler = a_handler(act["folder"])
        self._sink = http.client.HTTPConnection(urlsplit(sink).netloc)

    def request(self, *, hashed: bool) -> dict[str, float]:
        """Make the request; return the CPU time of its parts and of the whole."""
        self._passwords._hasher = self._hashers[hashed]  # type: ignore[assignment]
        self.watch.clear()
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            answer = self._handler.lambda_handler(self.act["event"], Context())
        whole = time.process_time() - began
        assert answer["statusCode"] == self.act["status"], answer
        return {**self.watch.spent, "whole": whole}

    def baseline(self) -> dict[str, float]:
        """Make bare calls, as many as the request before made; return their CPU time."""
        body = self.act["event"]["body"].encode()
        headers = {"x-amz-target": "DynamoDB_20120810.PutItem"}
        began = time.process_time()
        for _ in range(self.watch.times["AWS calls"]):
            self._sink.request("POST", "/", body, headers)
            json.loads(self._sink.getresponse().read())
        return {"whole": time.process_time() - began}


def measure_act(prepared: str, name: str, sink: str) -> Any:
    """Return the figures of an act."""
    measured = Measured(json.loads(Path(prepared).read_text())["acts"][name], sink)
    ways = {
        "with the hash": lambda: measured.request(hashed=True),
        "without it": lambda: measured.request(hashed=False),
        "baseline": measured.baseline,
    }
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(WARM_UP + ROUNDS):
        for way, act in ways.items():
            found[way].append(act())
    return {way: _medians(rounds[WARM_UP:]) for way, rounds in found.items()}


def serve_sign_ups(prepared: str, sink: str) -> None:
    """Sign up when asked, as a peer does (:mod:`benchmarks.peers`)."""
    measured = Measured(json.loads(Path(prepared).read_text())["acts"]["sign-up"], sink)
    names = {"Python": platform.python_version()}
    turns.serve(names, lambda _number, hashed: measured.request(hashed=hashed))


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    names = {name for each in rounds for name in each}
    return {name: 1e3 * median(each.get(name, 0) for each in rounds) for name in sorted(names)}


# The whole


def in_process(*arguments: object, **environment: str) -> Any:
    """Run a part of this benchmark in a process; return what it prints as JSON."""
    command = [sys.executable, "-m", "benchmarks.sign_up", *map(str, arguments)]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True
    )
    return json.loads(run.stdout.splitlines()[-1])


def environment_of(act: Any, sink: str) -> dict[str, str]:
    """Return the environment in which a function finds the sink."""
    aws = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    return {
        **{name: str(value) for name, value in act["environment"].items()},
        **aws,
        "AWS_ENDPOINT_URL": sink,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
    }


@contextlib.contextmanager
def ready() -> Iterator[tuple[Path, Any, str]]:
    """Prepare the acts; yield their file, their content and a sink that knows what is stored."""
    with tempfile.TemporaryDirectory() as folder, a_sink() as sink:
        file = Path(folder) / "prepared.json"
        prepared = in_process("prepare")
        file.write_text(json.dumps(prepared))
        tell(sink, prepared["given"], to="/_given")
        yield file, prepared, sink


def measure() -> dict[str, Any]:
    """Return milliseconds of CPU: by act, by way (with the hash or without), by part."""
    with ready() as (file, prepared, sink):
        return {
            name: in_process("act", file, name, sink, **environment_of(act, sink))
            for name, act in prepared["acts"].items()
        }


def tables() -> Iterable[Table]:
    """Return the figures of each act."""
    rows = []
    for act, ways in measure().items():
        for way, parts in ways.items():
            known = [parts.get(name, 0.0) for name in ("whole", *PARTS)]
            ratio, rest = known[0] / ways["baseline"]["whole"], known[0] - sum(known[1:])
            rows.append((f"{act}, {way}", ratio, *known, rest))
    columns = ("", "times the baseline", "ms of CPU", *PARTS, "the rest")
    told = "Warm, medians. The baseline are as many bare HTTP calls, unsigned."
    yield Table("What a request takes", columns, rows, told)


COMMANDS: dict[str, Callable[..., Any]] = {"prepare": prepare, "act": measure_act}

if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve_sign_ups(*sys.argv[2:])
    else:
        print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
