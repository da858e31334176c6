"""What the account's API and pages work with, each made when it is first needed."""

from collections.abc import Callable
from functools import cached_property, partial, update_wrapper

from aws_lambda_powertools.event_handler import Response

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.accounts import DynamoDBAccounts, DynamoDBBelongings
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.customers.account import Account
from registration.application.customers.browser_session import BrowserSessions
from registration.application.customers.reset_password import ForgetPassword, ResetPassword
from registration.application.customers.sign_in import OpenSession
from registration.application.rate_limits import LoginRateLimiter, RateLimiter
from registration.entrypoints.account.pages import AccountPages
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.settings import AccountSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web import bearer as identity
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.customer_gate import CustomerGate
from registration.entrypoints.web.ids import new_id
from registration.entrypoints.web.pages import Pages


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
        return web.own_url(self.app, self._settings.public_url)

    @cached_property
    def writer(self) -> PageWriter:
        """What pages are written with."""
        return PageWriter.of(self._settings)

    @cached_property
    def pages(self) -> AccountPages:
        """The pages of one's own account."""
        return AccountPages(self.writer)

    @cached_property
    def public_pages(self) -> Pages:
        """The pages for whoever has forgotten a password."""
        return Pages(self.writer)

    @cached_property
    def bearer(self) -> identity.BearerAuth:
        """Lets in whoever calls the API with an access token."""
        tokens = JwtAccessTokens(RotatingKeys(self._settings.token_keys_secret))
        return identity.BearerAuth(tokens, self._accounts)

    @cached_property
    def account(self) -> Account:
        """Changes accounts."""
        return Account(
            accounts=self._accounts,
            belongings=self._belongings,
            login_rate_limiter=LoginRateLimiter(self._limits, self._settings.logins),
            clock=web.utc_now,
            new_id=new_id,
            password_rules=self._settings.password_rules,
        )

    @cached_property
    def open_session(self) -> OpenSession:
        """Begins sessions."""
        return OpenSession(self._sessions, web.utc_now, new_id)

    @cached_property
    def forget_password(self) -> ForgetPassword:
        """Promises mails with links to a new password."""
        return ForgetPassword(
            accounts=self._accounts,
            customers=self._accounts,
            clock=web.utc_now,
            new_id=new_id,
            lifetime=self._settings.unconfirmed_lifetime,
            rate_limiter=RateLimiter(self._limits, self._settings.forgotten_passwords),
        )

    @cached_property
    def reset_password(self) -> ResetPassword:
        """Sets the new password of whoever has the link."""
        return ResetPassword(
            accounts=self._accounts,
            belongings=self._belongings,
            links=SecretLinks(RotatingKeys(self._settings.link_keys_secret)),
            clock=web.utc_now,
            new_id=new_id,
            password_rules=self._settings.password_rules,
        )

    @cached_property
    def _settings(self) -> AccountSettings:
        return AccountSettings.from_environment()

    @cached_property
    def _accounts(self) -> DynamoDBAccounts:
        return DynamoDBAccounts(self._settings.customers_table, self._settings.outbox_table)

    @cached_property
    def _sessions(self) -> DynamoDBSessions:
        return DynamoDBSessions(self._settings.customers_table)

    @cached_property
    def _limits(self) -> DynamoDBLimits:
        return DynamoDBLimits(self._settings.customers_table)

    @cached_property
    def _browsing(self) -> BrowserSessions:
        return BrowserSessions(self._sessions, web.utc_now)

    @cached_property
    def _belongings(self) -> DynamoDBBelongings:
        carts = DynamoDBCarts(self._settings.customers_table)
        return DynamoDBBelongings(
            self._sessions, carts, DynamoDBOutbox(self._settings.outbox_table)
        )
