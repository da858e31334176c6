"""The requirements for every page: accessible, narrow, small, secure, in light and dark mode."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Request, Response

from local.cloud import Cloud
from tests.browser.axe import assert_accessible
from tests.browser.places import PLACES, Place
from tests.browser.stage import Stage
from tests.browser.visitors import DESKTOP, HEIGHTS, NARROW, Visitors

DARK, LIGHT = 0.2, 0.7
SHOWN = "[...document.body.querySelectorAll('*')].filter(each => each.checkVisibility()).length"
HEAVIEST = 50_000
"""The maximum transfer size of a page with everything that it loads."""
TRANSFERRED: dict[str, int] = {}
"""The sizes of what was loaded, by addresses."""


class Loading:
    """Records the responses of the current page."""

    def __init__(self, page: Page) -> None:
        self.answers: list[Response] = []
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_request(self, request: Request) -> None:
        if request.is_navigation_request() and request.redirected_from is None:
            self.answers.clear()

    def _on_response(self, response: Response) -> None:
        self.answers.append(response)


@dataclass(frozen=True)
class Reached:
    """A page that is open."""

    cloud: Cloud
    page: Page
    answers: list[Response]
    visitors: Visitors

    @property
    def document(self) -> Response:
        """The response with the page itself."""
        return next(each for each in reversed(self.answers) if each.url == self.page.url)


@pytest.fixture(scope="module")
def visitors(browser: Browser, cloud: Cloud) -> Iterator[Visitors]:
    """One browser for all pages: opening one costs more than most checks of a page."""
    visitors = Visitors(browser, cloud)
    yield visitors
    visitors.leave()


@pytest.fixture(scope="module")
def page(visitors: Visitors) -> Page:
    """The browser tab in which the pages are opened."""
    return visitors()


@pytest.fixture(scope="module")
def loading(page: Page) -> Loading:
    """The responses of the current page."""
    return Loading(page)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_page(
    place: Place,
    visitors: Visitors,
    page: Page,
    loading: Loading,
    stage: Stage,
    subtests: pytest.Subtests,
) -> None:
    """Open each page once, in a browser without cookies of the page before, and check all of it."""
    page.context.clear_cookies()
    place.reach(page, stage)
    reached = Reached(stage.cloud, page, list(loading.answers), visitors)

    for check in CHECKS:
        with subtests.test(check.__name__):
            check(reached)
    with subtests.test("no complaint of the browser"):
        assert visitors.forgive("") == []


def has_one_heading_a_title_and_a_language(reached: Reached) -> None:
    told = reached.page.evaluate(
        """() => ({
            headings: [...document.querySelectorAll("h1")]
                .filter(each => each.checkVisibility()).map(each => each.innerText),
            title: document.title,
            language: document.documentElement.lang,
        })"""
    )

    said = told["title"].partition(" \N{EN DASH} ")[0].removeprefix("Error: ")
    assert len(told["headings"]) == 1
    assert said
    assert said in told["headings"][0]
    assert told["language"] == "en-US"


def is_accessible_in_light_on_a_desk(reached: Reached) -> None:
    assert_accessible(reached.page)
    assert luminance(reached.page) > LIGHT


def is_accessible_in_dark_on_320_pixels(reached: Reached) -> None:
    page = reached.page
    shown = page.evaluate(SHOWN)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": NARROW, "height": HEIGHTS[NARROW]})
    try:
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW
        assert luminance(page) < DARK
        hidden = page.evaluate(SHOWN) < shown
        assert_accessible(page, "cat.color", "wcag22aa")
        if hidden:  # its colours are checked where it is shown
            page.set_viewport_size({"width": DESKTOP, "height": HEIGHTS[DESKTOP]})
            assert_accessible(page, "cat.color")
    finally:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": DESKTOP, "height": HEIGHTS[DESKTOP]})


def weighs_little(reached: Reached) -> None:
    sizes = {answer.url: weight(answer) for answer in reached.answers}

    assert sum(sizes.values()) <= HEAVIEST, sizes


def runs_no_script_that_was_smuggled_in(reached: Reached) -> None:
    page = reached.page
    policy = reached.document.headers["content-security-policy"]
    directives = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
    targets = set(directives["form-action"].split())

    assert directives["default-src"] == "'none'"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert {"'self'"} <= targets <= {"'self'", reached.cloud.endpoint}
    assert "unsafe" not in policy
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.smuggled = true";
                document.body.append(script);
            }"""
        )
    assert not page.evaluate("window.smuggled")
    assert reached.visitors.forgive("Executing inline script violates")


def is_neither_cached_nor_framed(reached: Reached) -> None:
    headers = reached.document.headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"]


CHECKS: tuple[Callable[[Reached], None], ...] = (
    has_one_heading_a_title_and_a_language,
    is_accessible_in_light_on_a_desk,
    is_accessible_in_dark_on_320_pixels,
    weighs_little,
    runs_no_script_that_was_smuggled_in,
    is_neither_cached_nor_framed,
)


def weight(answer: Response) -> int:
    """Return the transfer size of a response; of what the browser has kept, that of before."""
    sizes = answer.request.sizes()
    if size := sizes["responseBodySize"] + sizes["responseHeadersSize"]:
        TRANSFERRED[answer.url] = size
    return TRANSFERRED.get(answer.url, 0)


def luminance(page: Page) -> float:
    """Return the luminance of the page's background, from 0 to 1."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
