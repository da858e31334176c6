"""Starts and stops the emulator of AWS without leaving processes or files behind.

The emulator may survive SIGTERM, and the processes of its functions may outlive the emulator. So
`local.guard` keeps all of them in a process group of its own and kills the group.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.clients import ACCESS_KEY, HOST, REGION, SECRET_KEY
from local.clock import Clock

_SECONDS_TO_START = 30
_SECONDS_TO_STOP = 10


class EmulatorError(Exception):
    """The emulator did not start."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its URL, its folder, which ends with it, and its functions' clock."""

    url: str
    folder: Path
    clock: Clock


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether the emulator can listen on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


@contextmanager
def running_emulator(port: int, log: Path, ses: str) -> Iterator[Emulator]:
    """Run the emulator as long as the context lasts.

    Parameters
    ----------
    port
        The port, on the loopback address only.
    log
        The file for its output.
    ses
        The URL of SES for the functions.
    """
    folder = Path(tempfile.mkdtemp(prefix="local-cloud-"))
    clock = Clock(folder / "clock")
    guarded = [sys.executable, str(Path(__file__).with_name("guard.py")), str(folder)]
    with log.open("wb") as output:
        guard = subprocess.Popen(
            # -P: its own folder is no place to look for modules.
            [*guarded, sys.executable, "-P", str(Path(__file__).with_name("emulated.py"))],
            env=_environment(port, folder)
            | {"AWS_ENDPOINT_URL_SESV2": ses, "LOCAL_CLOCK": str(clock.file)},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with guard:
        try:
            _wait_until_ready(guard, port, log)
            yield Emulator(f"http://{HOST}:{port}", folder, clock)
        finally:
            _stop(guard)


def _environment(port: int, folder: Path) -> dict[str, str]:
    """Return a clean environment for the emulator, because the functions inherit all of it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AUTH": "true",  # deny here, too, what the template's policies do not allow
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }


def _wait_until_ready(guard: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and guard.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise EmulatorError(f"The emulator did not start. The end of {log}:\n{tail}")


def _stop(guard: subprocess.Popen[bytes]) -> None:
    if guard.stdin:
        guard.stdin.close()
    try:
        guard.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(guard.pid, signal.SIGKILL)
