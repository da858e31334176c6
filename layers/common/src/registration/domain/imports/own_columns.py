"""The columns of a shop's own fields: what a file has for a value, and reasons in plain words.

A form and the API take a value as it is. A file has it as a spreadsheet or a program wrote it, in
some language: ``oui``, ``WAHR`` or ``x`` for yes, and 1.234,5 for a number.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cached_property

from registration.domain.errors import FieldFlaw, FlawKind
from registration.domain.fields.own import Kind, OwnField, in_language
from registration.domain.fields.rules import NOT_IN_TEXT
from registration.domain.invisible import hides_something
from registration.frozen import dataclass

LOOKED_AT = 200
"""How many characters of a value are searched, so that no pattern takes long."""

SHORTENED = (
    "A spreadsheet has shortened this number, and digits are lost."
    " Format the column as text, and type it again."
)
OTHER_ORDER = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|\d{4}[./]\d{1,2}[./]\d{1,2}$"
LIKE_A_DAY = r"\d{4}-\d\d-\d\d$"
SERIAL_NUMBER = r"\d{4,6}$"
"""What spreadsheets make of dates."""

_DATE_HINTS = (
    (
        OTHER_ORDER,
        "This is not a date in the order of year, month, day."
        " Write the last day of 1980 as 1980-12-31.",
    ),
    (LIKE_A_DAY, "This is not a date: there is no such day. Write it like 1980-12-31."),
    (
        SERIAL_NUMBER,
        "This is not a date but a spreadsheet's number for a day."
        " Format the column as text, and write it like 1980-12-31.",
    ),
)
_TWO_WAYS = (
    "This number can be read in two ways: with thousands, or with three decimals."
    " Write 1234 for the one, and 1.2340 for the other."
)
_HIDDEN = "This holds a line break or a hidden character. Remove it."
_MISSING = "The {name} is missing. {how}"
_REASONS = {
    FlawKind.MISSING: _MISSING,
    FlawKind.BLANK: _MISSING,
    FlawKind.TOO_LONG: "The {name} is too long. Shorten it to {limit} characters.",
    FlawKind.TOO_SHORT: "The {name} is too short. It needs {limit} characters or more.",
    FlawKind.NOT_VALID: "This is not a right {name}. {how}",
    FlawKind.NOT_A_CHOICE: "This {name} is not known. {how}",
    FlawKind.NOT_TRUE: "The {name} has to be yes for each customer.",
    FlawKind.NOT_A_DATE: "This is not a date. {how}",
    FlawKind.NOT_NUMERIC: "This is not a number. {how}",
    FlawKind.TOO_SMALL: "The {name} has to be {limit} or more.",
    FlawKind.TOO_LARGE: "The {name} has to be {limit} or less.",
}
_OF_A_DATE = {
    FlawKind.TOO_SMALL: "The {name} has to be {limit} or later.",
    FlawKind.TOO_LARGE: "The {name} has to be {limit} or earlier.",
}
_HOW = {
    Kind.DATE: "Write it like 1980-12-31.",
    Kind.NUMBER: "Write it like 1234.5, with at most 6 decimals.",
    **dict.fromkeys((Kind.CHECKBOX, Kind.CONSENT), "Write yes or no."),
}
_MOST_OPTIONS = 20

# Besides what forms and the API take: in our languages, and as spreadsheets write it in them.
_YES = "1.0 x y ja j oui si sí sì tak wahr vrai verdadero vero waar prawda"
_NO = "0.0 n nein non nee nie falsch faux falso onwaar fałsz"
_TICKS = dict.fromkeys(_YES.split(), "true") | dict.fromkeys(_NO.split(), "false")
_BY_THOUSANDS = re.compile(
    r"([+-]?\d{1,3})(([ \xa0\u2009\u202f'\u2019.,])\d{3}(?:\3\d{3})*)((?!\3)[.,]\d+)?", re.ASCII
)
# As spreadsheets and pandas do. A code may be 12E5.
_CUT = re.compile(r"[+-]?\d+([.,]\d+)?E[+-]\d+|\d{5,}\.0", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class OwnColumn:
    """The column of a shop's own field."""

    field: OwnField

    @property
    def is_free(self) -> bool:
        """Whether it takes any text."""
        return self.field.kind is Kind.TEXT and self.field.pattern is None

    @property
    def is_number(self) -> bool:
        """Whether it takes numbers."""
        return self.field.kind is Kind.NUMBER

    def meant(self, value: str) -> str:
        """Return a cell's value as the field's rule takes it, or unchanged if that is unclear."""
        if self.is_number:
            return _number(value) or value
        if not self.words or value in self.field.options:
            return value
        return self.words.get(_plain(value), value)

    def takes(self, value: str, today: date) -> bool:
        """Whether it takes a cell's value."""
        meant = {self.field.name: self.meant(value)}
        return self.field.rule(required=False).flaw_in(meant, today) is None

    def doubt(self, value: str) -> str | None:
        """Return why a value that the rule takes may not be what the sender has meant."""
        if self.is_number and _number(value) is None:
            return _TWO_WAYS
        return SHORTENED if self.is_free and _CUT.fullmatch(value) else None

    def reason(self, flaw: FieldFlaw, value: str) -> str:
        """Return what is wrong with a value, and how to mend it, in the shop's words if it can."""
        kind, field = flaw.kind, self.field
        if kind not in {FlawKind.MISSING, FlawKind.BLANK} and (
            told := self._cause(kind, value) or in_language(field.problem, None)
        ):
            return told
        texts = _REASONS | _OF_A_DATE if field.kind is Kind.DATE else _REASONS
        told = texts.get(kind, flaw.message)
        return told.format(name=field.name, limit=flaw.limit, how=self._how).rstrip()

    def _cause(self, kind: FlawKind, value: str) -> str | None:
        if kind is FlawKind.NOT_A_DATE:
            looked_at = value[:LOOKED_AT]
            return next((why for form, why in _DATE_HINTS if re.match(form, looked_at)), None)
        if kind is FlawKind.NOT_VALID and (NOT_IN_TEXT.search(value) or hides_something(value)):
            return _HIDDEN
        if kind in {FlawKind.NOT_VALID, FlawKind.NOT_NUMERIC} and _CUT.fullmatch(value):
            return SHORTENED
        return self.doubt(value)

    @cached_property
    def _how(self) -> str:
        if self.field.kind is Kind.TEXT:
            return f"Write it like {self.field.example}." if self.field.pattern else ""
        if self.field.kind is not Kind.CHOICE:
            return _HOW[self.field.kind]
        return f"Use one of these: {', '.join([*self.field.options][:_MOST_OPTIONS])}."

    @cached_property
    def words(self) -> Mapping[str, str]:
        """What stands for one value, besides the value itself."""
        if self.field.is_ticked:
            return _TICKS
        options = self.field.options
        texts = {name: {name, *labels.values()} for name, labels in options.items()}
        words = [(_plain(text), name) for name in texts for text in texts[name]]
        count = Counter(word for word, _ in set(words))
        return {word: name for word, name in words if count[word] == 1}


def _plain(value: str) -> str:
    return unicodedata.normalize("NFC", value).lower()


def _number(text: str) -> str | None:
    """Return a number without the marks between its thousands; nothing for 1.234 or 1,234."""
    number = text.replace("\u2212", "-")
    found = _BY_THOUSANDS.fullmatch(number)
    if not found:
        return number
    whole, thousands, mark, decimals = found.groups()
    if mark in ".," and len(thousands) == len(".000") and not decimals:
        # 0.234 is no thousand.
        return number if whole.lstrip("+-").startswith("0") else None
    return f"{whole}{thousands.replace(mark, '')}{decimals or ''}"
