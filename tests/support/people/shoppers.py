"""A shopper's browser for tests: keeps cookies and sends forms from pages."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

from tests.support.cloud import SESSION, Answer, Cloud
from tests.support.requests import PASSWORD, registration_form

FORM = "application/x-www-form-urlencoded"
VISITOR = "__Host-visitor"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Shopper:
    """A person with a browser."""

    cloud: Cloud
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "203.0.113.7"

    def open(self, target: str) -> Answer:
        """Open a page without following redirections."""
        return self._keep(self.cloud.get_page(target, cookies=self.cookies))

    def go(self, target: str) -> Answer:
        """Open a page, following redirections."""
        return self.follow(self.open(target))

    def follow(self, answer: Answer) -> Answer:
        """Follow the redirections of an answer."""
        for _ in range(5):
            if answer.status != 303:
                return answer
            answer = self.open(answer.location)
        raise AssertionError(f"it leads in circles: {answer.location}")

    def csrf_token(self) -> str:
        """Return the CSRF token of the forms in this browser."""
        found = _TOKEN.search(self.open("/login").body)
        assert found
        return found[1]

    def send(self, path: str, **fields: str) -> Answer:
        """Send a form from a page of the service, without following redirections."""
        return self.send_as_is(path, {"csrf_token": self.csrf_token(), **fields})

    def send_as_is(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form without a page of the service."""
        return self._keep(
            self.cloud.request(
                "POST",
                path,
                body=urlencode(fields),
                headers={"content-type": FORM, "accept": "text/html"},
                cookies=self.cookies,
                address=self.address,
            )
        )

    def log_in(self, email: str = "sonia@example.com", password: str = PASSWORD) -> Answer:
        """Log in; return the redirection."""
        return self.send("/login", email=email, password=password)

    def sign_up(self, email: str = "sonia@example.com", **fields: str) -> Answer:
        """Sign up with the form."""
        return self.send("/register", **registration_form(email=email, **fields))

    def add(self, sku: str, quantity: int = 1) -> Answer:
        """Add an item to the cart."""
        return self.send("/cart/items", sku=sku, quantity=str(quantity))

    @property
    def session(self) -> str | None:
        """The browser's session cookie."""
        return self.cookies.get(SESSION)

    def cart(self) -> dict[str, str]:
        """Return the quantities by SKU on the page of the cart, in their order."""
        return lines_in(self.go("/cart"))

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def lines_in(page: Answer) -> dict[str, str]:
    """Return the quantities by SKU on a page, in their order."""
    assert page.status < 500
    pairs = re.findall(
        r'name="sku" value="(.*?)">.*?name="quantity" type="number".*? value="(.*?)"',
        page.body,
        re.DOTALL,
    )
    return {unescape(sku): unescape(quantity) for sku, quantity in pairs}


def cart_id_in(page: Answer) -> str:
    """Return the id of the cart on a page."""
    found = re.search(r'name="cart" value="([^"]+)"', page.body)
    assert found, page.body
    return found[1]


def text_of(page: Answer) -> str:
    """Return the text of a page."""
    body = page.body.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
