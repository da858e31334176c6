"""The rows of an import: their validation, and the reasons in plain words.

The rules for a customer's fields are in :mod:`registration.domain.profile`. The import
adds the reference, the password hash and the date of registration.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from registration.domain.customers import is_reference
from registration.domain.emails import EmailAddress
from registration.domain.errors import EmailTooLong, FieldFlaw, FlawKind, InvalidEmail
from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Agreement, Place
from registration.domain.fields.rules import flaws_in
from registration.domain.imports.columns import COLUMNS, IF_RIGHT, Columns, KnownColumns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.own_columns import (
    LIKE_A_DAY,
    LOOKED_AT,
    OTHER_ORDER,
    SERIAL_NUMBER,
    SHORTENED,
)
from registration.domain.invisible import hides_something
from registration.domain.passwords import BCRYPT_COSTS, bcrypt_cost, is_bcrypt
from registration.domain.profile import (
    EARLIEST_BIRTH,
    EMAIL,
    Gender,
    Profile,
    Salutation,
)
from registration.frozen import dataclass

_COLUMN_OF = {name: column for column, name in COLUMNS.items()}
_STRICT = ("email", "salutation", "gender", "date_of_birth", "locale")
_STRICT_FIELDS = {
    _COLUMN_OF[field.name]: field
    for field in (EMAIL, *GLUE_FIELDS.at(Place.IMPORT).fields)
    if field.name in _STRICT
}
"""The columns that take hardly any password for a value of theirs."""

REMOVED = "#REMOVED!"
"""What a report holds in the place of a password. No column takes it, so that it is looked at."""
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?( ?(UTC|GMT|Z|[+-]\d\d(:?\d\d)?))?)?",
    re.ASCII,
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
    **{
        f"{part}_name": {
            FlawKind.BLANK: f"The {part} name is missing.",
            FlawKind.TOO_LONG: f"The {part} name is too long. Shorten it to 100 characters.",
            FlawKind.NOT_VALID: f"The {part} name holds : / < > or a hidden character. Remove it.",
        }
        for part in ("first", "last")
    },
    "gender": {
        FlawKind.BLANK: "The gender is missing. Use Male, Female or n/a.",
        FlawKind.NOT_A_CHOICE: "This gender is not known. Use Male, Female or n/a.",
    },
    "date_of_birth": {
        FlawKind.BLANK: "The date of birth is missing. Write it like 1980-12-31.",
        FlawKind.NOT_A_DATE: ("This is not a date of birth. Write it like 1980-12-31, since 1900."),
    },
    "phone": {
        FlawKind.BLANK: "The phone number is missing.",
        FlawKind.TOO_LONG: "The phone number is too long. Shorten it to 255 characters.",
        FlawKind.NOT_VALID: "The phone number holds a line break or a hidden character. Remove it.",
    },
    "company": {
        FlawKind.BLANK: "The company is missing.",
        FlawKind.TOO_LONG: "The company is too long. Shorten it to 100 characters.",
        FlawKind.NOT_VALID: "The company holds a tab or a hidden character. Remove it.",
    },
    "locale": {
        FlawKind.NOT_A_CHOICE: "This is not a locale. Write it like de_DE or en_US.",
    },
}
_HINTS = {
    "email": (
        (r".*@.*[\s,;]\S*@", "There is more than one address here. Write one: name@example.com."),
        (r".*[<>]|mailto:", "Write the address alone, without a name or marks: name@example.com."),
    ),
    "date_of_birth": (
        (
            OTHER_ORDER,
            "This is not a date of birth in the order of year, month, day."
            " Write the last day of 1980 as 1980-12-31.",
        ),
        (
            LIKE_A_DAY,
            "This is not a date of birth: there is no such day, or it is before 1900 or in the"
            " future. Write it like 1980-12-31.",
        ),
        (
            SERIAL_NUMBER,
            "This is not a date of birth but a spreadsheet's number for a day."
            " Format the column as text, and write it like 1980-12-31.",
        ),
    ),
}
"""Likely causes of invalid values: the first match is reported."""

# In capitals of any language: #VALUE!, #WERT!, #¿NOMBRE?, #ЗНАЧ!
_SPREADSHEET_ERROR = re.compile(
    r"#(?!.*[a-zß-ÿα-ωа-я])([¡¿]?[^\W\d_][\w/.]*[!?]|[^\W\d_]/[^\W\d_]|NV|YOK|HIÁNYZIK|#+"
    r"|NENÍ_K_DISPOZICI|NEDOSTUPNÝ|GETTING_DATA)|Err:\d{3}"
)
_LOCALE = re.compile("[a-z]{2}[-_][a-z]{2}", re.IGNORECASE | re.ASCII)
# The words of our forms. Each has one meaning, in whichever column. Frau may be Mrs, but Ms is true
# as well.
_MEANT = {choice.lower(): str(choice) for choice in (*Salutation, *Gender)} | {
    word: meaning
    for meaning, words in {
        "Mr": "herr|m.|sr|sig|dhr|pan",
        "Ms": "frau|mme|sra|sig.ra|mevr|pani",
        "Dr": "dr./dra|dott./dott.ssa",
        "Male": "männlich|homme|hombre|maschile|man|mężczyzna",
        "Female": "weiblich|femme|mujer|femminile|vrouw|kobieta",
        "n/a": "prefer not to say|keine angabe|ne souhaite pas répondre|prefiero no decirlo"
        "|preferisco non dirlo|zeg ik liever niet|wolę nie podawać",
    }.items()
    for word in words.split("|")
}
_BREAK = re.compile(r"(?<![ \t])[ \t]*+[\r\n]\s*+")
_SHORTENED = re.compile(r"[+-]?\d+([.,]\d+)?E[+-]?\d+|\d{5,}\.0", re.IGNORECASE | re.ASCII)
_NOTHING = frozenset(
    (r"\N", "NULL", "(NULL)", "(null)", "nan", "NaN", "NaT", "None", "<NA>", "undefined")
) | {"Loading..."}
_LOST_LETTER = re.compile(r"[?\xbf]")
_PERHAPS_LOST = {"email": _LOST_LETTER, "company": re.compile(r"[?\xbf](\w|[?\xbf])")}
_NO_MAIL = "Mail cannot be sent to this address. Check how it is written."
_HIDDEN = (
    "The e-mail address holds a character that cannot be seen."
    " Remove it, or type the whole address again."
)
_EMAIL_TOO_LONG = "The e-mail address is too long. It may have 100 characters."
_LOST = "A character was lost when this was saved (\ufffd). Type it again."
_QUESTION = "A letter was lost when this was saved (?). Type it again."
_PERHAPS = f"A letter may have been lost here (?). Type it again.{IF_RIGHT}"
_REMOVED = (
    "A password may have stood here, so the report leaves it out. Type what this cell should hold."
)
_NOT_WORKED_OUT = "A spreadsheet could not work this cell out. Type what it should hold."
_NULL = (
    "This is what a database or a program writes where it has nothing."
    " Empty this cell, or type what it should hold (a name: Null, Nan, NONE)."
)
_REFERENCE = (
    "This is not a customer reference. Write it like DE--21, or leave it empty for a new one."
)
_NO_HASH = (
    "This is not a bcrypt hash, and plain passwords are neither imported nor reported."
    " Leave it empty: the customer chooses a password with the mail's link."
)
_COST = (
    "The cost of this bcrypt hash is not taken: it has to be 4 to 12."
    " Leave it empty: the customer chooses a password with the mail's link."
)
_REGISTERED = (
    "This is not a date of registration. Write it like 2024-12-31, since 1900, not in the future."
)


_parsed = lru_cache(1)(EmailAddress.parse)
"""For speed: a row's address is validated first, and read when the whole row is right."""


class Trouble(NamedTuple):
    """What is wrong in a column, and how to correct it."""

    column: str
    reason: str


@dataclass(frozen=True)
class ImportRow:
    """A valid row. ``reference`` is the one in the file, if any."""

    line: int
    reference: str | None
    email: EmailAddress
    profile: Profile
    password_hash: str | None
    registered: str | None
    agreements: tuple[Agreement, ...] = ()

    @property
    def identities(self) -> list[tuple[str, str]]:
        """The unique values, as pairs of column and value."""
        return _identities(self.email.normalised, self.reference)

    @property
    def registered_at(self) -> datetime | None:
        """The time of the registration in the other system; without a time zone it is UTC."""
        if not self.registered:
            return None
        time = _parse(self.registered)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_row(
    record: Record, columns: Columns, today: date
) -> tuple[Mapping[str, str], list[Trouble], list[str]]:
    """Return a row's values under the domain's names, what is wrong, and what was taken for what.

    Parameters
    ----------
    record
        The row.
    columns
        The columns of the file.
    today
        The day on which the import began, the same for all rows.
    """
    if flaw := columns.flaw_of(record):
        return {}, [Trouble(*flaw)], []
    plain = columns.plain_values(record.cells)
    if plain and _is_right(plain, today):
        return plain, [], []
    return read_closely(record, columns, today)


def read_closely(
    record: Record, columns: Columns, today: date
) -> tuple[Mapping[str, str], list[Trouble], list[str]]:
    """Return what :func:`read_row` does, of any row that can be split into cells."""
    values = columns.values(record.cells)
    if "\n" in (company := values.get("company", "")) or "\r" in company:
        # A name on two lines of a cell, or of an address, is still one name.
        values["company"] = _BREAK.sub(" ", company)
    taken = []
    for name in ("salutation", "gender", "locale"):
        value = values.get(name, "")
        if (meant := _meaning(name, value)) != value:
            values[name] = meant
            taken.append(f"{_COLUMN_OF[name]}: {value} → {meant}")
    for name, column in columns.known.own.items():
        value = values.get(name, "")
        if (meant := column.meant(value)) != value:
            values[name] = meant
            if not column.is_number:
                taken.append(f"{name}: {value} → {meant}")
    troubles = troubles_of(values, columns.known, today)
    if troubles and columns.is_confirmed(record.cells):
        troubles = [trouble for trouble in troubles if trouble.reason != _PERHAPS]
    return values, troubles, taken


def _is_right(plain: Mapping[str, str], today: date) -> bool:
    """Whether nothing is wrong with the values of a plain row, as nearly always."""
    latest = today.isoformat()
    return (
        plain.get("date_of_birth", "") <= latest
        and plain.get("registered", "")[: len(latest)] <= latest
        and _NOTHING.isdisjoint(plain.values())
        and _address_flaw(plain) is None
    )


@lru_cache(1000)  # for speed: these columns hold few values
def _meaning(name: str, value: str) -> str:
    if name == "locale":
        return f"{value[:2].lower()}_{value[3:].upper()}" if _LOCALE.fullmatch(value) else value
    word = value.lower()
    return _MEANT.get(word) or _MEANT.get(word.rstrip("."), value)


def troubles_of(values: Mapping[str, str], known: KnownColumns, today: date) -> list[Trouble]:
    """Return everything wrong with a row's values, the address first."""
    troubles = [
        Trouble(_column_of(flaw.field), _reason(flaw, values.get(flaw.field, ""), known))
        for flaw in flaws_in(values, known.fields, today)
    ]
    if not (troubles and troubles[0].column == "email") and (reason := _address_flaw(values)):
        troubles.insert(0, Trouble("email", reason))
    if (reference := values.get("reference")) and not is_reference(reference):
        troubles.append(Trouble("customer_reference", _REFERENCE))
    if password := values.get("password"):
        cost = bcrypt_cost(password)
        if cost not in BCRYPT_COSTS:
            troubles.append(Trouble("password", _NO_HASH if cost is None else _COST))
    if (registered := values.get("registered")) and not _is_past(registered, today):
        troubles.append(Trouble("registered", _REGISTERED))
    if (phone := values.get("phone")) and _SHORTENED.fullmatch(phone):
        troubles.append(Trouble("phone", SHORTENED))
    for name, own in known.own.items():
        doubt = own.doubt(values.get(name, ""))
        if doubt and name not in {trouble.column for trouble in troubles}:
            troubles.append(Trouble(name, doubt))
    together = "".join(values.values())
    # Fast, because it runs for every row, and few rows match.
    if (
        "#" in together
        or "?" in together
        or "\xbf" in together
        or "\ufffd" in together
        or "Err:" in together
        or not _NOTHING.isdisjoint(values.values())
    ):
        # Whatever stands for a password is emptied, and its own reason says so. A question mark in
        # a free text of the shop's own is what it is in a company.
        damages = {
            _column_of(name): _damage("company" if name in known.free else name, value)
            for name, value in values.items()
            if name != "password"
        }
        troubles = [Trouble(t.column, damages.pop(t.column, None) or t.reason) for t in troubles]
        troubles += [Trouble(column, reason) for column, reason in damages.items() if reason]
        troubles.sort(key=lambda trouble: trouble.column != "email")
    return troubles


def told(troubles: list[Trouble]) -> Trouble:
    """Return the first column to look at, with all reasons in one text."""
    if len(troubles) == 1:
        return troubles[0]
    reasons = " | ".join(f"{trouble.column}: {trouble.reason}" for trouble in troubles)
    return Trouble(troubles[0].column, reasons)


def takes(column: str, value: str, today: date) -> bool:
    """Whether a column that takes hardly any password takes a value."""
    if column == "customer_reference":
        return is_reference(value)
    if column == "registered":
        return _is_past(value, today)
    field = _STRICT_FIELDS.get(column)
    return field is not None and field.flaw_in({field.name: value}, today) is None


def stands_for_nothing(value: str) -> bool:
    """Whether a spreadsheet or a program wrote a value where it had nothing."""
    return value in _NOTHING or _SPREADSHEET_ERROR.fullmatch(value) is not None


def row_of(values: Mapping[str, str], known: KnownColumns, line: int) -> ImportRow:
    """Return the row of values in which :func:`troubles_of` found nothing.

    An impossible hash counts as none: the customer chooses a password with the mail's link.
    """
    password_hash = values.get("password", "")
    answers = known.asked.answers(values, values.get("locale") or known.default_locale)
    return ImportRow(
        line=line,
        reference=values["reference"] or None,
        email=_parsed(values["email"]),
        profile=known.asked.profile_of(values),
        password_hash=password_hash if is_bcrypt(password_hash) else None,
        registered=values.get("registered") or None,
        agreements=tuple(filter(None, answers.values())),
    )


def identities_of(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the unique values of a valid row, as pairs of column and value."""
    return _identities(_parsed(values["email"]).normalised, values["reference"])


def _identities(email: str, reference: str | None) -> list[tuple[str, str]]:
    pairs = [("email", email)]
    return [*pairs, ("customer_reference", reference)] if reference else pairs


def _column_of(name: str) -> str:
    return _COLUMN_OF.get(name, name)


def _reason(flaw: FieldFlaw, value: str, known: KnownColumns) -> str:
    if own := known.own.get(flaw.field):
        return own.reason(flaw, value)
    # A job of before the shop asked this field may have no such column.
    kind = FlawKind.BLANK if flaw.kind is FlawKind.MISSING else flaw.kind
    if kind is not FlawKind.BLANK:
        for pattern, reason in _HINTS.get(flaw.field, ()):
            if re.match(pattern, value[:LOOKED_AT], re.IGNORECASE | re.ASCII):
                return reason
    return _REASONS[flaw.field].get(kind, flaw.message)


def _damage(name: str, value: str) -> str | None:
    if "\ufffd" in value:
        return _LOST
    if REMOVED in value:
        return _REMOVED
    if value in _NOTHING:
        return _NULL
    if _SPREADSHEET_ERROR.fullmatch(value):
        return _NOT_WORKED_OUT
    if name in {"first_name", "last_name"} and _LOST_LETTER.search(value):
        return _QUESTION
    return _PERHAPS if name in _PERHAPS_LOST and _PERHAPS_LOST[name].search(value) else None


def _address_flaw(values: Mapping[str, str]) -> str | None:
    try:
        _parsed(values["email"])
    except EmailTooLong:
        return _EMAIL_TOO_LONG
    except InvalidEmail:
        return _HIDDEN if hides_something(values["email"]) else _NO_MAIL
    return None


def _is_past(text: str, today: date) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        # One day more, for time zones ahead of UTC.
        return EARLIEST_BIRTH <= _parse(text).date() <= today + timedelta(days=1)
    except ValueError:
        return False


def _parse(text: str) -> datetime:
    plain = text[11:].replace("UTC", "Z").replace("GMT", "Z").replace(",", ".").replace(" ", "")
    return datetime.fromisoformat(f"{text[:10]}T{plain}" if plain else text)
