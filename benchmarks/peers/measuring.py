"""Measures the CPU of a sign-up here and in its peers, in alternating rounds.

Run it with ``make bench-peers``; README.md tells what is compared, and what is not. Each peer is a
process that signs people up when asked (:mod:`benchmarks.peers.turns`). All of them live at once,
and each has its turn in each round, so that the machine's moods are shared. Figures are medians, in
milliseconds of CPU.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import sign_up
from benchmarks.bench_import import ROOT
from benchmarks.report import Table

ROUNDS = int(os.environ.get("ROUNDS") or 15)
OURS = "this project"
# A compiler that works while a program runs has done so before the first round.
WARM_UP = {"with": 3, "without": 200}
A_ROUND = {"with": 2, "without": 20}
MODULES = {"fastapi-users": "fastapi_users_app", "django-allauth": "allauth_app"}


class Server:
    """A process that signs people up."""

    def __init__(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions: dict[str, str] = json.loads(self._answer())

    def cpu(self, way: str, times: int) -> float:
        """Sign so many people up; return the CPU time of one in milliseconds."""
        assert self._process.stdin
        self._process.stdin.write(f"{way} {times}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"{self._process.args!r} failed"
        return line


@contextlib.contextmanager
def servers() -> Iterator[dict[str, Server]]:
    """Start all of them."""
    python, node = ROOT / ".build/peers/bin/python", ROOT / ".build/peers-node"
    started: dict[str, Server] = {}
    with sign_up.ready() as (file, prepared, sink):
        act = prepared["acts"]["sign-up"]
        try:
            started[OURS] = Server(
                [sys.executable, "-m", "benchmarks.sign_up", "serve", str(file), sink],
                sign_up.environment_of(act, sink),
            )
            for name, module in MODULES.items():
                command = [str(python), "-m", f"benchmarks.peers.servers.{module}"]
                started[name] = Server(command)
            script = str(Path(__file__).parent / "servers/better_auth.mjs")
            started["better-auth"] = Server(["node", script], {"PEERS_MODULES": str(node)})
            yield started
        finally:
            for server in started.values():
                server.stop()


def measure() -> dict[str, Any]:
    """Return versions, and the figures of each peer with and without the password's hash."""
    found: dict[str, dict[str, list[float]]] = {}
    with servers() as started:
        for server in started.values():
            for way, times in WARM_UP.items():
                server.cpu(way, times)
        for _ in range(ROUNDS):
            for name, server in started.items():
                ways = found.setdefault(name, {way: [] for way in A_ROUND})
                for way, times in A_ROUND.items():
                    ways[way].append(server.cpu(way, times))
        versions = {name: server.versions for name, server in started.items()}
    figures = {
        name: {f"{way} the hash": median(times) for way, times in ways.items()}
        for name, ways in found.items()
    }
    return {"versions": versions, "ms_of_cpu": figures}


def tables() -> Iterable[Table]:
    """Return what each takes, compared with us."""
    measured = measure()
    figures, rows = measured["ms_of_cpu"], []
    for name, ways in figures.items():
        ratios = [value / figures[OURS][way] for way, value in ways.items()]
        version = ", ".join(" ".join(pair) for pair in measured["versions"][name].items())
        rows.append((name, *ratios, *ways.values(), version))
    ways = ("with the hash", "without it")
    columns = ("", *(f"times ours, {way}" for way in ways), *(f"ms of CPU, {way}" for way in ways))
    told = "What is compared, and what is not: benchmarks/peers/README.md."
    yield Table("A sign-up beside its peers", (*columns, "versions"), rows, told)
