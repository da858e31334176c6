"""Escaping cells that a spreadsheet would run as formulas, and unescaping them."""

import re


def _before_formulas(apostrophes: str) -> re.Pattern[str]:
    """Return a pattern for apostrophes, possibly none, before a text that may run as a formula.

    That is at the beginning of a cell, and inside it after any separator: a program may
    split a comma-separated file at semicolons.
    """
    signs = r"=+\-@\uff1d\uff0b\uff0d\uff20"
    return re.compile(
        rf"^{apostrophes}(?=['\"]*[\t\r\n{signs}])"
        rf"|(?<=[,;\t\r\n]){apostrophes}(?=['\"]*[{signs}])"
    )


_TO_DEFUSE = _before_formulas("")
_DEFUSED = _before_formulas("'")
_DEFUSED_BY_ANYBODY = _before_formulas("'++")
_TEXT = re.compile(r'="([^"]*)"')


def escape_formula(cell: str) -> str:
    """Return a cell with an apostrophe before each formula, so that no spreadsheet runs it.

    A cell that looks escaped already gets one more, so that :func:`unescape_formula` restores
    every cell exactly, phone numbers with a ``+`` included.
    """
    return _TO_DEFUSE.sub("'", cell)


def unescape_formula(cell: str) -> str:
    """Undo :func:`escape_formula`."""
    return _DEFUSED.sub("", cell) if "'" in cell else cell


def as_meant(value: str) -> str:
    """Return a value without the protection against formulas that exports add.

    Apostrophes before formulas come from a report whose verdict was removed, or from another
    system: no name begins like that. Exports write ``="0301"`` to keep a spreadsheet from
    reading a text as a number.
    """
    plain = _DEFUSED_BY_ANYBODY.sub("", value)
    text = _TEXT.fullmatch(plain)
    return text[1] if text else plain
