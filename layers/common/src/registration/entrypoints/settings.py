"""What each function reads from its environment: one frozen model a function.

The names are those of ``template.yaml``, which sets every one of them from a
parameter with a default that works. A setting that is missing or wrong fails the
first request with its name, not a later one with a riddle.
"""

import json
from datetime import UTC, timedelta, tzinfo
from typing import Annotated

from registration.application.customers.register import ExistingEmail
from registration.application.rate_limits import RateLimit
from registration.domain.carts import Details
from registration.domain.passwords import PasswordRules
from registration.domain.rate_limits import Limit, LimitedAction
from registration.entrypoints.environment import (
    Natural,
    Positive,
    Settings,
    text_like,
    whole_number,
)
from registration.entrypoints.limit_settings import LoginLimits, WithLimits
from registration.entrypoints.rendering.locales import ENGLISH, locales
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.shop.legal import legal
from registration.entrypoints.web.edge import Edge


def _known(locale: str) -> str:
    locale = locale or brand().language
    if locale not in locales():
        raise ValueError(f"there are texts for {', '.join(locales())} alone")
    return locale


Locale = Annotated[str, _known]
"""A locale that there are texts for; left empty, that of ``shop/brand.toml``."""


def _or_of_brand(name: str) -> str:
    look = brand()  # Whatever is wrong with it, the first request tells.
    return name or look.name


ShopName = Annotated[str, _or_of_brand]
"""The shop's name; left empty, that of ``shop/brand.toml``."""

TermsVersion = Annotated[str, lambda version: version or legal().version]
"""The version of the terms; left empty, that of ``shop/legal.toml``."""


def _time_zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - UTC needs no data of the system's

    return UTC if name == "UTC" else ZoneInfo(name)


TimeZone = Annotated[tzinfo, _time_zone]
"""A time zone of the IANA's, ``Europe/Berlin``."""


class FrontSettings(Settings):
    """What every function behind the HTTP API knows of what is in front of it.

    ``edge_secret_digests``: of one secret, or of two, separated by a comma.
    """

    public_url: str = ""
    default_locale: Locale = ENGLISH
    cors_allowed_origins: str = ""
    edge_secret_digests: Annotated[str, text_like(r"([0-9a-f]{64}(,[0-9a-f]{64})?)?")] = ""

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

    shop_name: ShopName


class TableSettings(PageSettings):
    """What every function behind the HTTP API needs that works with customers."""

    customers_table: str
    outbox_table: str


class _CustomerSettings(TableSettings):
    password_rules: PasswordRules
    unconfirmed_days: Positive

    @property
    def unconfirmed_lifetime(self) -> timedelta:
        """For how long an account that nobody confirmed is kept."""
        return timedelta(days=self.unconfirmed_days)


class _ConfirmationSettings(_CustomerSettings, WithLimits):
    confirm_link_hours: Positive

    @property
    def link_lifetime(self) -> timedelta:
        """For how long a confirmation link works, and the browser that signed up waits."""
        return timedelta(hours=self.confirm_link_hours)


class _CodeSettings(_ConfirmationSettings):
    codes_per_client: Natural
    codes_per_sign_up: Positive

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
    terms_version: TermsVersion
    sign_ups_per_client: Natural
    sign_ups_per_email: Natural

    @property
    def sign_ups(self) -> RateLimit:
        """The limits of signing up."""
        return self.rate_limit(
            LimitedAction.SIGN_UP, self.sign_ups_per_client, self.sign_ups_per_email
        )


class SignInSettings(LoginLimits, TableSettings):
    """The settings of ``functions/sign_in``."""

    refresh_reuse_seconds: Natural
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
    forgotten_passwords_per_client: Natural
    forgotten_passwords_per_email: Natural
    reset_link_hours: Positive

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

    terms_version: TermsVersion
    link_keys_secret: str
    quiet_days: Positive
    resends_per_client: Natural
    resends_per_email: Natural

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
    guest_cart_days: Positive
    guest_carts_per_client: Natural
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

    doors: Annotated[dict[str, str], json.loads]


class SendEmailSettings(Settings):
    """The settings of ``functions/send_email``. ``reminder_hours`` 0 reminds of nothing."""

    customers_table: str
    outbox_table: str
    link_keys_secret: str
    public_url_parameter: str
    mail_from: str
    mail_from_name: str = ""
    mail_reply_to: str = ""
    mail_time_zone: TimeZone = UTC
    shop_name: ShopName
    configuration_set: str
    default_locale: Locale
    confirm_link_hours: Positive
    reset_link_hours: Positive
    staff_invitation_hours: Positive
    reminder_hours: Natural
    code_in_subject: bool = False
    sweep_minutes: Positive

    @property
    def sender_name(self) -> str:
        """The name that mails come from."""
        return self.mail_from_name or self.shop_name


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
    staff_invitation_hours: Positive

    @property
    def invitation_lifetime(self) -> timedelta:
        """For how long the link of an invitation works."""
        return timedelta(hours=self.staff_invitation_hours)


class StaffSettings(LoginLimits):
    """How staff sign in: mixed into the settings of what they sign in to."""

    staff_session_hours: Positive

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
    unconfirmed_days: Positive
    rows_per_chunk: Positive
    rows_per_transaction: Annotated[int, whole_number(1, 33)]
    default_locale: str
    trust_registered_column: bool = False

    @property
    def unconfirmed_lifetime(self) -> timedelta:
        """For how long an account that nobody confirmed is kept."""
        return timedelta(days=self.unconfirmed_days)
