"""The profile of a customer, and the rules of its fields.

The same rules apply to all five channels. Which fields each of them asks is the shop's decision
(``fields/asked.py``).
"""

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from registration.domain import passwords
from registration.domain.emails import EmailAddress, resembles_address
from registration.domain.errors import FieldFlaw, FlawKind
from registration.domain.fields.own import Agreement, OwnValue
from registration.domain.fields.rules import (
    CONTROLS,
    NOT_IN_TEXT,
    Field,
    choice_of,
    is_empty,
    iso_date,
    line_of,
    one_line,
    text_of,
)
from registration.domain.passwords import PasswordRules
from registration.frozen import dataclass

LONGEST_NAME = 100
LONGEST_PHONE = 255
LONGEST_COMPANY = 100

NOT_IN_NAMES = re.compile(f"[:/<>{CONTROLS}]")
LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}")
EARLIEST_BIRTH = date(1900, 1, 1)


class Salutation(StrEnum):
    """How a customer is addressed."""

    MR = "Mr"
    MRS = "Mrs"
    DR = "Dr"
    MS = "Ms"


class Gender(StrEnum):
    """The genders of Spryker's schema, including the optional one."""

    MALE = "Male"
    FEMALE = "Female"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Profile:
    """A customer's personal data, without the address. ``own``: the shop's own fields by name."""

    salutation: Salutation | None
    first_name: str
    last_name: str
    gender: Gender | None
    date_of_birth: date | None = None
    phone: str | None = None
    company: str | None = None
    locale: str | None = None
    own: Mapping[str, OwnValue] = field(default_factory=dict)


@dataclass(frozen=True)
class SignUp:
    """The validated data of a sign-up, with the consents that were given besides the terms."""

    email: EmailAddress
    profile: Profile
    password: str
    agreements: tuple[Agreement, ...] = ()


def _email_flaw(value: object, _today: date) -> FieldFlaw | None:
    if not isinstance(value, str) or not resembles_address(value):
        return FieldFlaw("email", FlawKind.NOT_AN_EMAIL)
    return None


def _password(name: str, rules: PasswordRules = PasswordRules.LENGTH) -> Field:
    too_short = FieldFlaw(name, FlawKind.TOO_SHORT, passwords.SHORTEST)

    def flaw_of(value: object, _today: date) -> FieldFlaw | None:
        length = passwords.length_of(text_of(value))
        if length < passwords.SHORTEST:
            return too_short
        if length > passwords.LONGEST:
            return FieldFlaw(name, FlawKind.TOO_LONG, passwords.LONGEST)
        return None

    def lacks_a_class(password: str) -> bool:
        return rules is PasswordRules.GLUE and not passwords.has_glues_classes(password)

    of_classes = lacks_a_class, FieldFlaw(name, FlawKind.CHARACTERS)
    return Field(name, flaw_of, required=True, also=((is_empty, too_short), of_classes))


def _locale_flaw(value: object, _today: date) -> FieldFlaw | None:
    if isinstance(value, str) and LOCALE.fullmatch(value):
        return None
    return FieldFlaw("locale", FlawKind.NOT_A_CHOICE)


def _birth_flaw(value: object, today: date) -> FieldFlaw | None:
    born = iso_date(value)
    if born and EARLIEST_BIRTH <= born <= today:
        return None
    return FieldFlaw("date_of_birth", FlawKind.NOT_A_DATE)


EMAIL = Field("email", _email_flaw, required=True)
CURRENT_PASSWORD = _password("password")
NAMES = (
    line_of("first_name", LONGEST_NAME, NOT_IN_NAMES, required=True),
    line_of("last_name", LONGEST_NAME, NOT_IN_NAMES, required=True),
)
LOCALE_FIELD = Field("locale", _locale_flaw)


def salutation(*, required: bool) -> Field:
    """Return the field of the salutation."""
    return choice_of("salutation", map(str, Salutation), required=required)


def gender(*, required: bool) -> Field:
    """Return the field of the gender."""
    return choice_of("gender", map(str, Gender), required=required)


def date_of_birth(*, required: bool) -> Field:
    """Return the field of the date of birth."""
    return Field("date_of_birth", _birth_flaw, required)


def phone(*, required: bool) -> Field:
    """Return the field of the telephone number."""
    return line_of("phone", LONGEST_PHONE, NOT_IN_TEXT, required=required)


def company(*, required: bool) -> Field:
    """Return the field of the company."""
    return line_of("company", LONGEST_COMPANY, NOT_IN_TEXT, required=required)


def new_password(rules: PasswordRules, name: str = "password") -> tuple[Field, Field]:
    """Return the fields of a new password and of its repetition."""
    return _password(name, rules), _password("confirm_password")


def read_profile(raw: Mapping[str, object], own: Mapping[str, OwnValue]) -> Profile:
    """Return the profile in raw values, in which no flaw was found, with the shop's own fields."""
    born, addressed, said = raw.get("date_of_birth"), raw.get("salutation"), raw.get("gender")
    return Profile(
        salutation=Salutation(str(addressed)) if addressed else None,
        first_name=one_line(raw["first_name"]) or "",
        last_name=one_line(raw["last_name"]) or "",
        gender=Gender(str(said)) if said else None,
        date_of_birth=date.fromisoformat(str(born)) if born else None,
        phone=one_line(raw.get("phone")),
        company=one_line(raw.get("company")),
        locale=one_line(raw.get("locale")),
        own=own,
    )


def profile_values(profile: Profile) -> dict[str, object]:
    """Return a profile as raw values, those of the shop's own fields last."""
    born = profile.date_of_birth
    return {
        "salutation": profile.salutation and profile.salutation.value,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "gender": profile.gender and profile.gender.value,
        "date_of_birth": born.isoformat() if born else None,
        "phone": profile.phone,
        "company": profile.company,
        "locale": profile.locale,
        **profile.own,
    }


def own_data(email: EmailAddress, profile: Profile) -> tuple[str, ...]:
    """Return the personal data that a password must not consist of."""
    local = email.normalised.partition("@")[0]
    names = (profile.first_name, profile.last_name, profile.company or "")
    return (email.normalised, local, *names)
