"""The whole system on the local cloud, started once for all tests that use it.

Usage: python -m tests.local_cloud.plugin COMMAND ...

It runs a command beside a local cloud, which all pytests that the command starts share.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud, running_cloud

_TESTS = Path(__file__).parent.parent
OTHER_CLOUD = pytest.mark.xdist_group("other cloud")
_SHARED = "SHARED_LOCAL_CLOUD"
_OTHER = {"ExistingEmail": "reveal", "PasswordRules": "glue", "ReminderHours": "12"}
_MARKS = {"browser": "browser", "glue": "local_cloud", "local_cloud": "local_cloud"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of those folders, and allow connections to this machine only."""
    for item in items:
        folder, *_ = item.path.relative_to(_TESTS).parts
        if folder in _MARKS:
            item.add_marker(_MARKS[folder])
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[Cloud]:
    """The system as `make run` starts it, on its own ports, or the one that is shared."""
    if shared := os.environ.get(_SHARED):
        yield Cloud(**json.loads(shared))
        return
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def other_cloud() -> Iterator[Cloud]:
    """A second system, whose clock a test may move: two hours ahead, and with other settings.

    They are those closest to Glue, and it reminds of a link twelve hours before it expires. Tests
    with it are in one group (``OTHER_CLOUD``), so that one process of pytest runs them all.
    """
    with running_cloud(_OTHER, clock="+2h") as cloud:
        yield cloud


def main(command: list[str]) -> int:
    """Run the command, and return how it ended."""
    with running_cloud() as cloud:
        environment = {**os.environ, _SHARED: cloud.as_json()}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
