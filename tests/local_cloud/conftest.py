"""The whole system on the local cloud, started once for the tests in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud, running_cloud

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests here, and allow connections to this machine only."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("local_cloud")
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """The system as `make run` starts it, on its own ports."""
    with running_cloud() as cloud:
        yield cloud
