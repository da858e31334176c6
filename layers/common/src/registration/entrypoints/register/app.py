"""The composition root of signing up."""

from functools import cached_property, partial

from registration.adapters.customers.sign_ups import DynamoDBSignUps
from registration.adapters.dynamodb.idempotency import DynamoDBIdempotencyRecords
from registration.application.customers.pending_sign_ups import Abandon
from registration.application.customers.register import Register, Visitor
from registration.application.rate_limits import RateLimiter
from registration.domain.carts import Guest
from registration.domain.customers import Origin
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.settings import RegisterSettings
from registration.entrypoints.web.app import CustomerApp
from registration.entrypoints.web.awaited_mail import AwaitedMail


class RegisterApp(CustomerApp[RegisterSettings]):
    """The function that signs customers up."""

    settings_model = RegisterSettings

    def visitor(
        self,
        origin: Origin,
        guest: Guest | None,
        browser_secret: str | None = None,
        earlier: AwaitedMail | None = None,
    ) -> Visitor:
        """Return who signs up, after an ``earlier`` sign-up in the same browser."""
        caller, before = self.evidence, earlier.secret if earlier else None
        return Visitor(origin, caller.address, caller.user_agent, browser_secret, before, guest)

    @cached_property
    def register(self) -> Register:
        """Signs up."""
        settings = self.settings
        return Register(
            customers=self._sign_ups,
            clock=utc_now,
            new_id=new_id,
            store=settings.store,
            password_rules=settings.password_rules,
            existing_email=settings.existing_email,
            terms=partial(self.writer.terms, settings.terms_version),
            lifetime=settings.unconfirmed_lifetime,
            rate_limiter=RateLimiter(self.counters, settings.sign_ups),
            records=DynamoDBIdempotencyRecords(settings.customers_table),
        )

    @cached_property
    def abandon(self) -> Abandon:
        """Gives a sign-up up whose address was mistyped."""
        return Abandon(self._sign_ups, new_id)

    @cached_property
    def _sign_ups(self) -> DynamoDBSignUps:
        return DynamoDBSignUps(self.settings.customers_table, self.settings.outbox_table)
