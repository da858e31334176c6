"""`make run`: runs the whole system on this machine until Ctrl-C.

However it ends, by Ctrl-C, SIGTERM, a closed terminal or a failure half-way, no process and no
temporary file is left behind.
"""

import argparse
import asyncio
import errno
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from hypercorn.asyncio import serve  # type: ignore[import-not-found]  # only in the cloud's env
from hypercorn.config import Config  # type: ignore[import-not-found]

from deploy import shop
from deploy.stages import StageError, parse
from local import clients, corrections, deploy, emulator, package
from local.clock import ClockError, read_offset
from local.cloud import Cloud
from local.front_door import CONCURRENCY, FrontDoor
from local.time_travel import TimeTravel

TEMPLATE = package.ROOT / "template.yaml"
EXAMPLE = "examples/customer.csv"
_LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_FAILURES = (
    ClockError,
    corrections.CorrectionError,
    deploy.DeployError,
    emulator.EmulatorError,
    package.PackageError,
    shop.ShopFolderError,
    StageError,
)
_BACKLOG = 512
_STAFF = "staff@shop.example"
_PORT = 8000
_CLOUD_PORT = 4566
# The emulator has no DKIM records to output: local/corrections.py creates the identity.
_MAIL = {"MailFrom": "registration@shop.example", "CreateMailIdentity": "false"}
# It refuses an alarm on more than one metric, and raises none.
_UNWATCHED = {"CreateAlarms": "false"}


class UsageError(Exception):
    """The command line asks for something impossible."""


class Interruption:
    """The end of the local cloud: the first Ctrl-C, SIGTERM or closed terminal.

    Before the front door is open it raises KeyboardInterrupt; after that it closes the door. All
    later signals are ignored, so that nothing interrupts the cleanup.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self._door: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        for number in self._SIGNALS:
            signal.signal(number, self._strike)

    def _strike(self, *_: object) -> None:
        for number in self._SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self._door is None:
            raise KeyboardInterrupt
        loop, closed = self._door
        loop.call_soon_threadsafe(closed.set)

    async def wait(self) -> None:
        """Wait for the signal with the front door open."""
        closed = asyncio.Event()
        self._door = (asyncio.get_running_loop(), closed)
        await closed.wait()
        self._door = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the local cloud; return the exit status."""
    options = _options(arguments)
    interruption = Interruption()
    if options.attached:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _run(options, interruption)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except UsageError as error:
        print(error, file=sys.stderr)
        return 1
    except _FAILURES as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=_PORT, help="of the front door; 0: any")
    parser.add_argument(
        "--cloud-port", type=int, default=_CLOUD_PORT, help="of the emulator; 0: any"
    )
    parser.add_argument("--params", default="", help="template parameters: NAME=VALUE NAME=VALUE")
    parser.add_argument("--clock", default="+0m", help="how far the clock is ahead: +25h")
    parser.add_argument(
        "--concurrency", type=int, default=CONCURRENCY, help="requests processed at a time"
    )
    parser.add_argument(
        "--attached", action="store_true", help="tell the addresses as JSON; end with stdin"
    )
    options = parser.parse_args(arguments)
    if options.concurrency < 1:
        parser.error("CONCURRENCY is at least 1")
    return options


def _run(options: argparse.Namespace, interruption: Interruption) -> None:
    parameters, offset = parse(options.params), read_offset(options.clock)
    with ExitStack() as stack:
        door = stack.enter_context(_door(options.port))
        port = door[0].getsockname()[1]
        cloud_port = options.cloud_port or emulator.free_port()
        if not emulator.is_free(cloud_port):
            raise _port_taken("CLOUD_PORT", cloud_port)
        package.BUILD.mkdir(exist_ok=True)
        log = package.BUILD / f"local-cloud-{port}.log"
        if options.attached:
            stack.callback(log.unlink, missing_ok=True)
        ses = f"http://{clients.HOST}:{port}"
        running = stack.enter_context(emulator.running_emulator(cloud_port, log, ses))
        running.clock.move_to(offset)
        endpoint = running.url
        url = f"http://localhost:{port}"
        settings = {"PublicUrl": url} | _MAIL | _UNWATCHED | parameters
        shop.check()
        deployed = deploy.deploy(TEMPLATE, settings, running, thorough=bool(parameters))
        cloud = Cloud.from_outputs({**deployed.outputs, "PublicUrl": url}, endpoint, str(log))
        for listener in door:
            listener.listen(_BACKLOG)
        if not options.attached:
            _invite(cloud, deployed.outputs["InviteStaffFunction"])
        print(cloud.as_json() if options.attached else _welcome(cloud, options), flush=True)
        travel = TimeTravel(running.clock, cloud)
        front_door = stack.enter_context(
            FrontDoor(endpoint, deployed.api_url, travel, options.concurrency)
        )
        asyncio.run(_serve(front_door, door, interruption))
        if not options.attached:
            print("\nStopping ...", flush=True)


@contextmanager
def _door(port: int) -> Iterator[list[socket.socket]]:
    """Bind the front door's port on the loopback addresses.

    It is bound first, so that no other program takes it while the rest starts. On both
    addresses, because browsers try IPv6 first for `localhost`: another program there would
    answer in place of the front door.
    """
    with ExitStack() as stack:
        door: list[socket.socket] = []
        for family, host in _LOOPBACK:
            listener = stack.enter_context(socket.socket(family))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise _port_taken("PORT", port) from error
                if family == socket.AF_INET6:
                    continue  # a machine without IPv6
                raise UsageError(f"Port {port} cannot be used: {error.strerror}.") from error
            door.append(listener)
            port = listener.getsockname()[1]
        yield door


def _port_taken(name: str, port: int) -> UsageError:
    others = {"PORT": 8001, "CLOUD_PORT": 4567} | {name: port + 1}
    choice = " ".join(f"{other}={value}" for other, value in others.items())
    return UsageError(
        f"Port {port} is taken ({name}), perhaps by another local cloud. "
        f"Stop that, or choose other ports:\n\n    make run {choice}"
    )


async def _serve(app: FrontDoor, door: list[socket.socket], interruption: Interruption) -> None:
    config = Config()
    config.bind = [f"fd://{listener.detach()}" for listener in door]
    config.backlog = _BACKLOG
    config.loglevel = "WARNING"
    config.include_server_header = False
    config.graceful_timeout = 1
    await serve(app, config, shutdown_trigger=interruption.wait)


def _end_with_parent() -> None:
    """End the local cloud when the parent process closes our standard input, or dies."""
    # Not sys.stdin: its lock, held while waiting, would block every process forked meanwhile.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _invite(cloud: Cloud, function: str) -> None:
    """Invite a first member of staff. The mail may arrive a moment later."""
    event = json.dumps({"email": _STAFF, "role": "editor", "name": "Robin"})
    cloud.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=event.encode()
    )


def _welcome(cloud: Cloud, options: argparse.Namespace) -> str:
    ports = "".join(
        f" {name}={port}"
        for name, port, usual in (
            ("PORT", options.port, _PORT),
            ("CLOUD_PORT", options.cloud_port, _CLOUD_PORT),
        )
        if port != usual
    )
    return f"""
The system is up.

  Shop            {cloud.url}/
  Sign up         {cloud.url}/register
  Back Office     {cloud.url}/back-office
                  {_STAFF} is invited: choose a password by the link in the mailbox
  Mailbox         {cloud.url}/_local/mailbox
  Mails as JSON   {cloud.url}/_local/mails?to=ADDRESS
  Clock           {cloud.url}/_local/clock

  Bucket          {cloud.bucket}
  Tables          {cloud.customers_table}
                  {cloud.outbox_table}
  Log             {cloud.log}

Import customers, and follow the import:

  make import FILE={EXAMPLE}{ports}

The same with the AWS CLI, as an operator does it, and whatever else it can do:

  export AWS_ENDPOINT_URL={cloud.endpoint} AWS_DEFAULT_REGION={clients.REGION}
  export AWS_ACCESS_KEY_ID={clients.ACCESS_KEY} AWS_SECRET_ACCESS_KEY={clients.SECRET_KEY}
  aws s3 cp {EXAMPLE} s3://{cloud.bucket}/

Somebody else for the Back Office:

  make staff EMAIL=ada@shop.example{ports}

Ctrl-C stops everything; nothing is kept."""


if __name__ == "__main__":
    sys.exit(main())
