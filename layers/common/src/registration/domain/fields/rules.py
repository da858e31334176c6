"""The rule of a field: what is wrong with a value, in the words of Glue's validation."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from registration.domain.errors import FieldFlaw, FlawKind, Malformed
from registration.domain.invisible import HIDDEN, LOST, hides_something, trimmed
from registration.frozen import dataclass

# Line breaks, control characters and bidirectional marks have no place in one line of
# text, and break mails and tables.
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
NOT_IN_TEXT = re.compile(f"[{CONTROLS}]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
        if value is None or value == "":
            if not self.required:
                return None
            return FieldFlaw(self.name, FlawKind.BLANK if self.name in raw else FlawKind.MISSING)
        if isinstance(value, str) and LOST in value:
            return FieldFlaw(self.name, FlawKind.LOST)
        return self.flaw_of(value, today)


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


def choice_of(name: str, choices: Iterable[str], *, required: bool = False) -> Field:
    """Return the field that is one of some choices."""
    known = frozenset(choices)
    no_choice = FieldFlaw(name, FlawKind.NOT_A_CHOICE)

    def flaw_of(value: object, _today: date) -> FieldFlaw | None:
        if isinstance(value, str) and value in known:
            return None
        return no_choice

    return Field(name, flaw_of, required, ((is_empty, no_choice),) if required else ())


def line_of(
    name: str, longest: int, forbidden: re.Pattern[str], *, required: bool = False
) -> Field:
    """Return the field of a line of text, without forbidden and invisible characters."""
    # One search settles most values: an import checks a million rows with it.
    suspicious = re.compile(f"{forbidden.pattern[:-1]}{HIDDEN}]")

    def flaw_of(value: object, _today: date) -> FieldFlaw | None:
        text = trimmed(text_of(value))
        if len(text) > longest:
            return FieldFlaw(name, FlawKind.TOO_LONG, longest)
        if suspicious.search(text) and (forbidden.search(text) or hides_something(text)):
            return FieldFlaw(name, FlawKind.NOT_VALID)
        return FieldFlaw(name, FlawKind.BLANK) if required and not text else None

    return Field(name, flaw_of, required)


def required_text(name: str) -> Field:
    """Return the field of any text."""
    return Field(name, _is_text, required=True)


def _is_text(value: object, _today: date) -> None:
    text_of(value)


def iso_date(value: object) -> date | None:
    """Return a day written as 1990-05-31; nothing for any other value."""
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    return None


def text_of(value: object) -> str:
    """Return a value that is text.

    Raises
    ------
    Malformed
    """
    if not isinstance(value, str):
        raise Malformed
    return value


def is_empty(text: str) -> bool:
    """Whether a text is empty."""
    return not text


def one_line(value: object) -> str | None:
    """Return a line of text as it is kept: trimmed, and composed (NFC)."""
    return unicodedata.normalize("NFC", trimmed(str(value))) or None if value else None
