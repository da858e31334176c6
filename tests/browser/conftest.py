"""A browser, and the whole system on a local cloud, started once for the tests in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from local import browser as installed
from local.cloud import Cloud, running_cloud
from tests.browser.stage import Stage
from tests.browser.visitors import Visitors

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests here, and allow connections to this machine only."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """The system as `make run` starts it, on its own ports."""
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def stage(cloud: Cloud) -> Stage:
    """Customers in every state that pages show."""
    return Stage(cloud)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright, installed.launch(playwright, installed.path()) as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, cloud: Cloud) -> Iterator[Visitors]:
    """A function that opens a page in a separate browser context and watches it."""
    visitors = Visitors(browser, cloud)
    yield visitors
    visitors.leave()
    if complaints := visitors.complaints:
        pytest.fail("In the browser:\n" + "\n".join(complaints), pytrace=False)
