"""Cells that a spreadsheet would run as formulas: made harmless, and made as they were."""

import re


def _before_formulas(apostrophes: str) -> re.Pattern[str]:
    """Return a pattern of apostrophes, or of none, where what follows may run as a formula.

    That is at a cell's beginning, and within it after what separates cells elsewhere: a
    file of commas may be opened by a program that splits it at semicolons.
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
    """Return a cell so that no spreadsheet runs it: with an apostrophe before each formula.

    What already looks defused gets one more, so that :func:`unescape_formula` gives back each cell
    exactly as it was: phone numbers with a ``+``, too.
    """
    return _TO_DEFUSE.sub("'", cell)


def unescape_formula(cell: str) -> str:
    """Take back what :func:`escape_formula` did."""
    return _DEFUSED.sub("", cell) if "'" in cell else cell


def as_meant(value: str) -> str:
    """Return what is meant by a value of any file.

    Apostrophes before formulas are of a report whose verdict was removed, or another
    system's: nobody is called so. And ``="0301"`` is how exports keep a spreadsheet from
    taking a text for a number.
    """
    plain = _DEFUSED_BY_ANYBODY.sub("", value)
    text = _TEXT.fullmatch(plain)
    return text[1] if text else plain
