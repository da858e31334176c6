"""The preview is one that everybody can use, by the keyboard alone, too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.previewed import ORIGIN, show_preview
from tests.browser.visitors import NARROW
from tests.support.shops import OpenShop

ONE = "/_preview/show/mail-reset-password"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(base_url=ORIGIN) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        show_preview(page)
        yield page
    assert [text for text in complaints if "violates" in text] == []


@pytest.mark.parametrize("path", ["/", ONE])
def test_it_is_accessible_and_fits_on_a_phone(page: Page, path: str) -> None:
    page.goto(path, wait_until="domcontentloaded")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.evaluate("document.querySelectorAll('iframe').forEach(each => each.remove())")
        assert_accessible(page)

    page.set_viewport_size({"width": NARROW, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth") == NARROW


def test_a_mistake_is_accessible_too(page: Page, open_shop: OpenShop) -> None:
    open_shop({"brand.toml": "nam = 1"})

    page.goto("/")

    expect(page.get_by_role("listitem")).to_contain_text("shop/brand.toml, nam: ")
    assert_accessible(page)
    page.goto("about:blank")


def test_the_keyboard_leads_to_a_sample_and_through_its_views(page: Page) -> None:
    page.goto("/", wait_until="domcontentloaded")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("mail: confirm registration")
    page.get_by_role("link", name="Deutsch").press("Enter")
    page.get_by_role("link", name="dark").press("Enter")
    page.get_by_role("link", name="320 px").press("Enter")

    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Bitte bestätigen Sie Ihre Adresse")
    width = page.locator("iframe").evaluate("each => each.getBoundingClientRect().width")
    assert width == NARROW
    paper = frame.locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
    assert paper == "rgb(18, 23, 22)"


def test_links_and_forms_in_a_frame_lead_nowhere(page: Page) -> None:
    page.goto("/_preview/show/login")

    frame = page.frame_locator("iframe")
    frame.get_by_role("navigation").get_by_role("link", name="Register").click()
    frame.get_by_label("Email address").fill("ada@example.com")
    frame.get_by_label("Password", exact=True).fill("sturdy teapot orbit")
    frame.get_by_role("button", name="Log in").click()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Log in")
    expect(frame.get_by_label("Email address")).to_have_value("ada@example.com")
