"""Runs a command in a folder of its own until standard input ends, then clears up after it.

Whoever starts this holds the other end of standard input. However that process ends, killed or
not, this one notices, ends its process group, in which the command and all that it started are,
and removes the folder.
"""

import os
import select
import shutil
import signal
import subprocess
import sys

_POLL_SECONDS = 0.2
_SECONDS_TO_STOP = 1


def main(folder: str, *command: str) -> None:
    """Run a command; remove a folder in the end. Its group must be its own."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # only now: the command would inherit it
    while process.poll() is None:
        if select.select([0], [], [], _POLL_SECONDS)[0]:
            break
    os.killpg(0, signal.SIGTERM)
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
