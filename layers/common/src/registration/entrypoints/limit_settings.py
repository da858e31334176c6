"""The settings of limits: mixed into the settings of each function that counts.

``0`` attempts is no limit. Each rate_limit has two: by client, and by e-mail address.
"""

from datetime import timedelta

from pydantic import BaseModel, Field

from registration.application.rate_limits import RateLimit
from registration.domain.rate_limits import Limit, LimitedAction


class _WithLimits(BaseModel):
    """What all limits but those of logins share: the window."""

    limit_minutes: int = Field(ge=1)

    def _allowance(self, action: LimitedAction, per_client: int, per_email: int = 0) -> RateLimit:
        window = timedelta(minutes=self.limit_minutes)
        return RateLimit(action, Limit(per_client, window), Limit(per_email, window))


class SignUpLimits(_WithLimits):
    """How often customers may sign up."""

    sign_ups_per_client: int = Field(ge=0)
    sign_ups_per_email: int = Field(ge=0)

    @property
    def sign_ups(self) -> RateLimit:
        """The limits of signing up."""
        return self._allowance(
            LimitedAction.SIGN_UP, self.sign_ups_per_client, self.sign_ups_per_email
        )


class ResendLimits(_WithLimits):
    """How often the confirmation mail may be asked for again."""

    resends_per_client: int = Field(ge=0)
    resends_per_email: int = Field(ge=0)

    @property
    def resends(self) -> RateLimit:
        """The limits of asking for a new link."""
        return self._allowance(
            LimitedAction.RESEND, self.resends_per_client, self.resends_per_email
        )


class ForgottenPasswordLimits(_WithLimits):
    """How often a mail to choose a new password may be asked for."""

    forgotten_passwords_per_client: int = Field(ge=0)
    forgotten_passwords_per_email: int = Field(ge=0)

    @property
    def forgotten_passwords(self) -> RateLimit:
        """The limits of forgetting a password."""
        return self._allowance(
            LimitedAction.FORGOTTEN_PASSWORD,
            self.forgotten_passwords_per_client,
            self.forgotten_passwords_per_email,
        )


class GuestCartLimits(_WithLimits):
    """How many carts guests may make."""

    guest_carts_per_client: int = Field(ge=0)

    @property
    def guest_carts(self) -> RateLimit:
        """The limit of making carts: guests have no e-mail address."""
        return self._allowance(LimitedAction.GUEST_CART, self.guest_carts_per_client)


class LoginLimits(BaseModel):
    """How often logging in may fail."""

    login_failures_per_client: int = Field(ge=0)
    login_failures_per_email: int = Field(ge=0)
    login_limit_minutes: int = Field(ge=1)

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
