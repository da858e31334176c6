"""A shop's own fields: what is asked besides the profile, and consents.

A value is kept as a text, a number, or whether a box is ticked: texts and choices in one line, days
as 1990-05-31. A consent is kept with the sentence that was agreed to (:class:`Agreement`).
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from registration.domain.errors import FieldFlaw, FlawKind
from registration.domain.fields.rules import (
    NOT_IN_TEXT,
    Field,
    choice_of,
    iso_date,
    line_of,
    one_line,
)
from registration.frozen import dataclass

OwnValue = str | int | float | bool

_FlawOf = Callable[[object, date], FieldFlaw | None]

LONGEST_TEXT = 255
"""Characters of a shop's own text, unless it says fewer."""

LARGEST_NUMBER = 10**12
"""A number's amount at the most, so that spreadsheets and JavaScript keep each digit."""

_MOST_DECIMALS = 6

_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,6})?", re.ASCII)
_TICKED = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Kind(StrEnum):
    """The kinds of a shop's own fields."""

    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    CONSENT = "consent"


class Place(StrEnum):
    """Where a customer is asked. The checkout has the form; ``ACCOUNT`` is the profile's page."""

    FORM = "form"
    ACCOUNT = "account"
    API = "api"
    IMPORT = "import"
    BACK_OFFICE = "back_office"


class Ask(StrEnum):
    """Whether a customer is asked. What is not asked is not kept either."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NO = "no"


@dataclass(frozen=True)
class Agreement:
    """The sentence of a consent that somebody ticked, with its version."""

    name: str
    version: str
    text: str


@dataclass(frozen=True)
class OwnField:
    """A field of the shop's own.

    Parameters
    ----------
    name
        In the domain and as an import's column, such as ``vat_number``; ``vatNumber`` in the API.
    ask
        Whether it is asked in each place; nowhere else.
    label, hint, problem
        By locale: what it is called (of a consent, the sentence), what stands below it, and what is
        said of a value that does not pass.
    pattern, shortest, longest
        Of a text.
    options
        Of a choice: each value's labels by locale.
    least, most
        Of a number.
    earliest, latest
        Of a date; ``latest`` may be today.
    changeable
        Whether customers change it themselves.
    searchable
        Whether staff find customers by it.
    in_mails
        Whether texts of mails may hold it, by its name.
    version
        Of a consent's sentence.
    example
        A value that passes, for documents.
    """

    name: str
    kind: Kind
    ask: Mapping[Place, Ask]
    label: Mapping[str, str] = field(default_factory=dict)
    hint: Mapping[str, str] = field(default_factory=dict)
    problem: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None
    shortest: int = 0
    longest: int = LONGEST_TEXT
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    earliest: date | None = None
    latest: date | None = None
    until_today: bool = False
    changeable: bool = True
    searchable: bool = False
    in_mails: bool = False
    version: str = ""
    example: OwnValue = ""

    @property
    def is_ticked(self) -> bool:
        """Whether it is a box to tick."""
        return self.kind in {Kind.CHECKBOX, Kind.CONSENT}

    def asked(self, place: Place) -> Ask:
        """Return whether it is asked in a place."""
        return self.ask.get(place, Ask.NO)

    def rule(self, *, required: bool) -> Field:
        """Return the rule of a value that was given."""
        if self.kind is Kind.TEXT:
            return self._text_rule(required=required)
        if self.kind is Kind.CHOICE:
            return choice_of(self.name, self.options, required=required)
        if self.is_ticked:
            return Field(self.name, self._tick_flaw(required=required), required)
        flaw_of = self._date_flaw if self.kind is Kind.DATE else self._number_flaw
        return Field(self.name, flaw_of, required)

    def value_of(self, raw: object) -> OwnValue | None:
        """Return a value, in which the rule found no flaw, as it is kept; nothing if none is."""
        if self.is_ticked:
            return _ticked(raw)
        if raw is None or raw == "":
            return None
        return _number(raw) if self.kind is Kind.NUMBER else one_line(raw)

    def shows(self, value: OwnValue) -> bool:
        """Whether its part of a form can show a value, perhaps kept before the field changed."""
        if self.kind is Kind.DATE:
            return iso_date(value) is not None
        return not self.is_ticked or as_text(value) in {"true", "false"}

    def agreement(self, locale: str | None) -> Agreement:
        """Return what somebody agrees to who ticks this consent in a language."""
        return Agreement(self.name, self.version, in_language(self.label, locale))

    def _text_rule(self, *, required: bool) -> Field:
        line = line_of(self.name, self.longest, NOT_IN_TEXT, required=required)

        def flaw_of(value: object, today: date) -> FieldFlaw | None:
            if (flaw := line.flaw_of(value, today)) or not (text := one_line(value)):
                return flaw
            if len(text) < self.shortest:
                return FieldFlaw(self.name, FlawKind.TOO_SHORT, self.shortest)
            if self.pattern and not self.pattern.fullmatch(text):
                return FieldFlaw(self.name, FlawKind.NOT_VALID)
            return None

        return Field(self.name, flaw_of, required)

    def _tick_flaw(self, *, required: bool) -> _FlawOf:
        def flaw_of(value: object, _today: date) -> FieldFlaw | None:
            ticked = _ticked(value)
            if ticked is None:
                return FieldFlaw(self.name, FlawKind.NOT_A_CHOICE)
            return FieldFlaw(self.name, FlawKind.NOT_TRUE) if required and not ticked else None

        return flaw_of

    def _date_flaw(self, value: object, today: date) -> FieldFlaw | None:
        day = iso_date(value)
        if day is None:
            return FieldFlaw(self.name, FlawKind.NOT_A_DATE)
        latest = today if self.until_today else self.latest
        if self.earliest and day < self.earliest:
            return FieldFlaw(self.name, FlawKind.TOO_SMALL, self.earliest.isoformat())
        if latest and day > latest:
            return FieldFlaw(self.name, FlawKind.TOO_LARGE, latest.isoformat())
        return None

    def _number_flaw(self, value: object, _today: date) -> FieldFlaw | None:
        number = _number(value)
        if number is None:
            return FieldFlaw(self.name, FlawKind.NOT_NUMERIC)
        least = -LARGEST_NUMBER if self.least is None else self.least
        most = LARGEST_NUMBER if self.most is None else self.most
        if number < least:
            return FieldFlaw(self.name, FlawKind.TOO_SMALL, as_text(least))
        return FieldFlaw(self.name, FlawKind.TOO_LARGE, as_text(most)) if number > most else None


def in_language(texts: Mapping[str, str], locale: str | None) -> str:
    """Return the text for a locale: its own, its language's, that in English, or any; or nothing.

    Keys are locales (``en_US``) or languages (``en``).
    """
    language = (locale or "").partition("_")[0]
    for wanted in (locale, language, "en"):
        if wanted and wanted in texts:
            return texts[wanted]
        if near := next((each for each in texts if each.partition("_")[0] == wanted), None):
            return texts[near]
    return next(iter(texts.values()), "")


def as_text(value: object) -> str:
    """Return a value as it can be typed: a number with all its digits, a box as true or false."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ticked(value: object) -> bool | None:
    """Return whether a box is ticked: not if nothing was given, nothing if it is neither."""
    if value is None or value == "":
        return False
    if isinstance(value, bool):
        return value
    return _TICKED.get(value.strip().lower()) if isinstance(value, str) else None


def _number(value: object) -> int | float | None:
    """Return a number that was given as one or typed, with a point or a comma."""
    if isinstance(value, str):
        text = value.strip().replace(",", ".")
        return _whole(float(text)) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value
    # DynamoDB takes no number as small as 1e-300.
    return _whole(round(value, _MOST_DECIMALS)) if math.isfinite(value) else None


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number
