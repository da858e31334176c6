"""What the pages of one's own account show."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from registration.domain.customers import Customer
from registration.domain.profile import Gender, Salutation, profile_values
from registration.entrypoints.rendering.locales import LOCALES
from registration.entrypoints.rendering.page_writing import NOTHING, choices, texts


class AccountNotice(StrEnum):
    """What the page says above the profile."""

    CONFIRMED = "confirmed"
    SAVED = "saved"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name

    @classmethod
    def of(cls, said: str | None) -> "AccountNotice | None":
        """Return the notice that an address asks for, if it is one."""
        return cls(said) if said in set(cls) else None


def profile_form(
    locale: str, customer: Customer, typed: Mapping[str, str] = NOTHING
) -> dict[str, Any]:
    """Return what the profile shows: what is kept, or what was typed in its place."""
    kept = profile_values(customer.profile)
    values = {name: str(value or "") for name, value in kept.items()} | dict(typed)
    return {
        "customer": customer,
        "values": values,
        "salutations": choices(locale, "salutation", Salutation, values),
        "genders": choices(locale, "gender", Gender, values),
        "languages": _languages(locale, values["locale"]),
    }


def _languages(locale: str, chosen: str) -> list[tuple[str, str]]:
    ours = {each: texts(locale)[f"language.{each}"] for each in LOCALES}
    # An API client may have noted one that nothing is written in.
    others = {} if chosen in {"", *ours} else {chosen: chosen}
    return list((ours | others).items())
