"""The composition root of the account's API and pages."""

from functools import cached_property

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.access_tokens import JwtAccessTokens
from registration.adapters.customers.accounts import DynamoDBAccounts, DynamoDBBelongings
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.personal_data import collector
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.customers.account import Account
from registration.application.customers.change_email import ChangeEmail
from registration.application.customers.exchange_code import ExchangeCode
from registration.application.customers.reset_password import ForgetPassword, ResetPassword
from registration.application.customers.sign_in import OpenSession
from registration.application.personal_data import CollectPersonalData
from registration.application.rate_limits import CodeRateLimiter, LoginRateLimiter, RateLimiter
from registration.domain.links import Purpose
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.settings import AccountSettings
from registration.entrypoints.web.app import CustomerApp
from registration.entrypoints.web.bearer import BearerAuth


class AccountApp(CustomerApp[AccountSettings]):
    """The function of one's own account."""

    settings_model = AccountSettings

    @cached_property
    def bearer(self) -> BearerAuth:
        """Authenticates calls of the API by their access token."""
        tokens = JwtAccessTokens(RotatingKeys(self.settings.token_keys_secret))
        return BearerAuth(tokens, self.sessions)

    @cached_property
    def account(self) -> Account:
        """Changes accounts."""
        return Account(
            accounts=self._accounts,
            belongings=self._belongings,
            emails=self.emails,
            login_rate_limiter=self._login_rate_limiter,
            clock=utc_now,
            new_id=new_id,
            password_rules=self.settings.password_rules,
            fields=self.fields,
        )

    @cached_property
    def emails(self) -> ChangeEmail:
        """Changes addresses."""
        return ChangeEmail(
            accounts=self._accounts,
            belongings=self._belongings,
            links=self._links,
            login_rate_limiter=self._login_rate_limiter,
            rate_limiter=RateLimiter(self.counters, self.settings.email_changes),
            clock=utc_now,
            new_id=new_id,
            password_rules=self.settings.password_rules,
            existing_email=self.settings.existing_email,
            lifetime=self.settings.unconfirmed_lifetime,
        )

    @cached_property
    def personal_data(self) -> CollectPersonalData:
        """Reads all that is kept about a customer."""
        tables = self.settings.customers_table, self.settings.outbox_table
        return collector(*tables, utc_now)

    @cached_property
    def open_session(self) -> OpenSession:
        """Begins sessions."""
        return OpenSession(self.sessions, utc_now, new_id)

    @cached_property
    def forget_password(self) -> ForgetPassword:
        """Promises mails with links to a new password."""
        return ForgetPassword(
            customers=self._accounts,
            clock=utc_now,
            new_id=new_id,
            lifetime=self.settings.unconfirmed_lifetime,
            rate_limiter=RateLimiter(self.counters, self.settings.forgotten_passwords),
        )

    @cached_property
    def exchange_code(self) -> ExchangeCode:
        """Exchanges codes for the links that they stand beside."""
        settings = self.settings
        return ExchangeCode(
            customers=self._accounts,
            links=self._links,
            clock=utc_now,
            new_id=new_id,
            rate_limiter=CodeRateLimiter(
                RateLimiter(self.counters, settings.codes), settings.codes_of_link
            ),
            lifetimes={
                Purpose.RESET_PASSWORD: settings.reset_lifetime,
                Purpose.CHANGE_EMAIL: settings.link_lifetime,
            },
        )

    @cached_property
    def reset_password(self) -> ResetPassword:
        """Sets a new password by the link of a mail."""
        return ResetPassword(
            accounts=self._accounts,
            belongings=self._belongings,
            links=self._links,
            clock=utc_now,
            new_id=new_id,
            password_rules=self.settings.password_rules,
            login_rate_limiter=self._login_rate_limiter,
        )

    @cached_property
    def _links(self) -> SecretLinks:
        return SecretLinks(RotatingKeys(self.settings.link_keys_secret))

    @cached_property
    def _login_rate_limiter(self) -> LoginRateLimiter:
        return LoginRateLimiter(self.counters, self.settings.logins)

    @cached_property
    def _accounts(self) -> DynamoDBAccounts:
        return DynamoDBAccounts(self.settings.customers_table, self.settings.outbox_table)

    @cached_property
    def _belongings(self) -> DynamoDBBelongings:
        carts = DynamoDBCarts(self.settings.customers_table)
        return DynamoDBBelongings(self.sessions, carts, DynamoDBOutbox(self.settings.outbox_table))
