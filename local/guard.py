"""Runs a command in a folder of its own until standard input ends, then cleans up.

The parent process holds the other end of standard input. However it ends, killed or not, this
process notices, kills its process group, with the command and everything that it started, and
removes the folder.
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
    """Run a command, then remove the folder. This process must lead its own group."""
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
