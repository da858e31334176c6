"""The rows of an import: what a row has to hold, and what is wrong with it in plain words.

The rules of a customer's fields are those of :mod:`registration.domain.fields`; what is
the import's own are the reference, the ready hash and the date of registration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from registration.domain.customers import is_reference
from registration.domain.emails import EmailAddress
from registration.domain.errors import EmailTooLong, FlawKind, InvalidEmail
from registration.domain.fields import (
    EMAIL,
    OPTIONAL_PROFILE,
    REQUIRED_PROFILE,
    Profile,
    flaws_in,
    read_profile,
)
from registration.domain.import_columns import COLUMNS
from registration.domain.passwords import is_bcrypt

_COLUMN_OF = {name: column for column, name in COLUMNS.items()}
_FIELDS = (EMAIL, *REQUIRED_PROFILE, *OPTIONAL_PROFILE)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII
)

_REASONS = {
    "email": {
        FlawKind.BLANK: "The e-mail address is missing. Each customer needs one.",
        FlawKind.NOT_AN_EMAIL: "This is not an e-mail address. Write it like name@example.com.",
    },
    "salutation": {
        FlawKind.BLANK: "The salutation is missing. Use Mr, Mrs, Dr or Ms.",
        FlawKind.NOT_A_CHOICE: "This salutation is not known. Use Mr, Mrs, Dr or Ms.",
    },
    "first_name": {
        FlawKind.BLANK: "The first name is missing.",
        FlawKind.TOO_LONG: "The first name is too long. Shorten it to 100 characters.",
        FlawKind.NOT_VALID: "The first name holds : / < > or a hidden character. Remove it.",
    },
    "last_name": {
        FlawKind.BLANK: "The last name is missing.",
        FlawKind.TOO_LONG: "The last name is too long. Shorten it to 100 characters.",
        FlawKind.NOT_VALID: "The last name holds : / < > or a hidden character. Remove it.",
    },
    "gender": {
        FlawKind.BLANK: "The gender is missing. Use Male, Female or n/a.",
        FlawKind.NOT_A_CHOICE: "This gender is not known. Use Male, Female or n/a.",
    },
    "date_of_birth": {
        FlawKind.NOT_A_DATE: ("This is not a date of birth. Write it like 1980-12-31, since 1900."),
    },
    "phone": {
        FlawKind.TOO_LONG: "The phone number is too long. Shorten it to 255 characters.",
        FlawKind.NOT_VALID: "The phone number holds a line break or a hidden character. Remove it.",
    },
    "company": {
        FlawKind.TOO_LONG: "The company is too long. Shorten it to 100 characters.",
        FlawKind.NOT_VALID: "The company holds a line break or a hidden character. Remove it.",
    },
    "locale": {
        FlawKind.NOT_A_CHOICE: "This is not a locale. Write it like de_DE or en_US.",
    },
}
_NO_MAIL = "Mail cannot be sent to this address. Check how it is written."
_EMAIL_TOO_LONG = "The e-mail address is too long. It may have 100 characters."
_LOST = "A character was lost when this was saved (\ufffd). Type it again."
_REFERENCE = (
    "This is not a customer reference. Write it like DE--21, or leave it empty for a new one."
)
_NO_HASH = (
    "This is not a bcrypt hash, and plain passwords are not imported."
    " Leave it empty: the customer chooses a password with the mail's link."
)
_REGISTERED = "This is not a date of registration. Write it like 2024-12-31, not in the future."


class Trouble(NamedTuple):
    """What is wrong in a column, and what would be right."""

    column: str
    reason: str


@dataclass(frozen=True)
class Row:
    """A row without flaws. ``reference`` is the one given, if any."""

    line: int
    reference: str | None
    email: EmailAddress
    profile: Profile
    password_hash: str | None
    registered: str | None

    @property
    def registered_at(self) -> datetime | None:
        """When the customer registered elsewhere; a time without a zone is UTC."""
        if not self.registered:
            return None
        time = _parse(self.registered)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


def troubles_of(values: Mapping[str, object], today: date) -> list[Trouble]:
    """Return all that is wrong with a row, the address first.

    Parameters
    ----------
    values
        The row's texts by the domain's names.
    today
        The day on which the import began: for all of its rows the same.
    """
    troubles = [
        Trouble(_COLUMN_OF[flaw.field], _REASONS[flaw.field].get(flaw.kind, flaw.message))
        for flaw in flaws_in(values, _FIELDS, today)
    ]
    if not (troubles and troubles[0].column == "email") and (reason := _address_flaw(values)):
        troubles.insert(0, Trouble("email", reason))
    troubles += [
        Trouble(_COLUMN_OF[name], _LOST) for name, value in values.items() if "\ufffd" in str(value)
    ]
    if (reference := _given(values, "reference")) and not is_reference(reference):
        troubles.append(Trouble("customer_reference", _REFERENCE))
    if (password := _given(values, "password")) and not is_bcrypt(password):
        troubles.append(Trouble("password", _NO_HASH))
    if (registered := _given(values, "registered")) and not _is_past(registered, today):
        troubles.append(Trouble("registered", _REGISTERED))
    return troubles


def told(troubles: list[Trouble]) -> Trouble:
    """Return the column to look at first, with all reasons in one text."""
    if len(troubles) == 1:
        return troubles[0]
    reasons = " | ".join(f"{trouble.column}: {trouble.reason}" for trouble in troubles)
    return Trouble(troubles[0].column, reasons)


def row_of(values: Mapping[str, object], line: int) -> Row:
    """Return the row in which :func:`troubles_of` found nothing."""
    return Row(
        line=line,
        reference=_given(values, "reference"),
        email=EmailAddress.parse(str(values["email"])),
        profile=read_profile(values),
        password_hash=_given(values, "password"),
        registered=_given(values, "registered"),
    )


def identities_of(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what only one row may have, of one without flaws: pairs of column and value."""
    pairs = [("email", EmailAddress.parse(str(values["email"])).normalised)]
    if reference := _given(values, "reference"):
        pairs.append(("customer_reference", reference))
    return pairs


def _address_flaw(values: Mapping[str, object]) -> str | None:
    try:
        EmailAddress.parse(str(values["email"]))
    except EmailTooLong:
        return _EMAIL_TOO_LONG
    except InvalidEmail:
        return _NO_MAIL
    return None


def _is_past(text: str, today: date) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        # A day more, for whoever is ahead of UTC.
        return _parse(text).date() <= today + timedelta(days=1)
    except ValueError:
        return False


def _parse(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(",", "."))


def _given(values: Mapping[str, object], name: str) -> str | None:
    return str(values.get(name) or "") or None
