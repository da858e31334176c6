"""The whole system on the local cloud, started once for all tests that use it.

Usage: python -m tests.local_cloud.plugin COMMAND ...

It runs a command beside a local cloud, which all pytests that the command starts share.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from local.cloud import Cloud, running_cloud

GROUPS = {
    "tests/browser/test_every_page.py": "every page",
    "tests/browser/test_second_shop.py": "second shop",
    "tests/glue/test_clients.py": "storefront",
    "tests/glue/test_contract.py.*as Glue": "other cloud",
    "tests/local_cloud/test_sam.py": "SAM",
    "tests/local_cloud/test_streams.py": "other cloud",
    "tests/local_cloud/test_time_travel.py": "other cloud",
}
"""The tests that share something expensive, by patterns of their ids: one process runs a group."""
_TESTS = Path(__file__).parent.parent
_SHARED = "SHARED_LOCAL_CLOUD"
"""The variable with the file that tells of the shared cloud once it is up."""
_SECONDS_TO_START = 180
_OTHER = {"ExistingEmail": "reveal", "PasswordRules": "glue", "ReminderHours": "12"}
_MARKS = {"browser": "browser", "glue": "local_cloud", "local_cloud": "local_cloud"}


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the largest groups to processes first, and then each other test.

    Not by marks: https://github.com/pytest-dev/pytest-xdist/issues/1386
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((name for start, name in GROUPS.items() if re.match(start, nodeid)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Return what hands tests to the processes of ``--dist loadgroup``."""
    return _Scheduling(config, log) if config.getoption("dist") == "loadgroup" else None


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
        yield _when_it_is_up(Path(shared))
        return
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def other_cloud() -> Iterator[Cloud]:
    """A second system, whose clock a test may move: two hours ahead, and with other settings.

    They are those closest to Glue, and it reminds of a link twelve hours before it expires.
    """
    with running_cloud(_OTHER, clock="+2h") as cloud:
        yield cloud


def _when_it_is_up(told: Path) -> Cloud:
    """Return the shared cloud; it starts while the tests are collected."""
    until = time.monotonic() + _SECONDS_TO_START
    while not told.exists():
        assert time.monotonic() < until, "The shared local cloud did not start."
        time.sleep(0.05)
    return Cloud(**json.loads(told.read_text()))


def main(command: list[str]) -> int:
    """Run the command, and return how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "cloud.json"
        environment = {**os.environ, _SHARED: str(told)}
        with subprocess.Popen(command, env=environment) as tests:
            try:
                with running_cloud() as cloud:
                    written = told.with_suffix(".new")
                    written.write_text(cloud.as_json())
                    written.rename(told)
                    return tests.wait()
            finally:
                tests.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
