"""A client that keeps cookies and does not follow redirections."""

import http.client
import json
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Page:
    """A response."""

    status: int
    location: str
    body: str

    @property
    def text(self) -> str:
        """The body with its entities resolved."""
        return unescape(self.body)


@dataclass
class Browser:
    """One visitor of the front door."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str) -> Page:
        """Open a page."""
        return self._request("GET", target, {})

    def submit(self, target: str, fields: dict[str, str]) -> Page:
        """Submit a form, with the CSRF token of a page that was opened before."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login").body)
        assert found, "no form at /login"
        fields = {"csrf_token": found[1], **fields}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self._request("POST", target, headers, urlencode(fields))

    def post(self, target: str, document: Any) -> Page:
        """Post a JSON:API document."""
        headers = {"content-type": "application/vnd.api+json", "accept": "application/vnd.api+json"}
        return self._request("POST", target, headers, json.dumps(document))

    def _request(
        self, method: str, target: str, headers: dict[str, str], body: str | None = None
    ) -> Page:
        host = urlsplit(self.url).netloc
        path = target.removeprefix(self.url)
        sent = {"accept": "text/html", **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            content = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("set-cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Page(answer.status, answer.headers.get("location") or "", content)
