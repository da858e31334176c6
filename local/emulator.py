"""Starts and stops the emulator of AWS, leaving no process and no file behind.

The emulator runs each function as a process of its own, which can outlive it; so it gets a
process group, and the group is ended, not the process.
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
_SECONDS_TO_STOP = 1
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
def running_emulator(port: int, log: Path) -> Iterator[str]:
    """Run the emulator for as long as the context lasts, and give its address.

    Parameters
    ----------
    port
        Where it listens, on this machine's loopback address only.
    log
        File for what it and the functions print.
    """
    folder = Path(tempfile.mkdtemp(prefix="local-cloud-", dir=_scratch()))
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=folder,
                env=_environment(port, folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until_ready(process, port, log)
            yield f"http://{HOST}:{port}"
        finally:
            _end_group(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scratch() -> Path | None:
    """Choose where temporary folders go: in memory, if there is plenty; else the usual place.

    Each start of a function unpacks the layer's 4,000 files: a quarter of a second in memory,
    and two or three on a disk.
    """
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_IN_MEMORY:
        return _MEMORY
    return None


def _environment(port: int, folder: Path) -> dict[str, str]:
    """Make the emulator's environment from nothing: the functions inherit all of it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
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


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise EmulatorError(f"The emulator did not start. The end of {log}:\n{tail}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the emulator and the functions' processes: gently, then at once."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal_group(process, number)
        deadline = time.monotonic() + _SECONDS_TO_STOP
        while time.monotonic() < deadline and _signal_group(process, 0):
            time.sleep(0.02)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to the group, 0 for none at all; tell whether anybody is in it."""
    process.poll()  # a leader that has ended stays in its group until it is asked for
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True
