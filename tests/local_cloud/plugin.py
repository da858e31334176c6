"""The whole system on the local cloud, started once for all folders of tests that use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud, running_cloud

_TESTS = Path(__file__).parent.parent
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
    """The system as `make run` starts it, on its own ports."""
    with running_cloud() as cloud:
        yield cloud
