"""The composition root of confirming."""

from functools import cached_property

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.application.customers.confirm import Confirm
from registration.application.customers.renew_link import RenewLink
from registration.application.rate_limits import RateLimiter
from registration.domain.emails import EmailAddress
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.observability import count
from registration.entrypoints.settings import ConfirmSettings
from registration.entrypoints.web.app import CustomerApp


class ConfirmApp(CustomerApp[ConfirmSettings]):
    """The function that confirms addresses."""

    settings_model = ConfirmSettings

    def send_again(self, email: EmailAddress) -> None:
        """Send a new link, if there is a sign-up to confirm; the caller learns nothing."""
        if not self._renew_link(email, self.client):
            count("ResendMuted")

    @cached_property
    def confirm(self) -> Confirm:
        """Confirms."""
        links = SecretLinks(RotatingKeys(self.settings.link_keys_secret))
        return Confirm(
            self._customers,
            links,
            utc_now,
            new_id,
            self.settings.password_rules,
            self.settings.terms_version,
        )

    @cached_property
    def _renew_link(self) -> RenewLink:
        rate_limiter = RateLimiter(self.counters, self.settings.resends)
        lifetime = self.settings.unconfirmed_lifetime
        return RenewLink(self._customers, utc_now, new_id, lifetime, rate_limiter)

    @cached_property
    def _customers(self) -> DynamoDBCustomers:
        return DynamoDBCustomers(self.settings.customers_table, self.settings.outbox_table)
