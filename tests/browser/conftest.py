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
    """Mark the tests here, and let them reach this machine and no other."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """The system as `make run` brings it up, on ports of its own."""
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def stage(cloud: Cloud) -> Stage:
    """Customers in every state that a page is about."""
    return Stage(cloud)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright, installed.launch(playwright, installed.path()) as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, cloud: Cloud) -> Iterator[Visitors]:
    """Return what opens a page in a browser of its own, and watches over it."""
    visitors = Visitors(browser, cloud)
    yield visitors
    visitors.leave()
    if complaints := visitors.complaints:
        pytest.fail("In the browser:\n" + "\n".join(complaints), pytrace=False)
