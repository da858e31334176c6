"""Writing the pages of one's own account."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registration.domain.customers import Customer
from registration.domain.profile import Gender, Salutation, profile_values
from registration.entrypoints.rendering.locales import LOCALES
from registration.entrypoints.rendering.page_writing import (
    NOTHING,
    PROFILE_FIELDS,
    PageWriter,
    Visit,
    choices,
    wrong,
)

_PASSWORD_FIELDS = ("password", "new_password", "repeat_password")
_DELETE_FIELDS = ("password",)


class AccountNotice(StrEnum):
    """What the page says above the profile."""

    CONFIRMED = "confirmed"
    SAVED = "saved"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name

    @classmethod
    def of(cls, said: str | None) -> "AccountNotice | None":
        """Return the notice that an address asks for, if it is one."""
        return cls(said) if said in set(cls) else None


@dataclass(frozen=True)
class AccountPages:
    """Every page of one's own account but the carts.

    ``errors`` are texts by the name of the field that they stand beside.
    """

    writer: PageWriter

    def profile(
        self,
        visit: Visit,
        customer: Customer,
        notice: AccountNotice | None = None,
        *,
        typed: Mapping[str, str] = NOTHING,
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        """Return the profile, to change; what was typed takes the place of what is kept."""
        kept = profile_values(customer.profile)
        values = {name: str(value or "") for name, value in kept.items()} | dict(typed)
        return self.writer.page(
            "account",
            visit,
            customer=customer,
            notice=notice,
            values=values,
            salutations=choices(visit.locale, "salutation", Salutation, values),
            genders=choices(visit.locale, "gender", Gender, values),
            languages=self._languages(visit, values["locale"]),
            **wrong(PROFILE_FIELDS, errors),
        )

    def password(
        self, visit: Visit, customer: Customer, errors: Mapping[str, str] = NOTHING
    ) -> str:
        """Return the form to choose another password with."""
        fields = wrong(_PASSWORD_FIELDS, errors)
        return self.writer.page("account_password", visit, email=customer.email.typed, **fields)

    def delete(self, visit: Visit, customer: Customer, errors: Mapping[str, str] = NOTHING) -> str:
        """Return the page that asks before an account is deleted."""
        fields = wrong(_DELETE_FIELDS, errors)
        return self.writer.page("account_delete", visit, email=customer.email.typed, **fields)

    def _languages(self, visit: Visit, chosen: str) -> list[tuple[str, str]]:
        ours = {locale: self.writer.say(visit.locale, f"language.{locale}") for locale in LOCALES}
        # An API client may have noted one that nothing is written in.
        others = {} if chosen in {"", *ours} else {chosen: chosen}
        return list((ours | others).items())
