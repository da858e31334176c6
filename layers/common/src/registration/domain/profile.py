"""The fields of a customer, and their validation.

The same rules apply to all five channels. A channel passes raw values under the domain's
names, and gets back validated values, or every flaw at once in the contract's order.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registration.domain import passwords
from registration.domain.emails import EmailAddress, resembles_address
from registration.domain.errors import (
    FieldFlaw,
    FlawKind,
    InvalidFields,
    Malformed,
    PasswordsDiffer,
    TermsNotAccepted,
)
from registration.domain.invisible import HIDDEN, LOST, hides_something, trimmed
from registration.domain.passwords import PasswordRules

LONGEST_NAME = 100
LONGEST_PHONE = 255
LONGEST_COMPANY = 100

# Line breaks, control characters and bidirectional marks have no place in one line of
# text, and break mails and tables.
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
NOT_IN_TEXT = re.compile(f"[{_CONTROLS}]")
NOT_IN_NAMES = re.compile(f"[:/<>{_CONTROLS}]")
LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
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
    """A customer's personal data, without the address."""

    salutation: Salutation
    first_name: str
    last_name: str
    gender: Gender
    date_of_birth: date | None = None
    phone: str | None = None
    company: str | None = None
    locale: str | None = None


@dataclass(frozen=True)
class SignUp:
    """The validated data of a sign-up."""

    email: EmailAddress
    profile: Profile
    password: str


@dataclass(frozen=True)
class Field:
    """A field and its rule: ``flaw_of`` checks a value that was given, with today's date.

    ``also`` are constraints that a text breaks besides, each with its flaw: Glue's validator tells
    of an empty choice that it is blank, and that it is no choice.
    """

    name: str
    flaw_of: Callable[[object, date], FieldFlaw | None]
    required: bool = False
    also: tuple[tuple[Callable[[str], bool], FieldFlaw], ...] = ()

    def flaw_in(self, raw: Mapping[str, object], today: date) -> FieldFlaw | None:
        """Return the flaw of this field in raw values, if it has one."""
        value = raw.get(self.name)
        if isinstance(value, str) and LOST in value:
            return FieldFlaw(self.name, FlawKind.LOST)
        if value is not None and value != "":
            return self.flaw_of(value, today)
        if not self.required:
            return None
        return FieldFlaw(self.name, FlawKind.BLANK if self.name in raw else FlawKind.MISSING)


def _email_flaw(value: object, _today: date) -> FieldFlaw | None:
    if not isinstance(value, str) or not resembles_address(value):
        return FieldFlaw("email", FlawKind.NOT_AN_EMAIL)
    return None


def _choice(name: str, choices: type[StrEnum], *, required: bool = False) -> Field:
    known = frozenset(str(choice) for choice in choices)
    no_choice = FieldFlaw(name, FlawKind.NOT_A_CHOICE)

    def flaw_of(value: object, _today: date) -> FieldFlaw | None:
        if isinstance(value, str) and value in known:
            return None
        return no_choice

    return Field(name, flaw_of, required, ((_is_empty, no_choice),) if required else ())


def _line(name: str, longest: int, forbidden: re.Pattern[str], *, required: bool = False) -> Field:
    # One search settles most values: an import checks a million rows with it.
    suspicious = re.compile(f"{forbidden.pattern[:-1]}{HIDDEN}]")

    def flaw_of(value: object, _today: date) -> FieldFlaw | None:
        text = trimmed(_text(value))
        if len(text) > longest:
            return FieldFlaw(name, FlawKind.TOO_LONG, longest)
        if suspicious.search(text) and (forbidden.search(text) or hides_something(text)):
            return FieldFlaw(name, FlawKind.NOT_VALID)
        return FieldFlaw(name, FlawKind.BLANK) if required and not text else None

    return Field(name, flaw_of, required)


def _password(name: str, rules: PasswordRules = PasswordRules.LENGTH) -> Field:
    too_short = FieldFlaw(name, FlawKind.TOO_SHORT, passwords.SHORTEST)

    def flaw_of(value: object, _today: date) -> FieldFlaw | None:
        length = passwords.length_of(_text(value))
        if length < passwords.SHORTEST:
            return too_short
        if length > passwords.LONGEST:
            return FieldFlaw(name, FlawKind.TOO_LONG, passwords.LONGEST)
        return None

    def lacks_a_class(password: str) -> bool:
        return rules is PasswordRules.GLUE and not passwords.has_glues_classes(password)

    of_classes = lacks_a_class, FieldFlaw(name, FlawKind.CHARACTERS)
    return Field(name, flaw_of, required=True, also=((_is_empty, too_short), of_classes))


def _is_text(value: object, _today: date) -> None:
    _text(value)


def _is_empty(text: str) -> bool:
    return not text


def _locale_flaw(value: object, _today: date) -> FieldFlaw | None:
    if isinstance(value, str) and LOCALE.fullmatch(value):
        return None
    return FieldFlaw("locale", FlawKind.NOT_A_CHOICE)


def _date_flaw(value: object, today: date) -> FieldFlaw | None:
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            if EARLIEST_BIRTH <= date.fromisoformat(value) <= today:
                return None
        except ValueError:
            pass
    return FieldFlaw("date_of_birth", FlawKind.NOT_A_DATE)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed
    return value


EMAIL = Field("email", _email_flaw, required=True)
REQUIRED_PROFILE = (
    _choice("salutation", Salutation, required=True),
    _line("first_name", LONGEST_NAME, NOT_IN_NAMES, required=True),
    _line("last_name", LONGEST_NAME, NOT_IN_NAMES, required=True),
    _choice("gender", Gender, required=True),
)
OPTIONAL_PROFILE = (
    Field("date_of_birth", _date_flaw),
    _line("phone", LONGEST_PHONE, NOT_IN_TEXT),
    _line("company", LONGEST_COMPANY, NOT_IN_TEXT),
    Field("locale", _locale_flaw),
)
# Glue tells of the gender first.
_IN_GLUES_ORDER = sorted(REQUIRED_PROFILE, key=lambda field: field.name != "gender")
CURRENT_PASSWORD = _password("password")


def new_password(rules: PasswordRules, name: str = "password") -> tuple[Field, Field]:
    """Return the fields of a new password and of its repetition."""
    return _password(name, rules), _password("confirm_password")


def flaws_in(raw: Mapping[str, object], fields: Iterable[Field], today: date) -> list[FieldFlaw]:
    """Return every flaw of some fields in raw values, in the order of the fields.

    Raises
    ------
    Malformed
        A text field holds something other than text.
    """
    return [flaw for field in fields if (flaw := field.flaw_in(raw, today)) is not None]


def every_flaw_in(
    raw: Mapping[str, object], fields: Iterable[Field], today: date
) -> list[FieldFlaw]:
    """Return the flaws as :func:`flaws_in`, with a flaw for each constraint that is broken."""
    flaws: list[FieldFlaw] = []
    for field in fields:
        value = raw.get(field.name)
        flaws += flaws_in(raw, [field], today)
        flaws += [flaw for breaks, flaw in field.also if isinstance(value, str) and breaks(value)]
    return flaws


def required_text(name: str) -> Field:
    """Return the field of any text."""
    return Field(name, _is_text, required=True)


def read_profile(raw: Mapping[str, object]) -> Profile:
    """Return the profile in raw values, in which :func:`flaws_in` found no flaw."""
    born = raw.get("date_of_birth")
    return Profile(
        salutation=Salutation(str(raw["salutation"])),
        first_name=_one_line(raw["first_name"]) or "",
        last_name=_one_line(raw["last_name"]) or "",
        gender=Gender(str(raw["gender"])),
        date_of_birth=date.fromisoformat(str(born)) if born else None,
        phone=_one_line(raw.get("phone")),
        company=_one_line(raw.get("company")),
        locale=_one_line(raw.get("locale")),
    )


def profile_values(profile: Profile) -> dict[str, object]:
    """Return a profile as raw values: the reverse of :func:`read_profile`."""
    born = profile.date_of_birth
    return {
        "salutation": profile.salutation.value,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "gender": profile.gender.value,
        "date_of_birth": born.isoformat() if born else None,
        "phone": profile.phone,
        "company": profile.company,
        "locale": profile.locale,
    }


def changed_profile(profile: Profile, given: Mapping[str, object], today: date) -> Profile:
    """Return a profile with the given fields changed; null clears an optional field.

    An e-mail address among them is checked, too.

    Raises
    ------
    InvalidFields, Malformed
    """
    merged = {**profile_values(profile), **given}
    email = (EMAIL,) if EMAIL.name in given else ()
    if flaws := every_flaw_in(merged, (*email, *_IN_GLUES_ORDER, *OPTIONAL_PROFILE), today):
        raise InvalidFields(tuple(flaws))
    return read_profile(merged)


def read_sign_up(
    raw: Mapping[str, object], today: date, rules: PasswordRules = PasswordRules.LENGTH
) -> SignUp:
    """Validate the data of a sign-up.

    Parameters
    ----------
    raw
        Values under the domain's names (``first_name``); unknown names are ignored.
    today
        The date, for dates of birth.
    rules
        Those of passwords.

    Raises
    ------
    Malformed
        A text field holds something other than text.
    InvalidFields
        Every flaw, the address first and the rest in the contract's order.
    TermsNotAccepted, PasswordsDiffer, EmailTooLong, InvalidEmail
        In this order, after every field has passed by itself.
    """
    flaws = [
        *every_flaw_in(raw, (EMAIL, *_IN_GLUES_ORDER, *new_password(rules)), today),
        *_terms_flaws(raw),
        *flaws_in(raw, OPTIONAL_PROFILE, today),
    ]
    if flaws:
        raise InvalidFields(tuple(flaws))
    if raw["accepted_terms"] is None:
        raise TermsNotAccepted
    if raw["password"] != raw["confirm_password"]:
        raise PasswordsDiffer
    return SignUp(EmailAddress.parse(str(raw["email"])), read_profile(raw), str(raw["password"]))


def own_data(email: EmailAddress, profile: Profile) -> tuple[str, ...]:
    """Return the personal data that a password must not consist of."""
    local = email.normalised.partition("@")[0]
    names = (profile.first_name, profile.last_name, profile.company or "")
    return (email.normalised, local, *names)


def _terms_flaws(raw: Mapping[str, object]) -> list[FieldFlaw]:
    # `null` means no answer, not a wrong one: Glue accepts it here and answers
    # TermsNotAccepted afterwards.
    if "accepted_terms" not in raw:
        return [FieldFlaw("accepted_terms", FlawKind.MISSING)]
    accepted = raw["accepted_terms"]
    return (
        []
        if accepted is None or accepted is True
        else [FieldFlaw("accepted_terms", FlawKind.NOT_TRUE)]
    )


def _one_line(value: object) -> str | None:
    return unicodedata.normalize("NFC", trimmed(str(value))) or None if value else None
