"""What the pages of signing up, confirming, logging in and forgotten passwords share."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from registration.domain.profile import Gender, Salutation
from registration.entrypoints.rendering.page_writing import NOTHING, choices

_NEVER_SHOWN = {"password", "confirm_password"}


NEW_PASSWORD_FIELDS = {"password": "new_password", "confirm_password": "repeat_password"}
"""What the fields are called on pages where an earlier password may stand besides."""


class Notice(StrEnum):
    """What the login page says above its form."""

    CONFIRMED = "confirmed"
    ALREADY_CONFIRMED = "already-confirmed"
    LOGGED_OUT = "logged-out"
    LOGGED_OUT_EVERYWHERE = "logged-out-everywhere"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name
    LOG_IN_FIRST = "log-in-first"
    ACCOUNT_DELETED = "account-deleted"

    @classmethod
    def of(cls, said: str | None) -> "Notice | None":
        """Return the notice that an address asks for, if it is one."""
        return cls(said) if said in set(cls) else None


class Target(StrEnum):
    """Where a login leads on to. An address names one of these, never an address."""

    ACCOUNT = "account"
    CARTS = "carts"
    CHECKOUT = "checkout"

    @property
    def path(self) -> str:
        """The page's path."""
        paths = {Target.CARTS: "/account/carts", Target.CHECKOUT: "/checkout"}
        return paths.get(self, "/account")

    @classmethod
    def of(cls, said: str | None) -> "Target | None":
        """Return the target that an address or a form asks for, if it is one."""
        return cls(said) if said in set(cls) else None


def sign_up_form(locale: str, values: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """Return what the form to sign up shows: what was typed, but for passwords."""
    typed = {name: value for name, value in values.items() if name not in _NEVER_SHOWN}
    return {
        "values": typed,
        "salutations": choices(locale, "salutation", Salutation, typed),
        "genders": choices(locale, "gender", Gender, typed),
    }
