"""More requests than the machine can process at a time wait their turn at the front door."""

import asyncio
import json
import subprocess
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from local.clock import Clock
from local.cloud import Cloud
from local.front_door import FrontDoor
from local.package import BUILD, ROOT
from local.time_travel import TimeTravel

SECONDS = 20
TO_SES = [(b"authorization", b"AWS4-HMAC-SHA256 Credential=A/1/eu-central-1/ses/aws4_request, x")]


class Emulator(ThreadingHTTPServer):
    """Answers a request when the test lets one go; `/dies` breaks off without an answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: SimpleQueue[str] = SimpleQueue()
        self.paths: list[str] = []
        self.let_go = threading.Semaphore(0)
        self.running = self.most = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    async def next(self) -> str:
        """Return the path of the next request that arrives."""
        return await asyncio.to_thread(self.arrived.get, timeout=SECONDS)


class Handler(BaseHTTPRequestHandler):
    server: Emulator

    def do_GET(self) -> None:
        self.server.running += 1
        self.server.most = max(self.server.most, self.server.running)
        self.server.paths.append(self.path)
        self.server.arrived.put(self.path)
        if not self.headers["authorization"]:
            self.server.let_go.acquire(timeout=SECONDS)
        self.server.running -= 1
        if self.path != "/dies":
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.let_go.release(100)
        server.shutdown()
        thread.join()


@contextmanager
def door_to(emulator: Emulator, folder: Path, concurrency: int) -> Iterator[FrontDoor]:
    travel = TimeTravel(Clock(folder / "clock"), Cloud("", "", "", "", "", ""))
    with FrontDoor(emulator.url, emulator.url, travel, concurrency) as door:
        yield door
        emulator.let_go.release(100)


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock the test moves on."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test in a thread, because the browser of others may run a loop in this one."""

    def in_loop() -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(test)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(in_loop).result()


async def ask(
    door: FrontDoor, path: str, headers: list[tuple[bytes, bytes]] | None = None
) -> tuple[int, bytes]:
    """Call the application like an ASGI server; return the status and the body."""
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": headers or []}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await door(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def asking(door: FrontDoor, path: str) -> asyncio.Task[tuple[int, bytes]]:
    """Ask without waiting for the answer, until the request is on its way or waits."""
    asked = asyncio.create_task(ask(door, path))
    for _ in range(20):
        await asyncio.sleep(0)
    return asked


@pytest.mark.parametrize("concurrency", [1, 3])
def test_requests_wait_in_the_order_of_their_arrival(
    emulator: Emulator, tmp_path: Path, concurrency: int
) -> None:
    paths = [f"/{number}" for number in range(9)]

    async def test() -> None:
        asked = [await asking(door, path) for path in paths]
        first = {await emulator.next() for _ in range(concurrency)}
        assert first == set(paths[:concurrency])
        for path in paths[concurrency:]:
            emulator.let_go.release()
            assert await emulator.next() == path
        emulator.let_go.release(concurrency)
        assert [status for status, _ in await asyncio.gather(*asked)] == [200] * len(paths)

    with door_to(emulator, tmp_path, concurrency) as door:
        run(test())
    assert emulator.most == concurrency


def test_a_request_without_an_answer_for_30_seconds_ends_as_on_aws(
    emulator: Emulator, tmp_path: Path
) -> None:
    async def test() -> None:
        slow = await asking(door, "/slow")
        assert await emulator.next() == "/slow"
        waiting = await asking(door, "/waits")
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)

        loop.ahead += 29
        later = await asking(door, "/later")
        loop.ahead += 1.5

        for status, body in await asyncio.gather(slow, waiting):
            assert (status, json.loads(body)) == (503, {"message": "Service Unavailable"})
        emulator.let_go.release(2)
        assert (await later)[0] == 200

    with door_to(emulator, tmp_path, 1) as door:
        run(test())
    # The slow one kept its place until its function had finished; the other was given up in time.
    assert emulator.paths == ["/slow", "/later"]
    assert emulator.most == 1


def test_the_next_request_gets_the_place_of_one_whose_process_died(
    emulator: Emulator, tmp_path: Path
) -> None:
    async def test() -> None:
        dying, waiting = await asking(door, "/dies"), await asking(door, "/next")
        emulator.let_go.release(2)
        assert [(await each)[0] for each in (dying, waiting)] == [502, 200]

    with door_to(emulator, tmp_path, 1) as door:
        run(test())


def test_mails_and_the_mailbox_do_not_wait_for_requests(emulator: Emulator, tmp_path: Path) -> None:
    async def test() -> None:
        asked = [await asking(door, path) for path in ("/slow", "/waits")]
        assert await emulator.next() == "/slow"

        assert await ask(door, "/v2/email/identities", TO_SES) == (200, b"")
        assert await ask(door, "/_local/mails") == (200, b"[]")

        emulator.let_go.release(2)
        assert [status for status, _ in await asyncio.gather(*asked)] == [200, 200]

    with door_to(emulator, tmp_path, 1) as door:
        run(test())


def test_a_concurrency_of_nothing_is_refused() -> None:
    run = subprocess.run(
        [BUILD / "cloud" / "bin" / "python", "-m", "local.run", "--concurrency", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 2
    assert "CONCURRENCY is at least 1" in run.stderr
