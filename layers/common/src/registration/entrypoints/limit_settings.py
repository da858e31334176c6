"""The settings of rate limits: mixed into the settings of each function that counts.

``0`` attempts is no limit. Each limit has two numbers: by client, and by e-mail address.
They stand in the settings of the function that counts; only those of logins are shared.
"""

from datetime import timedelta

from registration.application.rate_limits import RateLimit
from registration.domain.rate_limits import Limit, LimitedAction
from registration.entrypoints.environment import Natural, Positive, Settings


class WithLimits(Settings):
    """What all limits but those of logins share: the window."""

    limit_minutes: Positive

    def rate_limit(self, action: LimitedAction, per_client: int, per_email: int = 0) -> RateLimit:
        """Return the limits of an action in that window."""
        window = timedelta(minutes=self.limit_minutes)
        return RateLimit(action, Limit(per_client, window), Limit(per_email, window))


class LoginLimits(Settings):
    """How often logging in may fail."""

    login_failures_per_client: Natural
    login_failures_per_email: Natural
    login_limit_minutes: Positive

    @property
    def logins(self) -> RateLimit:
        """The limits of failed logins of customers."""
        return self._failures(LimitedAction.LOGIN)

    @property
    def staff_logins(self) -> RateLimit:
        """The limits of failed logins of staff, counted apart."""
        return self._failures(LimitedAction.STAFF_LOGIN)

    def _failures(self, action: LimitedAction) -> RateLimit:
        window = timedelta(minutes=self.login_limit_minutes)
        return RateLimit(
            action,
            Limit(self.login_failures_per_client, window),
            Limit(self.login_failures_per_email, window),
        )
