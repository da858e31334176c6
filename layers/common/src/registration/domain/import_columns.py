"""The columns of an import: what the header has to name, and cells by the domain's names."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from registration.domain.csv_records import Record
from registration.domain.imports import FileRefused

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
"""Each column of a file, and the domain's name for it."""

MANDATORY = ("customer_reference", "email", "salutation", "first_name", "last_name", "gender")

VERDICT = ("line", "column", "reason")
"""The columns that a report of failed rows has after the sender's own."""

DELIMITERS = (",", ";", "\t")

_LONGEST_HEADER = 16 * 1024
_RUNS_AS_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_DELIMITER_HINT = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)


def defuse(cell: str) -> str:
    """Return a cell so that a spreadsheet does not run it: with an apostrophe before it.

    What already looks defused gets one more, so that :func:`arm` gives back each cell
    exactly as it was: phone numbers with a ``+``, too.
    """
    return f"'{cell}" if _RUNS_AS_FORMULA.match(cell) else cell


def arm(cell: str) -> str:
    """Take back what :func:`defuse` did."""
    return cell[1:] if cell.startswith("'") and _RUNS_AS_FORMULA.match(cell) else cell


def delimiter_hint(line: str) -> str | None:
    """Return the separator that a line ``sep=;`` before the header announces."""
    hint = _DELIMITER_HINT.fullmatch(line)
    return hint[1] if hint else None


def delimiter_of(header: str) -> str:
    """Return the separator by which a header names the most columns that are known here."""
    return max(DELIMITERS, key=lambda mark: sum(map(_is_known, header.split(mark))))


@dataclass(frozen=True)
class Columns:
    """The columns that a file has, in its order, as the sender typed them."""

    names: tuple[str, ...]

    @cached_property
    def has_verdict(self) -> bool:
        """Whether the file is a report of failed rows that was dropped again."""
        return tuple(map(_plain, self.names[-len(VERDICT) :])) == VERDICT

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The sender's own columns."""
        return self.names[: self._own_count]

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The columns that are ignored."""
        return tuple(name.strip() for name in self.own if name.strip() and not _is_known(name))

    def values(self, cells: Sequence[str]) -> dict[str, object]:
        """Return a row's values by the domain's names, without spaces around them."""
        own = self.own_cells(cells)
        return {name: own[at].strip() for name, at in self._positions}

    def own_cells(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells of the sender's own columns, as the sender wrote them."""
        if not self.has_verdict:
            return cells
        # Of a row with too many cells, too, the last ones are the verdict's.
        count = max(self._own_count, len(cells) - len(VERDICT))
        return [arm(cell) for cell in cells[:count]]

    @cached_property
    def _own_count(self) -> int:
        return len(self.names) - (len(VERDICT) if self.has_verdict else 0)

    @cached_property
    def _positions(self) -> tuple[tuple[str, int], ...]:
        known = ((COLUMNS.get(_plain(name)), at) for at, name in enumerate(self.own))
        return tuple((name, at) for name, at in known if name)


def read_columns(header: Record | None) -> Columns:
    """Return the columns that a file's first record names.

    Raises
    ------
    FileRefused
        It is no header, or one that rows cannot be read by.
    """
    if header is None:
        raise FileRefused("The file is empty.")
    if header.flaw:
        raise FileRefused(f"The header cannot be read. {header.flaw}")
    if header.end - header.start > _LONGEST_HEADER:
        raise FileRefused("The header is longer than 16 KiB. Remove columns.")
    columns = Columns(tuple(header.cells))
    _check(Counter(map(_plain, columns.own)))
    return columns


def _check(names: Mapping[str, int]) -> None:
    missing = [name for name in MANDATORY if name not in names]
    if not any(name in names for name in COLUMNS):
        raise FileRefused(
            "The file has no header. Its first line has to name the columns: "
            f"{', '.join(MANDATORY)}, and others if you like."
        )
    if missing:
        raise FileRefused(f"The header lacks {_listed(missing)}. Add what is missing.")
    if doubled := [name for name in COLUMNS if names.get(name, 0) > 1]:
        raise FileRefused(f"The header names {_listed(doubled)} twice. Remove one of each.")


def _listed(names: Sequence[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _is_known(name: str) -> bool:
    return _plain(name) in COLUMNS


def _plain(name: str) -> str:
    return name.strip(' \t\r\n\u00a0"').lower()
