"""The columns of an import: the header, and cells under the domain's names.

A report of failed rows that is dropped again has three more columns, its verdict. They
identify it as a report, and then the escaping of its formulas is undone.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from registration.domain.fields.asked import STANDARD, AskedFields
from registration.domain.fields.own import Kind
from registration.domain.fields.rules import Field
from registration.domain.imports.code_pages import looks_garbled
from registration.domain.imports.csv_records import (
    CELL_COUNT,
    LONGEST_FIELD,
    MAY_BE_GARBLED,
    NEVER_CLOSED,
    NOT_DECODABLE,
    STRAY_QUOTE,
    Record,
    last_filled,
)
from registration.domain.imports.formulas import as_meant, unescape_formula
from registration.domain.imports.jobs import FileRefused
from registration.domain.imports.own_columns import OwnColumn
from registration.domain.imports.plain_rows import BETWEEN, pattern_of
from registration.domain.invisible import INVISIBLE, trimmed
from registration.domain.profile import EMAIL
from registration.frozen import dataclass

COLUMNS = {
    "customer_reference": "reference",
    "locale_name": "locale",
    "phone": "phone",
    "email": "email",
    "salutation": "salutation",
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "gender": "gender",
    "date_of_birth": "date_of_birth",
    "password": "password",
    "registered": "registered",
}
"""The columns of a file, and the domain's name for each, if a shop asks what all shops may."""

VERDICT = ("line", "column", "reason")
"""The columns that a report of failed rows adds after the sender's own."""

DELIMITERS = (",", ";", "\t")

_AROUND_A_NAME = INVISIBLE + "\"'=*\u201c\u201d\u201e\u2018\u2019\u201a\xab\xbb"

_LONGEST_HEADER = 16 * 1024
_HINT = re.compile(r"sep=.?\s*", re.IGNORECASE)
_OTHER_FORMATS = (
    (re.compile(r"\{\\rtf"), "a text document (RTF)"),
    (re.compile(r'[{\[]\s*([{\["\d}\]-]|$)'), "JSON"),
    (re.compile("<"), "a web page or XML"),
)

IF_RIGHT = " If the row is right as it stands here, empty this cell."
_MARKS = {
    STRAY_QUOTE + IF_RIGHT: '"',
    NEVER_CLOSED + IF_RIGHT: '"',
    NOT_DECODABLE: "\ufffd",
}
"""Reasons, and the mark that a cell contains as long as it is not corrected."""

# A control character as workbooks write it: ECMA-376, part 1, 22.9.2.19 (ST_Xstring).
_ESCAPED = re.compile("_x(000[9AD])_", re.IGNORECASE)
# No such value has an apostrophe around it; spreadsheets mark numbers that are texts with one.
_UNQUOTED = frozenset({"reference", "phone", "email", "date_of_birth", "password", "registered"})
_REQUIRED = ("reference", EMAIL.name)
# Of the columns that hold passwords, in some languages, also those that are not imported.
_PASSWORD = re.compile("pass(?!port)|pw|kennwort|wachtwoord|contrase|parol|senha|has[lł]o|heslo")

FLAW_MARKS = tuple(dict.fromkeys(_MARKS.values()))

# Any way in which a spreadsheet writes it: 1.002, 2.0
_NUMBER = re.compile(r"[\d.,' ]*")

_COUNT_FLAW = re.compile(
    re.escape(CELL_COUNT + IF_RIGHT)
    .replace(re.escape("{count}"), r"(\d{1,6})")
    .replace(re.escape("{width}"), r"(\d{1,6})")
    .replace(re.escape(" cells where"), " cells? where")
)


@dataclass(frozen=True)
class KnownColumns:
    """The columns that the import of a shop knows: those of the fields that it asks there.

    ``default_locale`` is the language of customers whose row names none.
    """

    asked: AskedFields
    default_locale: str

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The columns, and the domain's name for each."""
        not_asked = {*STANDARD} - self.asked.ask.keys()
        standard = {column: name for column, name in COLUMNS.items() if name not in not_asked}
        return standard | {name: name for name in self.own}

    @cached_property
    def mandatory(self) -> tuple[str, ...]:
        """The columns without which a file is refused; of the reference, cells may be empty."""
        wanted = {*_REQUIRED, *self.required}
        return tuple(column for column, name in self.names.items() if name in wanted)

    @cached_property
    def required(self) -> frozenset[str]:
        """The domain's names of the columns whose cells hold a value."""
        return frozenset(field.name for field in self.fields if field.required)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The rules of the customer's fields."""
        return (EMAIL, *self.asked.fields)

    @cached_property
    def own(self) -> Mapping[str, OwnColumn]:
        """The columns of the shop's own fields."""
        return {each.name: OwnColumn(each) for each in self.asked.own}

    @cached_property
    def free(self) -> frozenset[str]:
        """The shop's own columns that take any text."""
        return frozenset(name for name, column in self.own.items() if column.is_free)

    @cached_property
    def unquoted(self) -> frozenset[str]:
        """The domain's names of the columns without apostrophes around values."""
        kinds = (Kind.TEXT, Kind.CHOICE)
        return _UNQUOTED.union(each.name for each in self.asked.own if each.kind not in kinds)

    def knows(self, name: str) -> bool:
        """Whether a column of this name, as a sender typed it, is imported."""
        return _plain(name) in self.names


def fitted(cells: Sequence[str], width: int, delimiter: str) -> list[str]:
    """Return as many cells as the header has; the last one takes any surplus."""
    if len(cells) > width:
        return [*cells[: width - 1], delimiter.join(cells[width - 1 :])]
    return [*cells, *[""] * (width - len(cells))]


def is_hint(line: str) -> bool:
    """Whether a line before the header is a hint for spreadsheets, such as ``sep=;``."""
    return _HINT.fullmatch(trimmed(line)) is not None


def delimiter_of(header: str, known: KnownColumns) -> str:
    """Return the separator with which a header has the most known columns, or the most columns."""
    marks = sorted(DELIMITERS, key=header.count, reverse=True)
    return max(marks, key=lambda mark: sum(map(known.knows, header.split(mark))))


class RowFlaw(NamedTuple):
    """The reason why a row cannot be split into cells, and the column to look at."""

    column: str
    reason: str


@dataclass(frozen=True)
class Columns:
    """The columns of a file, in its order, as the sender typed them."""

    names: tuple[str, ...]
    known: KnownColumns

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The sender's own columns."""
        return tuple(self.own_cells(self.names))

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The columns that are ignored."""
        names = filter(trimmed, self.own)
        return tuple(trimmed(name) for name in names if not self.known.knows(name))

    @cached_property
    def passwords(self) -> tuple[int, ...]:
        """The positions of passwords among the sender's own columns."""
        return tuple(at for at, name in enumerate(self.own) if _PASSWORD.search(_plain(name)))

    @cached_property
    def of_shop(self) -> Mapping[int, OwnColumn]:
        """The columns of the shop's own fields, by their positions among the sender's own."""
        columns = ((at, self.known.own.get(_plain(name))) for at, name in enumerate(self.own))
        return {at: column for at, column in columns if column}

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """Return a row's values under the domain's names, without surrounding spaces."""
        own = self.own_cells(cells)
        values = {name: own[at].strip(INVISIBLE) for name, at in self._positions}
        together = "".join(own)
        if "'" in together or '="' in together or "_x00" in together:
            for name, value in values.items():
                text = _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), as_meant(value))
                values[name] = text.strip(INVISIBLE + "'" * (name in self.known.unquoted))
        return values

    def plain_values(self, cells: Sequence[str]) -> dict[str, str] | None:
        """Return what :meth:`values` does of a plain row; nothing of any other row."""
        found = self._plain_rows.fullmatch(BETWEEN.join(cells)) if self._plain_rows else None
        return found.groupdict() if found else None

    def own_cells(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells of the sender's own columns, as the sender wrote them."""
        if not self._verdict:
            return cells
        # In a row with too many cells, the last ones still belong to the verdict.
        surplus = max(len(cells) - len(self.names), 0) if self._ends_with_verdict else 0
        left_out = {at + surplus for at in self._verdict.values()}
        return [unescape_formula(cell) for at, cell in enumerate(cells) if at not in left_out]

    def flaw_of(self, record: Record) -> RowFlaw | None:
        """Return why a record cannot be split into cells, or could not and was not corrected.

        Raises
        ------
        FileRefused
            A cell is too long.
        """
        if record.end - record.start > LONGEST_FIELD:
            self._refuse_long_cells(record)
        if not record.flaw or self._lacks_verdict_only(record):
            return self._flaw_left(record.cells) if "reason" in self._verdict_names else None
        own = self._own_names
        at = record.at if record.at < len(self.names) else len(self.names) - 1
        column = trimmed(self.names[at]) if at not in self._verdict.values() else own[-1]
        reason = record.flaw
        if reason != NOT_DECODABLE:
            reason += IF_RIGHT
        return RowFlaw(column, reason)

    def is_confirmed(self, cells: Sequence[str]) -> bool:
        """Whether a row of a report is right as it stands: its reason was emptied."""
        return bool(self._verdict) and not self._said(cells)[2]

    def _refuse_long_cells(self, record: Record) -> None:
        # As in a report, but without the characters that it adds: reading allows for those.
        cells = fitted(self.own_cells(record.cells), len(self.own), ",")
        if max(map(len, cells)) > LONGEST_FIELD:
            raise FileRefused(
                f"Line {record.line} has a cell of more than 64 KiB. Remove or shorten it."
            )

    def _flaw_left(self, cells: Sequence[str]) -> RowFlaw | None:
        # A report is valid CSV, whatever its rows were, so splitting it into cells proves
        # nothing: look for the original flaw where it was. The reason is known by its text,
        # even if another column of the verdict was deleted.
        _, column, reason = self._said(cells)
        names, left = self._beside_verdict(self.names), self._beside_verdict(cells)
        names = [trimmed(name) for name in names]
        if mark := _MARKS.get(reason):
            marked = [name for name, cell in zip(names, left, strict=True) if mark in cell]
            if column in names:
                marked = [name for name in marked if name == column]
            return RowFlaw(marked[0], reason) if marked else None
        if reason == MAY_BE_GARBLED + IF_RIGHT:
            odd = [name for name, cell in zip(names, left, strict=True) if looks_garbled(cell)]
            return RowFlaw(odd[0], reason) if odd else None
        if counted := _COUNT_FLAW.fullmatch(reason):
            surplus = int(counted[1]) - int(counted[2])
            if surplus > 0:
                is_left = max(map(left[-1].count, DELIMITERS)) >= surplus
                column = column if column in names else names[-1]
            else:
                is_left = names[last_filled(left)] == column
            return RowFlaw(column, reason) if is_left else None
        return None

    def _beside_verdict(self, cells: Sequence[str]) -> list[str]:
        places = set(self._verdict_names.values())
        return [unescape_formula(cell) for at, cell in enumerate(cells) if at not in places]

    def _lacks_verdict_only(self, record: Record) -> bool:
        """Whether a row lacks only cells of the verdict at its end.

        Excel omits them once they are empty in sixteen rows. If a cell before them is missing,
        the verdict is not in its place.
        """
        missing = range(len(record.cells), len(self.names))
        is_counted = _COUNT_FLAW.fullmatch(f"{record.flaw}{IF_RIGHT}") is not None
        if not missing or not is_counted or not set(missing) <= set(self._verdict.values()):
            return False
        line, column, _ = self._said(record.cells)
        return _NUMBER.fullmatch(line) is not None and (not column or column in self._own_names)

    def _said(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Return the verdict in a row's cells; missing parts are empty."""
        places = (self._verdict_names.get(name, len(cells)) for name in VERDICT)
        return tuple(
            trimmed(unescape_formula(cells[at])) if at < len(cells) else "" for at in places
        )

    @cached_property
    def _own_names(self) -> tuple[str, ...]:
        return tuple(map(trimmed, self.own))

    @cached_property
    def _verdict(self) -> Mapping[str, int]:
        """The positions of the verdict. If a column is missing, the others may be the sender's."""
        return self._verdict_names if len(self._verdict_names) == len(VERDICT) else {}

    @cached_property
    def _verdict_names(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(map(_plain, self.names)) if name in VERDICT}

    @cached_property
    def _ends_with_verdict(self) -> bool:
        return min(self._verdict.values()) >= len(self.names) - len(self._verdict)

    @cached_property
    def _plain_rows(self) -> re.Pattern[str] | None:
        # A report's cells may be escaped, and the shop's own fields have rules of their own.
        if self._verdict_names or self.known.own:
            return None
        columns = [self.known.names.get(_plain(name)) for name in self.names]
        return pattern_of(columns, self.known.required)

    @cached_property
    def _positions(self) -> tuple[tuple[str, int], ...]:
        known = ((self.known.names.get(_plain(name)), at) for at, name in enumerate(self.own))
        return tuple((name, at) for name, at in known if name)


def read_columns(header: Record | None, known: KnownColumns) -> Columns:
    """Return the columns named in a file's first record.

    Raises
    ------
    FileRefused
        The record is no header, or a header with which rows cannot be read.
    """
    if header is None:
        raise FileRefused("The file is empty.")
    columns = Columns(tuple(header.cells), known)
    if len(",".join(columns.own)) > _LONGEST_HEADER:
        raise FileRefused("The header is longer than 16,384 characters. Remove columns.")
    names = Counter(map(_plain, columns.own))
    missing = [name for name in known.mandatory if name not in names]
    alike = _alike(missing, columns)
    if not any(alike.values()) and not any(name in names for name in known.names):
        raise FileRefused(_no_header(header.cells, known))
    if header.flaw:
        raise FileRefused(f"The header cannot be read. {header.flaw}")
    if missing:
        raise FileRefused(f"The header lacks {_listed(missing)}. {_how_to_add(alike)}")
    if doubled := [name for name in known.names if names[name] > 1]:
        raise FileRefused(f"The header names {_listed(doubled)} twice. Remove one of each.")
    return columns


def _no_header(cells: Sequence[str], known: KnownColumns) -> str:
    text = trimmed(" ".join(cells))
    for beginning, other in _OTHER_FORMATS:
        if beginning.match(text):
            return f"The file is {other}, not a CSV. Export the table as a CSV and drop that."
    if len(cells) == 1 and any(mark in text for mark in DELIMITERS):
        return "Each line is one cell. Remove the quotation marks around the lines."
    if set(re.findall(r"\w+", text.lower())) & known.names.keys():
        return (
            "The columns cannot be told apart: between them stands neither a comma nor a"
            " semicolon nor a tab. Save the file with one of those as the separator."
        )
    return (
        "The file has no header. Its first line has to name the columns: "
        f"{', '.join(known.mandatory)}, and others if you like."
    )


def _alike(missing: Sequence[str], columns: Columns) -> Mapping[str, str]:
    """Return the sender's column of a similar name, or nothing, for each missing one."""
    names = columns.unknown if len(columns.names) > 1 else ()
    own = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in names}
    return {
        name: next((own[end] for end in own if end.endswith(name.replace("_", ""))), "")
        for name in missing
    }


def _how_to_add(alike: Mapping[str, str]) -> str:
    """Return advice on missing columns: rename those with a similar name, add the rest."""
    advice = [f"Rename “{other}” to {name}." for name, other in alike.items() if other]
    return " ".join([*advice, *["Add what is missing."] * (not all(alike.values()))])


def _listed(names: Sequence[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _plain(name: str) -> str:
    return name.strip(_AROUND_A_NAME).lower()
