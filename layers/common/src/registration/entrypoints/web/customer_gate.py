"""The gate of a customer's own pages: who is signed in in the browser that asks."""

from collections.abc import Callable

from registration.application.customers.browser_session import BrowserSessions
from registration.domain.customers import Customer
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.http import LoginRequired
from registration.entrypoints.web.pages import Notice, Target
from registration.frozen import dataclass


@dataclass(frozen=True)
class CustomerGate:
    """Admits customers: one read, and none where there is no session to read."""

    browser: Browser
    browsing: Callable[[], BrowserSessions]

    def known(self) -> Customer | None:
        """Return the customer who is signed in, or nobody."""
        kept = self.browser.session
        return self.browsing().customer(kept) if kept else None

    def customer(self, to: Target) -> Customer:
        """Return the customer who is signed in.

        Raises
        ------
        LoginRequired
            Nobody is. It leads to the login page, and from there on to the target.
        """
        customer = self.known()
        if customer is None:
            way = f"/login?notice={Notice.LOG_IN_FIRST}&to={to}"
            raise LoginRequired(way, self.browser.session_over())
        return customer

    def customer_or_guest(self, path: str) -> Customer | None:
        """Return the customer who is signed in, or nobody for a guest.

        Raises
        ------
        LoginRequired
            The browser keeps a session that has ended. It leads to the same path once
            more, without it: else the page would be that of somebody who is signed in.
        """
        customer = self.known()
        if customer is None and self.browser.session:
            raise LoginRequired(path, self.browser.session_over())
        return customer
