"""The composition root of signing in."""

from functools import cached_property

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.customers.refresh_tokens import DerivedTokens
from registration.adapters.secrets import RotatingKeys
from registration.application.carts import TakeOverCart
from registration.application.customers.sign_in import SignIn
from registration.application.rate_limits import LoginRateLimiter
from registration.domain.carts import Guest
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count
from registration.entrypoints.settings import SignInSettings
from registration.entrypoints.web.app import CustomerApp
from registration.entrypoints.web.bearer import BearerAuth


class SignInApp(CustomerApp[SignInSettings]):
    """The function that begins, continues and ends sessions."""

    settings_model = SignInSettings

    def take_over_cart(self, reference: str, guest: Guest) -> None:
        """Make the cart that a customer filled as a guest the customer's."""
        count(f"GuestCart{self._take_over_cart(reference, guest).name.title()}")

    @cached_property
    def bearer(self) -> BearerAuth:
        """Authenticates calls by their access token."""
        return BearerAuth(self._access_tokens, self.sessions)

    @cached_property
    def sign_in(self) -> SignIn:
        """Signs in and out."""
        return SignIn(
            login_rate_limiter=LoginRateLimiter(self.counters, self.settings.logins),
            customers=self._customers,
            sessions=self.sessions,
            access_tokens=self._access_tokens,
            clock=utc_now,
            new_id=new_id,
            next_token=DerivedTokens(self._token_keys),
            reuse_interval=self.settings.reuse_interval,
        )

    @cached_property
    def _customers(self) -> DynamoDBCustomers:
        return DynamoDBCustomers(self.settings.customers_table, self.settings.outbox_table)

    @cached_property
    def _access_tokens(self) -> JwtAccessTokens:
        return JwtAccessTokens(self._token_keys)

    @cached_property
    def _token_keys(self) -> RotatingKeys:
        return RotatingKeys(self.settings.token_keys_secret)

    @cached_property
    def _take_over_cart(self) -> TakeOverCart:
        return TakeOverCart(DynamoDBCarts(self.settings.customers_table), utc_now)
