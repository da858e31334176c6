"""Fixtures: the service under moto, with credentials that are valid nowhere."""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

# Before boto3 and Powertools are imported, because both read the environment then.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_REGION="eu-central-1",
    # moto answers for the hosts of services, not for those of accounts.
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    POWERTOOLS_METRICS_NAMESPACE="CustomerRegistration",
    POWERTOOLS_SERVICE_NAME="tests",
)

from moto import mock_aws

from registration.adapters.dynamodb.retries import retries
from registration.application import waiting
from tests.iam.judge import fail_if_denied, judging
from tests.support import clock, quick_hashes, quick_moto
from tests.support.calls import exchanges
from tests.support.cloud import PUBLIC_URL, Cloud
from tests.support.stack import Stack, source

quick_moto.hasten()
exchanges.answer_with_moto()
quick_hashes.hasten()

pytest_plugins = ["tests.iam.plugin", "tests.local_cloud.plugin", "tests.support.shops"]

MakeCloud = Callable[..., Cloud]

# Counted as in production, but high enough that only tests of limits reach them.
GENEROUS = {
    name: "1000000" for name in source()["Parameters"] if name.endswith(("PerClient", "PerEmail"))
}


def pytest_report_header() -> str:
    """Print the clock of the tests."""
    given = os.environ.get(clock.SETTING)
    return f"clock: {given or f'one of {len(clock.CLOCKS)} for each test'}"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Import the test modules at a time that no test has."""
    with clock.importing():
        return (yield)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was imported: that took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Run a test and its fixtures with its own clock."""
    with clock.running(item):
        return (yield)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between retries of DynamoDB calls. Tests do not really wait."""
    waited: list[float] = []
    monkeypatch.setattr(retries, "sleep", waited.append)
    monkeypatch.setattr(retries, "clock", lambda: sum(waited))
    retries.begin(float("inf"))
    return waited


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What takes time where the time of an answer must not tell anything. Nobody waits in tests."""
    took: list[float] = []
    monkeypatch.setattr(waiting, "sleep", took.append)
    monkeypatch.setattr(waiting, "monotonic", lambda: sum(took))
    return took


@pytest.fixture
def make_cloud() -> Iterator[MakeCloud]:
    """A function that creates a cloud with given template parameters.

    A test fails at its end if a function did something that its role does not allow.
    """
    clouds: list[Cloud] = []
    stops = []
    with mock_aws(), judging():

        def make(**parameters: str) -> Cloud:
            given = {"PublicUrl": PUBLIC_URL, "RowsPerTransaction": "5", **GENEROUS, **parameters}
            cloud = Cloud(Stack(given))
            clouds.append(cloud)
            stops.append(cloud.watch())
            return cloud

        yield make
        for stop in stops:
            stop()
    fail_if_denied(cloud.judge for cloud in clouds)


@pytest.fixture
def cloud(make_cloud: MakeCloud) -> Cloud:
    """The service with the template's defaults, under moto, with high limits."""
    return make_cloud()
