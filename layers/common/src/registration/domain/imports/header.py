"""Where a file's header begins, and what stands between cells by it.

Before the header there may be lines that hold nothing, and a hint at the separator, as a
spreadsheet writes it or as one saves it again that does not know it: in quotation marks,
or with the separators of empty cells after it.
"""

import re
from collections.abc import Iterator
from itertools import chain

from registration.domain.imports.columns import delimiter_of, is_hint
from registration.domain.imports.csv_text import INVISIBLE, Decoder, Line

_LONGEST = 16 * 1024
"""How far the end of a header is looked for: a longer one is refused."""

_BLANK = f"[{re.escape(INVISIBLE)}]"
_NOTHING = re.compile(f'(?:{_BLANK}|[,;]|"{_BLANK}*+")*+')
_AROUND_A_HINT = INVISIBLE + ',;"'
_QUOTED = re.compile(r'"[^"]*+"')


def delimiter_and_rest(lines: Iterator[Line], decoder: Decoder) -> tuple[str, Iterator[Line]]:
    """Return what stands between a file's cells, and its lines from the header on."""
    for line in lines:
        text = decoder.decode(line)
        if text is None or not _is_before_header(text):
            header, taken = _to_its_end(line, lines, decoder)
            return delimiter_of(_QUOTED.sub(_name, header)), chain(taken, lines)
    return ",", lines


def _is_before_header(text: str) -> bool:
    return bool(_NOTHING.fullmatch(text)) or is_hint(text.strip(_AROUND_A_HINT))


def _to_its_end(first: Line, lines: Iterator[Line], decoder: Decoder) -> tuple[str, list[Line]]:
    """Return the header's text, and the lines that it has."""
    text, taken = _text(first, decoder), [first]
    while text.count('"') % 2 and len(text) < _LONGEST and (line := next(lines, None)):
        text += _text(line, decoder)
        taken.append(line)
    return text, taken


def _text(line: Line, decoder: Decoder) -> str:
    return decoder.decode(line) or decoder.salvage(line)


def _name(quoted: re.Match[str]) -> str:
    """Leave out what is quoted with a separator in it: no column that is known has one."""
    return "" if re.search("[,;\t\r\n]", quoted[0]) else quoted[0]
