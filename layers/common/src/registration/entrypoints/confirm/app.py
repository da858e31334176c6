"""The composition root of confirming."""

from datetime import timedelta
from functools import cached_property

from registration.adapters.customers.quiet import DynamoDBQuietAddresses
from registration.adapters.customers.sign_ups import DynamoDBSignUps
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.customers.confirm import Confirm
from registration.application.customers.not_me import AllowMails, NotMe
from registration.application.customers.pending_sign_ups import AwaitConfirmation
from registration.application.customers.renew_link import RenewLink
from registration.application.rate_limits import CodeRateLimiter, RateLimiter
from registration.domain.customers import browser_digest
from registration.domain.emails import EmailAddress
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count
from registration.entrypoints.settings import ConfirmSettings
from registration.entrypoints.web.app import CustomerApp


class ConfirmApp(CustomerApp[ConfirmSettings]):
    """The function that confirms addresses."""

    settings_model = ConfirmSettings

    def send_again_here(self, email: EmailAddress, browser_secret: str) -> None:
        """Send a new link for the sign-up in this browser; the browser is told of its own limit.

        Raises
        ------
        TooManyAttempts
        """
        self._resends.hit_one(f"browser {browser_digest(browser_secret)}", utc_now())
        self.send_again(email, browser_secret)

    def send_again(self, email: EmailAddress, browser_secret: str | None = None) -> None:
        """Send a new link, if there is a sign-up to confirm; the caller learns nothing."""
        if not self._renew_link(email, self.client, browser_secret):
            count("ResendMuted")

    @cached_property
    def confirm(self) -> Confirm:
        """Confirms."""
        return Confirm(
            self._customers,
            self._links,
            utc_now,
            new_id,
            self.settings.password_rules,
            CodeRateLimiter(
                RateLimiter(self.counters, self.settings.codes), self.settings.codes_of_link
            ),
            self.settings.link_lifetime,
        )

    @cached_property
    def awaiting(self) -> AwaitConfirmation:
        """Tells a browser that waits how its sign-up is getting on."""
        return AwaitConfirmation(DynamoDBSignUps(*self._tables))

    @cached_property
    def not_me(self) -> NotMe:
        """Removes sign-ups of strangers."""
        lifetime = timedelta(days=self.settings.quiet_days)
        return NotMe(self._customers, self._links, utc_now, new_id, lifetime)

    @cached_property
    def allow_mails(self) -> AllowMails:
        """Ends the quiet of addresses."""
        return AllowMails(self._customers, self._links, utc_now)

    @cached_property
    def _links(self) -> SecretLinks:
        return SecretLinks(RotatingKeys(self.settings.link_keys_secret))

    @cached_property
    def _renew_link(self) -> RenewLink:
        lifetime = self.settings.unconfirmed_lifetime
        return RenewLink(self._customers, utc_now, new_id, lifetime, self._resends)

    @cached_property
    def _resends(self) -> RateLimiter:
        return RateLimiter(self.counters, self.settings.resends)

    @cached_property
    def _customers(self) -> DynamoDBQuietAddresses:
        return DynamoDBQuietAddresses(*self._tables)

    @property
    def _tables(self) -> tuple[str, str]:
        return self.settings.customers_table, self.settings.outbox_table
