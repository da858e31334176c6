"""Starts and stops the emulator of AWS, leaving no process and no file behind.

The emulator may outlive a gentle end, and the processes in which it runs the functions may outlive
the emulator. So `local.guard` keeps all of them in a process group of its own and ends the group.
"""

import os
import shutil
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
from pathlib import Path

from local.clients import ACCESS_KEY, HOST, REGION, SECRET_KEY

_SECONDS_TO_START = 30
_SECONDS_TO_STOP = 10
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM_IN_MEMORY = 4 * 1024**3


class EmulatorError(Exception):
    """The emulator does not start."""


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Tell whether the emulator could listen at a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


@contextmanager
def running_emulator(port: int, log: Path, ses: str) -> Iterator[str]:
    """Run the emulator for as long as the context lasts, and give its address.

    Parameters
    ----------
    port
        Where it listens, on this machine's loopback address only.
    log
        File for what it prints.
    ses
        The address at which functions reach SES.
    """
    folder = tempfile.mkdtemp(prefix="local-cloud-", dir=_scratch())
    guarded = [sys.executable, str(Path(__file__).with_name("guard.py")), folder]
    with log.open("wb") as output:
        guard = subprocess.Popen(
            [*guarded, sys.executable, "-m", "ministack"],
            env=_environment(port, folder) | {"AWS_ENDPOINT_URL_SESV2": ses},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with guard:
        try:
            _wait_until_ready(guard, port, log)
            yield f"http://{HOST}:{port}"
        finally:
            _stop(guard)


def _scratch() -> Path | None:
    """Choose where temporary folders go: in memory, if there is plenty; else the usual place.

    Each start of a function unpacks the layer's 4,000 files: a quarter of a second in memory,
    and two or three on a disk.
    """
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_IN_MEMORY:
        return _MEMORY
    return None


def _environment(port: int, folder: str) -> dict[str, str]:
    """Make the emulator's environment from nothing: the functions inherit all of it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AUTH": "true",  # what a policy in the template forgets is denied here too
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
