"""What the pages of signing up, confirming, logging in and forgotten passwords share."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from registration.domain.customers import Customer
from registration.domain.errors import CodeWrong, InvalidFields, LinkExpired, TooManyAttempts
from registration.domain.fields.own import Place, as_text
from registration.domain.profile import Gender, Salutation, profile_values
from registration.entrypoints.rendering.locales import language_names
from registration.entrypoints.rendering.own_fields import shown_fields
from registration.entrypoints.rendering.page_writing import NOTHING, choices
from registration.entrypoints.shop.fields import customer_fields

_NEVER_SHOWN = {"password", "confirm_password"}

CODE_ERRORS = (CodeWrong, InvalidFields, LinkExpired, TooManyAttempts)
"""What stands beside the field of a code."""

NEW_PASSWORD_FIELDS = {"password": "new_password", "confirm_password": "repeat_password"}
"""What the fields are called on pages where an earlier password may stand besides."""


class Named(StrEnum):
    """What the address of a page may name, and nothing else."""

    @classmethod
    def of(cls, said: str | None) -> Self | None:
        """Return what an address or a form names, if it is one of these."""
        return cls(said) if said in set(cls) else None


class Notice(Named):
    """What the login page says above its form."""

    CONFIRMED = "confirmed"
    ALREADY_CONFIRMED = "already-confirmed"
    LOGGED_OUT = "logged-out"
    LOGGED_OUT_EVERYWHERE = "logged-out-everywhere"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name
    LOG_IN_FIRST = "log-in-first"
    ACCOUNT_DELETED = "account-deleted"
    EMAIL_RESTORED = "email-restored"


class Target(Named):
    """Where a login leads on to. An address names one of these, never an address."""

    ACCOUNT = "account"
    CARTS = "carts"
    CHECKOUT = "checkout"

    @property
    def path(self) -> str:
        """The page's path."""
        paths = {Target.CARTS: "/account/carts", Target.CHECKOUT: "/checkout"}
        return paths.get(self, "/account")


def sign_up_form(locale: str, values: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """Return what the form to sign up shows: what was typed, but for passwords."""
    typed = {name: value for name, value in values.items() if name not in _NEVER_SHOWN}
    asked = customer_fields().at(Place.FORM)
    return {
        "asked": asked,
        "own_fields": shown_fields(asked, locale),
        "values": typed,
        "salutations": choices(locale, "salutation", Salutation, typed),
        "genders": choices(locale, "gender", Gender, typed),
    }


def profile_form(
    locale: str, customer: Customer, typed: Mapping[str, str] = NOTHING, *, review: bool = False
) -> dict[str, Any]:
    """Return what the profile shows: what is kept, or what was typed in its place.

    In the ``review`` before confirming no consent holds, and customers may correct whatever staff
    or an import did not enter.
    """
    asked, profile = customer_fields().at(Place.ACCOUNT), customer.profile
    agreed = () if review else customer.agreed
    kept = profile_values(profile) | {name: name in agreed for name in asked.consents}
    values = {name: as_text(value) for name, value in kept.items()} | dict(typed)
    ours = profile.own if customer.is_entered or not review else {}
    fixed = asked.fixed(profile) if ours else {}
    given = () if review else customer.active_consents
    own, named = shown_fields(asked, locale, ours, fixed, given), customer_fields().named
    return {
        "asked": asked,
        # In the account, nobody can fill in what only staff may.
        "own_fields": [e for e in own if review or e.fixed or named[e.name].changeable],
        "customer": customer,
        "values": values,
        "salutations": choices(locale, "salutation", Salutation, values),
        "genders": choices(locale, "gender", Gender, values),
        "languages": _languages(values["locale"]),
    }


def _languages(chosen: str) -> list[tuple[str, str]]:
    ours = language_names()
    # An API client may have noted one that nothing is written in.
    others = {} if chosen in {"", *ours} else {chosen: chosen}
    return list((ours | others).items())
