"""A model of a spreadsheet that opens a CSV by a double click, and saves it as a CSV again.

It reads each cell as Excel and LibreOffice Calc do in the format "General", in all languages
at once: as a number, a fraction, a date, a time, a truth value or a formula. Then it
writes what it shows. A leading apostrophe makes a cell a text. Both programs keep that
apostrophe when they open a CSV (in Calc: ``mbHandleApostrophe = false`` in
``sc/source/ui/docshell/impex.cxx``); others take it for the mark of a text and drop it.
"""

import csv
import io
import re

_BLANKS = " \t\u00a0\u202f"
_MONTHS = (
    "jan|january|januar|feb|mar|march|mär|märz|apr|april|may|mai|jun|juni|jul|juli|aug|sep|sept"
    "|oct|okt|nov|dec|dez|déc|ene|janv|juin"
)
_TRUTH = re.compile(
    "true|false|wahr|falsch|vrai|faux|verdadero|falso|vero|waar|onwaar|prawda|fałsz|sant|falskt"
    "|истина|ложь|doğru|yanl\u0131ş",
    re.IGNORECASE,
)
_MONEY = "[$€£¥]?"
_TIME = r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?( ?[ap]m?)?"
_SHOWN = (
    (rf"[(]?[+-]?{_MONEY} ?[+-]?\d+([.,' ]\d+)*[.,]?[)]?", "number"),
    (rf"[+-]?\d+([.,' ]\d+)*[.,]? ?{_MONEY}", "number"),
    (r"[+-]?[.,]\d+", "number"),
    (r"[+-]?\d+([.,]\d*)?e[+-]?\d+", "1E+05"),
    (r"[+-]?[\d.,]+ ?%|%\d+", "5%"),
    (r"(\d+ )?\d+/\d+", "01-Feb"),
    (
        rf"\d{{1,4}}[./ -]\d{{1,2}}([./ -]\d{{1,4}}\.?)?([T ]{_TIME})?(Z|[+-]\d\d:?\d\d)?",
        "01/02/2019",
    ),
    (rf"(\d{{1,2}}[. -]+)?({_MONTHS})[. -]*\d{{1,4}}(,? \d{{2,4}})?( {_TIME})?", "Jan-01"),
    (rf"\d{{1,2}}[. -]*({_MONTHS})\.?([ -]\d{{2,4}})?", "01-Jan"),
    (r"\d{4}年\d{1,2}月(\d{1,2}日)?|[RHSTM令]和?\d{1,2}[./年]\d{1,2}[./月]\d{1,2}日?", "2020/1/1"),
    (_TIME, "00:00"),
)


def opened_and_saved(
    report: bytes, *, keeps_apostrophes: bool = True, delimiter: str = ","
) -> bytes:
    """Return a report after a spreadsheet's round trip."""
    rows = csv.reader(io.StringIO(report.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(
        [_shown(cell, keeps_apostrophes) for cell in row] for row in rows
    )
    return text.getvalue().encode("utf-8-sig")


def _shown(cell: str, keeps_apostrophes: bool) -> str:
    if cell.startswith("'"):
        return cell if keeps_apostrophes else cell[1:]
    text = cell.strip(_BLANKS)
    if _TRUTH.fullmatch(text):
        return text.upper()
    for pattern, shown in _SHOWN:
        if re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL):
            return _number(text) if shown == "number" else shown
    return "#NAME?" if re.match("[=+@-].", cell, re.DOTALL) else cell


def _number(text: str) -> str:
    digits = re.sub(r"\D", "", text).lstrip("0") or "0"
    sign = "-" if set("(-") & set(text) else ""
    return sign + (digits if len(digits) <= 11 else f"{float(digits):.5E}")
