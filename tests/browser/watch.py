"""Records problems while a page is open."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_NO_HOST = {"data", "blob", "about"}
# The browser logs this for every response with an error, including pages that show a mistake in
# a form; the watch checks the response itself.
_ABOUT_AN_ANSWER = "Failed to load resource: the server responded"


class Watch:
    """Records in one browser context: other hosts, script errors, failed loads.

    Parameters
    ----------
    context
        The browser context.
    own_hosts
        The hosts, with ports, that pages may reach.
    """

    def __init__(self, context: BrowserContext, own_hosts: Collection[str]) -> None:
        self.complaints: list[str] = []
        self._own_hosts = own_hosts
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def forgive(self, pattern: str) -> list[str]:
        """Remove the complaints that match, and return them."""
        forgiven = [text for text in self.complaints if re.search(pattern, text)]
        self.complaints = [text for text in self.complaints if text not in forgiven]
        return forgiven

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in _NO_HOST and address.netloc not in self._own_hosts:
            self.complaints.append(f"request to {address.netloc}: {request.url}")

    def _on_response(self, response: Response) -> None:
        # A page may report a mistake, but its resources must load.
        fine = 500 if response.request.resource_type == "document" else 400
        if response.status >= fine:
            self.complaints.append(f"{response.status}: {response.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_ABOUT_AN_ANSWER):
            self.complaints.append(f"console: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")
