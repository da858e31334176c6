"""Visitors, each with their own cookies, language and screen."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from local.cloud import Cloud
from tests.browser.watch import Watch

DESKTOP = 1280
PHONE = 375
NARROW = 320
"""The narrowest width that WCAG requires: 1280 pixels, magnified four times."""

MOST_MILLISECONDS = 90_000
"""The most that a page may take, which starts one function or two on a busy machine."""
HEIGHTS = {DESKTOP: 900, PHONE: 720, NARROW: 640}


class Visitors:
    """Opens pages, each in a separate context, and watches all of them."""

    def __init__(self, browser: Browser, cloud: Cloud) -> None:
        self._browser = browser
        self._url = cloud.url
        ports = (urlsplit(address).port for address in (cloud.url, cloud.endpoint))
        self._own_hosts = {
            f"{host}:{port}" for port in ports for host in ("localhost", "127.0.0.1")
        }
        self._watches: list[Watch] = []
        self._pages: list[Page] = []

    def __call__(
        self,
        *,
        width: int = DESKTOP,
        locale: str = "en-US",
        dark: bool = False,
        scripts: bool = True,
        scale: float = 1,
    ) -> Page:
        """Return an empty page of a new visitor."""
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": width, "height": HEIGHTS[width]},
            locale=locale,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            device_scale_factor=scale,
        )
        context.set_default_navigation_timeout(MOST_MILLISECONDS)
        self._watches.append(Watch(context, self._own_hosts))
        self._pages.append(context.new_page())
        return self._pages[-1]

    @property
    def complaints(self) -> list[str]:
        """The problems in any of them."""
        return [text for watch in self._watches for text in watch.complaints]

    def forgive(self, pattern: str) -> list[str]:
        """Remove the complaints that match, and return them."""
        return [text for watch in self._watches for text in watch.forgive(pattern)]

    def leave(self) -> None:
        """Close everything, after the last problems are recorded."""
        for page in self._pages:
            page.context.close()
