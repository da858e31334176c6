"""What the API and the pages of carts work with, each made when it is first needed."""

from collections.abc import Callable
from functools import cached_property, partial, update_wrapper

from aws_lambda_powertools.event_handler import Response

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.adapters.secrets import RotatingKeys
from registration.application.carts import Shopping, TakeOverCart
from registration.application.customers.browser_session import BrowserSessions
from registration.application.rate_limits import RateLimiter
from registration.domain.carts import Cart, CartOwner, SignedIn
from registration.domain.customers import Customer
from registration.entrypoints.carts.pages import CartPages
from registration.entrypoints.observability import count
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.settings import CartsSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web import bearer as identity
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.customer_gate import CustomerGate
from registration.entrypoints.web.ids import new_id


class Desk:
    """Reads settings and makes clients at first use."""

    def __init__(self) -> None:
        self.browser = Browser.with_app(lambda: self.writer)
        self.app = self.browser.app
        self.gate = CustomerGate(self.browser, lambda: self._browsing)

    def answer(self, method: str, path: str, answer: Callable[..., Response[str]]) -> None:
        """Let a function answer requests; it gets the desk, and what stands in the path."""
        self.app.route(path, method)(update_wrapper(partial(answer, self), answer))

    @property
    def client(self) -> str | None:
        """The address that the request came from."""
        return web.evidence_of(self.app, web.utc_now()).address

    @property
    def own_url(self) -> str:
        """The address that this service is reached at."""
        return web.own_url(self.app, self.settings.public_url)

    def owner(self, customer: Customer | None) -> CartOwner | None:
        """Return whose carts the browser shows: a customer's, a guest's, or nobody's yet."""
        return self.customers(customer) if customer else self.browser.guest

    def customers(self, customer: Customer) -> SignedIn:
        """Return a customer as the owner of carts, that of the browser's guest included."""
        if guest := self.browser.guest:
            count(f"GuestCart{self._take_over_cart(customer.reference, guest).name.title()}")
        return SignedIn(customer.reference)

    def cart_of(self, owner: CartOwner | None) -> Cart | None:
        """Return the cart that somebody is filling, if there is one."""
        shown = self.shopping.default_of(owner) if owner else None
        return shown.cart if shown else None

    @cached_property
    def settings(self) -> CartsSettings:
        """What the environment says."""
        return CartsSettings.from_environment()

    @cached_property
    def writer(self) -> PageWriter:
        """What pages are written with."""
        return PageWriter.of(self.settings)

    @cached_property
    def pages(self) -> CartPages:
        """The pages of carts and of the checkout."""
        return CartPages(self.writer, has_shop=self.settings.demo_shop)

    @cached_property
    def bearer(self) -> identity.BearerAuth:
        """Lets in whoever calls the API with an access token."""
        tokens = JwtAccessTokens(RotatingKeys(self.settings.token_keys_secret))
        customers = DynamoDBCustomers(self.settings.customers_table, self.settings.outbox_table)
        return identity.BearerAuth(tokens, customers)

    @cached_property
    def shopping(self) -> Shopping:
        """What guests and customers do with their carts."""
        counters = DynamoDBLimits(self.settings.customers_table)
        gate = RateLimiter(counters, self.settings.guest_carts)
        return Shopping(self._carts, web.utc_now, new_id, self.settings.guest_lifetime, gate)

    @cached_property
    def _take_over_cart(self) -> TakeOverCart:
        return TakeOverCart(self._carts, web.utc_now)

    @cached_property
    def _carts(self) -> DynamoDBCarts:
        return DynamoDBCarts(self.settings.customers_table)

    @cached_property
    def _browsing(self) -> BrowserSessions:
        return BrowserSessions(DynamoDBSessions(self.settings.customers_table), web.utc_now)
