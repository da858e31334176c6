"""Escaping cells that a spreadsheet would run as formulas or turn into something else.

A spreadsheet that opens a CSV reads `0301` as a number, `1/2` as a date and `TRUE` as a truth
value, and saves what it then shows. A leading apostrophe makes each of them a text. Excel and
LibreOffice Calc keep and save it (in Calc: ``mbHandleApostrophe = false`` in
``sc/source/ui/docshell/impex.cxx``), and OWASP ASVS 5.0, 1.2.10, asks for it before formulas.
"""

import re

_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
# In the languages of Excel and Calc whose words are also names, and some more.
_TRUTH = (
    "true|false|wahr|falsch|vrai|faux|verdadero|verdadeiro|falso|vero|waar|onwaar|prawda|fałsz"
    "|sant|sann|sand|falskt?|usann|tosi|epätosi|pravda|nepravda|igaz|hamis|adevărat|fals"
    "|doğru|yanl\u0131ş|истина|ложь"
)
# Numbers and dates have many forms, in many languages. None holds one of these.
_NO_NUMBER = r"(?!.*(?:[=;|!\"@_*&<>?#]|--|(?<!e)\+|\$.*\$))"
_CONVERTED = rf"(?:\s*+(?:{_TRUTH})\s*+\Z|{_NO_NUMBER}.*\d)"


def _escaped(apostrophes: str) -> re.Pattern[str]:
    """Return a pattern for apostrophes, possibly none, before a text that needs them.

    That is at the beginning of a cell; and before a formula also inside it after any
    separator, because a program may split a comma-separated file at semicolons.
    """
    return re.compile(
        rf"^{apostrophes}(?='*+{_CONVERTED}|['\"]*+(?:[{_SIGNS}]|[\t\r\n].*\S))"
        rf"|(?<=[,;\t\r\n]){apostrophes}(?=['\"]*+[{_SIGNS}])",
        re.DOTALL | re.IGNORECASE,
    )


_TO_ESCAPE = _escaped("")
_ESCAPED = _escaped("'")
_ESCAPED_BY_ANYBODY = _escaped("'++")
_TEXT = re.compile(r'="([^"]*)"')
# Of a name: 't Hooft 2, 's-Gravesande 3, '24 Hours'
_OF_A_NAME = re.compile(rf"'*('(?:[a-z][ -]|[^'{_SIGNS}].*'\Z))", re.DOTALL | re.IGNORECASE)


def escape_formula(cell: str) -> str:
    """Return a cell with an apostrophe before what a spreadsheet would run or convert.

    A cell that looks escaped already gets one more, so that :func:`unescape_formula` restores
    every cell exactly, phone numbers with a ``+`` included.
    """
    return _TO_ESCAPE.sub("'", cell)


def unescape_formula(cell: str) -> str:
    """Undo :func:`escape_formula`."""
    return _ESCAPED.sub("", cell) if "'" in cell else cell


def as_meant(value: str) -> str:
    """Return a value without the protection against spreadsheets that exports add.

    Such apostrophes come from a report whose verdict was removed, or from another system.
    Exports write ``="0301"`` to keep a spreadsheet from reading a text as a number.
    """
    if named := _OF_A_NAME.match(value):
        return value[named.start(1) :]
    plain = _ESCAPED_BY_ANYBODY.sub("", value)
    text = _TEXT.fullmatch(plain)
    return text[1] if text else plain
