"""The beginning of a file's header, and the separator that it uses.

Before the header there may be empty lines and a hint for the separator. A spreadsheet
that does not know the hint saves it in quotation marks, or followed by the separators of
empty cells.
"""

import re
from collections.abc import Iterator
from itertools import chain

from registration.domain.imports.columns import KnownColumns, delimiter_of, is_hint
from registration.domain.imports.csv_text import Decoder, Line
from registration.domain.invisible import INVISIBLE

_LONGEST = 16 * 1024
"""How many bytes are searched for the end of a header: a longer one is refused."""

_BLANK = f"[{re.escape(INVISIBLE)}]"
_NOTHING = re.compile(f'(?:{_BLANK}|[,;]|"{_BLANK}*+")*+')
_AROUND_A_HINT = INVISIBLE + ',;"'
_QUOTED = re.compile(r'"[^"]*+"')


def delimiter_and_rest(
    lines: Iterator[Line], decoder: Decoder, known: KnownColumns
) -> tuple[str, Iterator[Line]]:
    """Return the separator of a file, and its lines from the header on."""
    for line in lines:
        text = decoder.decode(line)
        if text is None or not _is_before_header(text):
            header, taken = _to_its_end(line, lines, decoder)
            return delimiter_of(_QUOTED.sub(_name, header), known), chain(taken, lines)
    return ",", lines


def _is_before_header(text: str) -> bool:
    return bool(_NOTHING.fullmatch(text)) or is_hint(text.strip(_AROUND_A_HINT))


def _to_its_end(first: Line, lines: Iterator[Line], decoder: Decoder) -> tuple[str, list[Line]]:
    """Return the text of the header, and its lines."""
    text, taken = _text(first, decoder), [first]
    while text.count('"') % 2 and len(text) < _LONGEST and (line := next(lines, None)):
        text += _text(line, decoder)
        taken.append(line)
    return text, taken


def _text(line: Line, decoder: Decoder) -> str:
    return decoder.decode(line) or decoder.salvage(line)


def _name(quoted: re.Match[str]) -> str:
    """Drop quoted text that contains a separator: no known column contains one."""
    return "" if re.search("[,;\t\r\n]", quoted[0]) else quoted[0]
