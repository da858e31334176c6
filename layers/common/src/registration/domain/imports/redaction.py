"""Plain passwords in rejected rows: a report shows none, wherever in its row one may stand.

The cells of a row whose hash is in it are shown as they are. In any other row, the column of
the password is not the only one to hide: separators too many or too few, and a header in the
wrong order, move the password elsewhere.
"""

import re
from collections.abc import Mapping
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property

from registration.domain.fields.own import Kind
from registration.domain.imports.columns import COLUMNS, FLAW_MARKS, Columns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.formulas import as_meant
from registration.domain.imports.own_columns import OwnColumn
from registration.domain.imports.rows import REMOVED, stands_for_nothing, takes
from registration.domain.invisible import INVISIBLE, trimmed
from registration.domain.passwords import bcrypt_cost
from registration.frozen import dataclass

_CHOICE = re.compile(r"([^\W\d]|[ .,/'()-]){,20}")
_DAY = re.compile(
    r"\d{1,6}|(?:19|20)\d{6}|(?!\d+\Z)[\W\d_]+|\d{1,4}[ .-]+[^\W\d_]{3,9}[ .,-]+\d{2,4}"
)
_NEARLY = {
    "customer_reference": re.compile(r"[^a-z]*|\w+-+\d+"),
    "email": re.compile(r".*@.*|\S+\.[a-z]+", re.DOTALL),
    **dict.fromkeys(("salutation", "gender", "locale_name"), _CHOICE),
    **dict.fromkeys(("date_of_birth", "registered"), _DAY),
}
"""What stands in these columns by an ordinary mistake."""

_A_TICK = re.compile(r"[^\W\d_]{,5}")
# More of them may be a password.
_FEW_DIGITS = re.compile(r"(?:[\W_]*\d){,6}[\W_]*")
# People mistype few characters of a VAT number.
_ALIKE = 0.8
_PASSWORDS = ("Geheim", "change123", "CHANGE123", "Sommer2026!", "12345678")
"""A text whose pattern takes one of these may be a password."""

# In a column that takes any text.
_LIKE_A_PASSWORD = re.compile(r"(?=.*[^\W\d_])(?=.*[\d!$%^*#=~|<>{}\[\]\\])(?!\d[\d.,]*E)\S{6,}")
_SHORTEST = 2
_UNMISTAKABLE = ("email", "salutation", "gender", "locale_name", "customer_reference")
"""The columns whose values are hardly ever a password, wherever they stand."""


def without_passwords(record: Record, columns: Columns, today: date) -> list[str]:
    """Return the sender's own cells, without those that may hold a plain password.

    Marks remain by which an uncorrected cell is recognised.
    """
    cells = list(columns.own_cells(record.cells))
    shift = len(record.cells) - len(columns.names)
    names = tuple(trimmed(name).lower() for name in columns.own) + ("",) * shift
    values = tuple(as_meant(trimmed(cell)).strip(f"{INVISIBLE}',;") for cell in cells)
    row = _Row(names, values, columns.passwords, shift, today, columns.of_shop)
    for at in row.suspects:
        marks = (mark for mark in FLAW_MARKS if mark in cells[at])
        cells[at] = "".join([REMOVED, *marks])
    return cells


@dataclass(frozen=True)
class _Row:
    """A rejected row; ``shift`` is the number of cells that it has more than the header."""

    names: tuple[str, ...]
    values: tuple[str, ...]
    passwords: tuple[int, ...]
    shift: int
    today: date
    of_shop: Mapping[int, OwnColumn]

    @property
    def suspects(self) -> list[int]:
        """The cells that may hold a plain password."""
        if sum(map(_is_hash, self.values)) >= len(self.passwords):
            return []
        return [at for at, value in enumerate(self.values) if value and self._is_suspect(at)]

    def _is_suspect(self, at: int) -> bool:
        if at in self.passwords:
            return not _is_hash(self.values[at])
        if self._is_right(at):
            return False
        return self._is_in_doubt or self._may_be_moved_to(at) or not self._is_mistake(at)

    def _is_right(self, at: int) -> bool:
        value, own = self.values[at], self.of_shop.get(at)
        if own and _is_strict(own) and own.takes(value, self.today):
            few = not own.is_number or _FEW_DIGITS.fullmatch(value)
            return bool(few) or not self._may_be_displaced
        return (
            _is_hash(value)
            or takes(self.names[at], value, self.today)
            or self._is_unmistakable(value)
        )

    def _is_mistake(self, at: int) -> bool:
        """Whether what its column does not take is likely a mistake, and no password."""
        name, value, own = self.names[at], self.values[at], self.of_shop.get(at)
        if name in _NEARLY:
            return self._is_nearly(at)
        if own and _is_strict(own):
            return _is_own_mistake(own, value)
        is_told = not (own or name in COLUMNS or self._may_be_displaced)
        return is_told or _LIKE_A_PASSWORD.fullmatch(value) is None

    def _may_be_moved_to(self, at: int) -> bool:
        """Whether a password stands here if few separators are missing or too many, or both.

        Whatever stands beyond the header may have been a part of one.
        """
        reach = 2 * abs(self.shift)
        return not self.names[at] or any(abs(at - place) <= reach for place in self.passwords)

    @cached_property
    def _is_in_doubt(self) -> bool:
        """Whether no cell can be trusted to be what its column says."""
        places = [at for at, name in enumerate(self.names[: len(self.values)]) if name in _NEARLY]
        if not self.shift:
            displaced = any(map(self._is_unmistakable, self._plain))
            return displaced or not all(map(self._is_nearly, places))
        emails = [at for at in places if self.names[at] == "email" and self.values[at]]
        return not emails or not self._is_nearly(emails[0])

    @property
    def _may_be_displaced(self) -> bool:
        return bool(self.shift or self._plain)

    @cached_property
    def _plain(self) -> list[str]:
        found = [self.values[at] for at in self.passwords if at < len(self.values)]
        return [value for value in found if value and not _is_hash(value)]

    def _is_nearly(self, at: int) -> bool:
        name, value = self.names[at], self.values[at]
        return (
            len(value) < _SHORTEST
            or _NEARLY[name].fullmatch(value) is not None
            or takes(name, value, self.today)
            or stands_for_nothing(value)
        )

    def _is_unmistakable(self, value: str) -> bool:
        return any(takes(column, value, self.today) for column in _UNMISTAKABLE)


def _is_hash(value: str) -> bool:
    return bcrypt_cost(value) is not None


def _is_strict(own: OwnColumn) -> bool:
    """Whether a column of the shop's own takes hardly any password."""
    if pattern := own.field.pattern:
        return not any(map(pattern.fullmatch, _PASSWORDS))
    return not own.is_free


def _is_own_mistake(own: OwnColumn, value: str) -> bool:
    """Whether a value that a strict column does not take is likely a mistake, and no password."""
    if len(value) < _SHORTEST or stands_for_nothing(value):
        return True
    field = own.field
    if field.kind is Kind.TEXT:
        return _alike(_form(value), _form(str(field.example)))
    if field.kind is Kind.CHOICE:
        texts = (text for name, by in field.options.items() for text in (name, *by.values()))
        return any(_alike(value.lower(), text.lower()) for text in texts)
    nearly = {Kind.DATE: _DAY, Kind.NUMBER: _FEW_DIGITS}.get(field.kind, _A_TICK)
    return nearly.fullmatch(value) is not None


def _form(text: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", text))


def _alike(one: str, other: str) -> bool:
    compared = SequenceMatcher(None, one, other, autojunk=False)
    return compared.real_quick_ratio() >= _ALIKE and compared.ratio() >= _ALIKE
