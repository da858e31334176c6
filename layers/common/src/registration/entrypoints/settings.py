"""What each function reads from its environment: one frozen model a function.

The names are those of ``template.yaml``, which sets every one of them from a
parameter with a default that works. A setting that is missing or wrong fails the
first request with its name, not a later one with a riddle.
"""

import os
from datetime import UTC, timedelta, tzinfo
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, Json

from registration.application.customers.register import ExistingEmail
from registration.application.rate_limits import RateLimit
from registration.domain.carts import Details
from registration.domain.passwords import PasswordRules
from registration.domain.rate_limits import Limit, LimitedAction
from registration.entrypoints.limit_settings import LoginLimits, WithLimits
from registration.entrypoints.rendering.locales import ENGLISH
from registration.entrypoints.web.edge import Edge


class Settings(BaseModel):
    """The root: read once, never changed."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_environment(cls) -> Self:
        """Read each field from the environment variable of its name in capitals.

        Raises
        ------
        pydantic.ValidationError
            A variable is missing or holds something wrong.
        """
        names = {name: name.upper() for name in cls.model_fields}
        found = {name: os.environ[key] for name, key in names.items() if key in os.environ}
        return cls.model_validate(found)


class FrontSettings(Settings):
    """What every function behind the HTTP API knows of what is in front of it.

    ``edge_secret_digests``: of one secret, or of two, separated by a comma.
    """

    public_url: str = ""
    default_locale: str = ENGLISH
    cors_allowed_origins: str = ""
    edge_secret_digests: str = Field(default="", pattern=r"^([0-9a-f]{64}(,[0-9a-f]{64})?)?$")

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may call the API from a browser."""
        return tuple(filter(None, self.cors_allowed_origins.split(",")))

    @property
    def edge(self) -> Edge:
        """The edge."""
        return Edge(tuple(filter(None, self.edge_secret_digests.split(","))))


class PageSettings(FrontSettings):
    """What every function that shows pages needs."""

    shop_name: str
    default_locale: str


class TableSettings(PageSettings):
    """What every function behind the HTTP API needs that works with customers."""

    customers_table: str
    outbox_table: str


class _CustomerSettings(TableSettings):
    password_rules: PasswordRules
    unconfirmed_days: int = Field(ge=1)

    @property
    def unconfirmed_lifetime(self) -> timedelta:
        """For how long an account that nobody confirmed is kept."""
        return timedelta(days=self.unconfirmed_days)


class _ConfirmationSettings(_CustomerSettings, WithLimits):
    confirm_link_hours: int = Field(ge=1)

    @property
    def link_lifetime(self) -> timedelta:
        """For how long a confirmation link works, and the browser that signed up waits."""
        return timedelta(hours=self.confirm_link_hours)


class _CodeSettings(_ConfirmationSettings):
    codes_per_client: int = Field(ge=0)
    codes_per_sign_up: int = Field(ge=1)

    @property
    def codes(self) -> RateLimit:
        """The limit of typing codes."""
        return self.rate_limit(LimitedAction.CODE, self.codes_per_client)

    @property
    def code_lifetime(self) -> timedelta:
        """For how long a code works at the most."""
        return self.link_lifetime

    @property
    def codes_of_link(self) -> Limit:
        """How many codes may be typed in place of one link."""
        return Limit(self.codes_per_sign_up, self.code_lifetime)


class RegisterSettings(_ConfirmationSettings):
    """The settings of ``functions/register``."""

    store: str
    existing_email: ExistingEmail
    terms_version: str
    sign_ups_per_client: int = Field(ge=0)
    sign_ups_per_email: int = Field(ge=0)

    @property
    def sign_ups(self) -> RateLimit:
        """The limits of signing up."""
        return self.rate_limit(
            LimitedAction.SIGN_UP, self.sign_ups_per_client, self.sign_ups_per_email
        )


class SignInSettings(LoginLimits, TableSettings):
    """The settings of ``functions/sign_in``."""

    refresh_reuse_seconds: int = Field(ge=0)
    token_keys_secret: str

    @property
    def reuse_interval(self) -> timedelta:
        """For how long a refresh token that was used may come again."""
        return timedelta(seconds=self.refresh_reuse_seconds)


class AccountSettings(LoginLimits, _CodeSettings):
    """The settings of ``functions/account``."""

    existing_email: ExistingEmail
    token_keys_secret: str
    link_keys_secret: str
    forgotten_passwords_per_client: int = Field(ge=0)
    forgotten_passwords_per_email: int = Field(ge=0)
    reset_link_hours: int = Field(ge=1)

    @property
    def reset_lifetime(self) -> timedelta:
        """For how long the link for a new password works, and the browser that asked waits."""
        return timedelta(hours=self.reset_link_hours)

    @property
    def code_lifetime(self) -> timedelta:
        """For how long a code works at the most, for a new password or for another address."""
        return max(self.link_lifetime, self.reset_lifetime)

    @property
    def forgotten_passwords(self) -> RateLimit:
        """The limits of asking for a mail to choose a new password."""
        return self._mails(LimitedAction.FORGOTTEN_PASSWORD)

    @property
    def email_changes(self) -> RateLimit:
        """The limits of asking for another address: as many, counted apart."""
        return self._mails(LimitedAction.CHANGE_EMAIL)

    def _mails(self, action: LimitedAction) -> RateLimit:
        per_client, per_email = (
            self.forgotten_passwords_per_client,
            self.forgotten_passwords_per_email,
        )
        return self.rate_limit(action, per_client, per_email)


class ConfirmSettings(_CodeSettings):
    """The settings of ``functions/confirm``."""

    terms_version: str
    link_keys_secret: str
    quiet_days: int = Field(ge=1)
    resends_per_client: int = Field(ge=0)
    resends_per_email: int = Field(ge=0)

    @property
    def resends(self) -> RateLimit:
        """The limits of asking for a new link."""
        return self.rate_limit(
            LimitedAction.RESEND, self.resends_per_client, self.resends_per_email
        )


class CartsSettings(TableSettings, WithLimits):
    """The settings of ``functions/carts``."""

    token_keys_secret: str
    store: str
    cart_currency: str
    cart_price_mode: str
    guest_cart_days: int = Field(ge=1)
    guest_carts_per_client: int = Field(ge=0)
    demo_shop: bool

    @property
    def guest_carts(self) -> RateLimit:
        """The limit of making carts: guests have no e-mail address."""
        return self.rate_limit(LimitedAction.GUEST_CART, self.guest_carts_per_client)

    @property
    def details(self) -> Details:
        """What a cart is counted in whose owner has not said it."""
        return Details(None, self.cart_currency, self.store, self.cart_price_mode)

    @property
    def guest_lifetime(self) -> timedelta:
        """For how long a guest's cart is kept after its latest use."""
        return timedelta(days=self.guest_cart_days)


class DocumentationSettings(PageSettings):
    """The settings of ``functions/documentation``."""


class UnroutedSettings(PageSettings):
    """The settings of ``functions/unrouted``. ``doors``: names of functions by their folders'."""

    doors: Json[dict[str, str]]


class SendEmailSettings(Settings):
    """The settings of ``functions/send_email``. ``reminder_hours`` 0 reminds of nothing."""

    customers_table: str
    outbox_table: str
    link_keys_secret: str
    public_url_parameter: str
    mail_from: str
    mail_from_name: str = ""
    mail_reply_to: str = ""
    mail_time_zone: Literal["UTC"] | ZoneInfo = "UTC"
    shop_name: str
    configuration_set: str
    default_locale: str
    confirm_link_hours: int = Field(ge=1)
    reset_link_hours: int = Field(ge=1)
    staff_invitation_hours: int = Field(ge=1)
    reminder_hours: int = Field(ge=0)
    code_in_subject: bool = False
    sweep_minutes: int = Field(ge=1)

    @property
    def sender_name(self) -> str:
        """The name that mails come from."""
        return self.mail_from_name or self.shop_name

    @property
    def time_zone(self) -> tzinfo:
        """The time zone that mails tell the time in. UTC needs no data of the system's."""
        return UTC if self.mail_time_zone == "UTC" else self.mail_time_zone


class RecordDeliverySettings(Settings):
    """The settings of ``functions/record_delivery``."""

    customers_table: str


class IndexCustomersSettings(Settings):
    """The settings of ``functions/index_customers``."""

    customers_table: str


class InviteStaffSettings(Settings):
    """The settings of ``functions/invite_staff``."""

    customers_table: str
    outbox_table: str
    staff_invitation_hours: int = Field(ge=1)

    @property
    def invitation_lifetime(self) -> timedelta:
        """For how long the link of an invitation works."""
        return timedelta(hours=self.staff_invitation_hours)


class StaffSettings(LoginLimits):
    """How staff sign in: mixed into the settings of what they sign in to."""

    staff_session_hours: int = Field(ge=1)

    @property
    def staff_session_lifetime(self) -> timedelta:
        """For how long staff stay signed in at the most."""
        return timedelta(hours=self.staff_session_hours)


class BackOfficeSettings(StaffSettings, _CustomerSettings):
    """The settings of ``functions/back_office``."""

    store: str
    link_keys_secret: str
    import_bucket: str


class ImportSettings(Settings):
    """The settings of ``functions/import_csv``, planner and worker alike."""

    customers_table: str
    outbox_table: str
    chunk_queue_url: str
    store: str
    unconfirmed_days: int = Field(ge=1)
    rows_per_chunk: int = Field(ge=1)
    rows_per_transaction: int = Field(ge=1, le=33)
    default_locale: str
    trust_registered_column: bool = False

    @property
    def unconfirmed_lifetime(self) -> timedelta:
        """For how long an account that nobody confirmed is kept."""
        return timedelta(days=self.unconfirmed_days)
