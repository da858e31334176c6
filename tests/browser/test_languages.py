"""Pages with longer words, and from right to left, in a browser: nothing stands out at the side.

The pages are rendered here, without the system: what they need is their stylesheet.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from registration.entrypoints.rendering.look import stylesheet
from tests.browser.visitors import NARROW
from tests.support.every_page import EVERY_PAGE
from tests.support.shops.texts import LONGER, RIGHT_TO_LEFT, a_shop, pseudo_languages

SHOWN = ("register, with errors", "login", "almost there", "account", "cart", "my carts", "shop")
ORIGIN = "https://shop.example"


@pytest.fixture(params=[NARROW, 1280])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    def answer(route: Route) -> None:
        if route.request.url.endswith("/style.css"):
            route.fulfill(body=stylesheet(), content_type="text/css")
        else:
            route.fulfill(body="")

    with browser.new_page(viewport={"width": request.param, "height": 800}) as page:
        page.route("**/*", answer)
        page.goto(ORIGIN)
        yield page


@pytest.mark.parametrize("locale", [LONGER, RIGHT_TO_LEFT, "de_DE", "pl_PL"])
def test_nothing_stands_out_at_the_side(page: Page, locale: str, tmp_path: Path) -> None:
    with a_shop(tmp_path, pseudo_languages()):
        pages = {name: EVERY_PAGE[name](locale) for name in SHOWN}
    width = page.viewport_size["width"] if page.viewport_size else 0

    for name, html in pages.items():
        page.set_content(html)
        sides = page.evaluate(
            "[...document.body.querySelectorAll('*')].map(each => each.getBoundingClientRect())"
            ".filter(box => box.width > 1 && box.height > 1)"
            ".flatMap(box => [box.left, box.right])"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert min(sides) >= 0, name
        assert max(sides) <= width, name


def test_what_stood_on_the_right_stands_on_the_left(page: Page, tmp_path: Path) -> None:
    boxes = {}
    with a_shop(tmp_path, pseudo_languages()):
        for locale in (LONGER, RIGHT_TO_LEFT):
            page.set_content(EVERY_PAGE["login"](locale))
            boxes[locale] = page.locator("header .shop").bounding_box()
    width = page.viewport_size["width"] if page.viewport_size else 0

    ltr, rtl = boxes[LONGER], boxes[RIGHT_TO_LEFT]
    assert ltr
    assert rtl
    assert ltr["x"] < 50
    assert rtl["x"] + rtl["width"] > width - 50
