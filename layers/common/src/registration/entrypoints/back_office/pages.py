"""What the pages of the Back Office show."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Any

from registration.domain.customers import Customer
from registration.domain.errors import EmailQuiet, RegistrationError
from registration.domain.fields.asked import AskedFields
from registration.domain.fields.own import Place, as_text
from registration.domain.profile import Gender, Salutation, profile_values
from registration.entrypoints.rendering.import_reasons import in_words as reason_in_words
from registration.entrypoints.rendering.locales import language_names
from registration.entrypoints.rendering.own_fields import (
    field_label,
    in_words,
    shown_fields,
)
from registration.entrypoints.rendering.page_writing import (
    NOTHING,
    PageWriter,
    Visit,
    choices,
)
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.rendering.times import short_moment
from registration.entrypoints.shop.fields import customer_fields
from registration.frozen import dataclass


class Said(StrEnum):
    """What a page says about what was just done."""

    CREATED = "created"
    SAVED = "saved"
    SAVED_AND_MAILED = "saved-and-mailed"
    UNCHANGED = "unchanged"
    RESENT = "resent"
    PASSWORD_MAIL = "password-mail"  # noqa: S105 - a notice's name
    ANONYMISED = "anonymised"
    LIFTED = "lifted"
    MAILS_ALLOWED = "mails-allowed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name
    SIGNED_OUT = "signed-out"

    @classmethod
    def of(cls, text: str) -> "Said | None":
        """Return what an address asks to say, if it is one of these."""
        return cls(text) if text in set(cls) else None


@dataclass(frozen=True)
class Query:
    """What the list of customers is asked for, as it stands in the address."""

    text: str = ""
    status: str = ""
    origin: str = ""
    page: str = ""


class BackOfficeWriter(PageWriter):
    """Fills the templates of the Back Office in, and says what errors mean to staff."""

    def page(
        self, name: str, visit: Visit, *, errors: Mapping[str, str] = NOTHING, **content: Any
    ) -> str:
        """Return a page that staff see; ``member`` is who looks at it, if somebody is known."""
        shown = {
            "member": None,
            "at": partial(short_moment, locale=visit.locale),
            "reason_in_words": partial(reason_in_words, visit.locale),
            "fields": customer_fields(),
            "label": partial(field_label, visit.locale),
            "in_words": partial(in_words, visit.locale),
            **content,
        }
        return super().page(f"back_office/{name}", visit, errors=errors, **shown)

    def errors(self, locale: str, error: RegistrationError) -> dict[str, str]:
        """Return what is wrong, in words for staff, by the field to show it beside."""
        own = texts(locale).get(f"back_office.error.{type(error).__name__}")
        if own and isinstance(error, EmailQuiet) and error.until:
            own = own.format(until=short_moment(error.until, locale))
        return {error.field or "": own} if own else super().errors(locale, error)


def customer_form(
    locale: str, customer: Customer | None = None, typed: Mapping[str, str] = NOTHING
) -> dict[str, Any]:
    """Return what the form shows to create a customer with, or to edit one."""
    asked = customer_fields().at(Place.BACK_OFFICE)
    kept = _kept(customer, asked) if customer else {"locale": locale}
    values = {**kept, **typed}
    return {
        "asked": asked,
        "own_fields": shown_fields(asked, locale, customer.profile.own if customer else {}),
        "customer": customer,
        "values": values,
        "salutations": choices(locale, "salutation", Salutation, values),
        "genders": choices(locale, "gender", Gender, values),
        "locales": list(language_names(locale).items()),
    }


def _kept(customer: Customer, asked: AskedFields) -> dict[str, str]:
    agreed = {name: name in customer.agreed for name in asked.consents}
    kept = profile_values(customer.profile) | agreed
    return {name: as_text(value) for name, value in kept.items()} | {"email": customer.email.typed}
