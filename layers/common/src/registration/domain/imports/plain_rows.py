"""The pattern of plain rows, which nearly all rows of a file match.

A row that matches it has no flaw, and each of its values means itself. So one search settles what
the rules of :mod:`registration.domain.imports.rows` would find out value by value. The pattern
takes less than the rules do: a row that does not match is read by the rules. A test holds that
both read a plain row alike.
"""

import re
from collections.abc import Collection, Sequence

from registration.domain.profile import (
    LONGEST_COMPANY,
    LONGEST_NAME,
    LONGEST_PHONE,
    Gender,
    Salutation,
)

BETWEEN = "\0"
"""Stands between the cells of a row. No cell holds it: such a file is no text."""

_LATIN = "A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u017e"
_GREEK = "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"
_CYRILLIC = "\u0400-\u045f"
_LETTERS = f"{_LATIN}{_GREEK}{_CYRILLIC}"
# Each of them exists: in all years, so not the 29th of February.
_DAY = (
    "(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_HOUR = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"


def _line(characters: str, longest: int) -> str:
    """Return the pattern of a line of some characters, hyphens, and spaces within."""
    return f"(?! )[{characters} -]{{1,{longest}}}+(?<! )"


# What a workbook writes for a control character: see the columns.
_NOT_ESCAPED = f"(?![^{BETWEEN}]*_[xX]000)"
_PLAIN = {
    "reference": f"{_NOT_ESCAPED}[A-Za-z0-9_]{{1,16}}+--[A-Za-z0-9_-]{{1,46}}+",
    "locale": "[a-z]{2}_[A-Z]{2}",
    "phone": _line("+0-9()/", LONGEST_PHONE),
    # Of all that looks like an address, whether mail can be sent there is still to be told.
    "email": rf"{_NOT_ESCAPED}[A-Za-z0-9_+.-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++",
    "salutation": "|".join(Salutation),
    "first_name": _line(f"{_LETTERS}.\u2019", LONGEST_NAME),
    "last_name": _line(f"{_LETTERS}.\u2019", LONGEST_NAME),
    "company": _line(f'{_LETTERS}0-9.,;&()"\u2019/+', LONGEST_COMPANY),
    "gender": "|".join(Gender),
    "date_of_birth": _DAY,
    "password": r"\$2[aby]\$(?:0[4-9]|1[0-2])\$[./A-Za-z0-9]{53}",
    "registered": f"{_DAY}(?:[T ]{_HOUR})?",
}


def pattern_of(columns: Sequence[str | None], required: Collection[str]) -> re.Pattern[str] | None:
    """Return the pattern of a file's plain rows, with a group for each known column.

    Parameters
    ----------
    columns
        The domain's name for each column of the file; None for a column that is ignored.
    required
        The columns that hold a value in each row.

    Returns
    -------
    Pattern or None
        None if a required column is missing, or one is there twice: no row is plain.
    """
    known = [name for name in columns if name]
    if len({*known}) < len(known) or not {*required} <= {*known}:
        return None
    cells = (_group(name, required) if name else f"[^{BETWEEN}]*+" for name in columns)
    return re.compile(BETWEEN.join(cells))


def _group(name: str, required: Collection[str]) -> str:
    return f"(?P<{name}>{_PLAIN[name]}{'' if name in required else '|'})"
