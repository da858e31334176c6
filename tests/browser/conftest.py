"""A browser, and the whole system on the local cloud."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local import browser as installed
from local.cloud import Cloud
from tests.browser.stage import Stage
from tests.browser.visitors import Visitors

# A click may start a function, which takes its time while another process has the core.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def cloud(local_cloud: Cloud) -> Cloud:
    """The system with the template's defaults."""
    return local_cloud


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
