"""The composition root of the carts' API and pages."""

from functools import cached_property

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.secrets import RotatingKeys
from registration.application.carts import Shopping, TakeOverCart
from registration.application.rate_limits import RateLimiter
from registration.domain.carts import Cart, CartOwner, SignedIn
from registration.domain.customers import Customer
from registration.entrypoints.carts.pages import CartPages
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count
from registration.entrypoints.settings import CartsSettings
from registration.entrypoints.web.app import CustomerApp
from registration.entrypoints.web.bearer import BearerAuth


class CartsApp(CustomerApp[CartsSettings]):
    """The function of carts and of the checkout."""

    settings_model = CartsSettings

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
    def pages(self) -> CartPages:
        """The pages of carts and of the checkout."""
        return CartPages(self.writer, has_shop=self.settings.demo_shop)

    @cached_property
    def bearer(self) -> BearerAuth:
        """Authenticates calls of the API by their access token."""
        tokens = JwtAccessTokens(RotatingKeys(self.settings.token_keys_secret))
        return BearerAuth(tokens, self.sessions)

    @cached_property
    def shopping(self) -> Shopping:
        """What guests and customers do with their carts."""
        rate_limiter = RateLimiter(self.counters, self.settings.guest_carts)
        lifetime, details = self.settings.guest_lifetime, self.settings.details
        return Shopping(self._carts, utc_now, new_id, lifetime, rate_limiter, details)

    @cached_property
    def _take_over_cart(self) -> TakeOverCart:
        return TakeOverCart(self._carts, utc_now)

    @cached_property
    def _carts(self) -> DynamoDBCarts:
        return DynamoDBCarts(self.settings.customers_table)
