"""A file's bytes as lines of text: what the file is, how it is encoded, where its lines end.

Line ends are LF, CRLF or CR, as spreadsheets write them. Nothing here holds more of a
file than a block and a line, and every line knows its number and its first byte, so
that a range of bytes can be read by itself later.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from registration.domain.imports.jobs import FileRefused

SAMPLE_BYTES = 64 * 1024
"""How much of a file's beginning tells what it is, and how much of it from its first byte
beyond ASCII on how it is encoded."""

LONGEST_LINE = 1024 * 1024

_UTF_16 = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
_ENDS_16 = {
    "utf-16-le": re.compile(rb"\r\x00\n\x00|\r\x00|\n\x00"),
    "utf-16-be": re.compile(rb"\x00\r\x00\n|\x00\r|\x00\n"),
}
_LATIN_HALF = {"utf-16-le": 1, "utf-16-be": 0}
"""Which byte of a Latin letter is a NUL."""

_ASCII = bytes(range(128))
_MARKED = re.compile(rb"(?<![\x80-\xff])[\xc6-\xdf][\x85\x91-\x97\x99\xa9\xae\xbb](?![\x80-\xff])")
_SAVE = "Save it as “CSV UTF-8” and drop that."
_EXPORT = "Export the table as a CSV and drop that."
_UNPACK = "Unpack it and drop the CSV that is in it."
_NO_TEXT = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls)", _SAVE),
    (b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (b"\x1f\x8b", "compressed (gzip)", _UNPACK),
    (b"BZh", "compressed (bzip2)", _UNPACK),
    (b"\xfd7zXZ", "compressed (xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", _UNPACK),
    (b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF", _EXPORT),
    (b"\x89PNG", "a picture", _EXPORT),
    (b"\xff\xd8\xff", "a picture", _EXPORT),
    (b"\xff\xfe\x00\x00", "encoded as UTF-32", _SAVE),
    (b"\x00\x00\xfe\xff", "encoded as UTF-32", _SAVE),
)
_ZIP = b"PK\x03\x04"
# Workbooks are ZIP archives, known by the names in them.
_ZIPPED = (
    (b"xl/", "an Excel workbook (xlsx)", _SAVE),
    (b"[Content_Types].xml", "an Excel workbook (xlsx) or a document", _SAVE),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (ods)", _SAVE),
    (b"Index/", "an Apple Numbers spreadsheet", _SAVE),
    (b"", "a ZIP archive", _UNPACK),
)
INVISIBLE = (
    "".join(map(chr, filter(lambda code: chr(code).isspace(), range(0x3001))))
    # What an old DOS file ends with, and what copying text brings along: marks of the
    # byte order, of the direction, of places to break a word at, and blanks. No joiner: it
    # ends words of Malayalam.
    + "\x1a\u00ad\u061c\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062"
    + "\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3164\ufeff"
)


def trimmed(cell: str) -> str:
    """Return a cell without spaces, and what cannot be seen either, at its ends."""
    return cell.strip(INVISIBLE)


class Line(NamedTuple):
    """A physical line: its number, the offset of its first byte, its bytes with the line end."""

    number: int
    start: int
    raw: bytes


@dataclass(frozen=True)
class Opening:
    """What a file's first bytes say. Without a mark, ``encoding`` is None: its lines tell."""

    encoding: str | None
    bom_bytes: int


def look_at(sample: bytes) -> Opening:
    """Return how a file begins, by its first bytes.

    Raises
    ------
    FileRefused
        The file is empty, or something else than text.
    """
    if not sample:
        raise FileRefused("The file is empty.")
    _refuse_what_is_no_text(sample)
    if sample.startswith(codecs.BOM_UTF8):
        return Opening("utf-8", len(codecs.BOM_UTF8))
    for encoding, bom in _UTF_16.items():
        if sample.startswith(bom):
            return Opening(encoding, len(bom))
    return Opening(None, 0)


def _refuse_what_is_no_text(sample: bytes) -> None:
    for magic, what, advice in _NO_TEXT:
        if sample.startswith(magic):
            raise FileRefused(f"The file is {what}, not a CSV. {advice}")
    if sample.startswith(_ZIP):
        what, advice = next(rest for mark, *rest in _ZIPPED if mark in sample)
        raise FileRefused(f"The file is {what}, not a CSV. {advice}")
    for half in (0, 1):
        # Latin letters in UTF-16 are NULs in every other place.
        if not any(sample[half:200:2]) and all(sample[1 - half : 200 : 2]) and len(sample) > 1:
            raise FileRefused(
                f"The file is UTF-16 without the mark that says so (BOM) at its beginning. {_SAVE}"
            )


class Decoder:
    """Decodes a file's lines.

    Without a mark at its beginning a file is UTF-8 or, as the last resort, cp1252. While
    all lines are ASCII both are right; those beyond that decide. A line in the other
    encoding is not guessed at, so that no name is garbled without anybody knowing.
    """

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding

    @property
    def decided(self) -> str | None:
        """The encoding, or None while all was ASCII."""
        return self._encoding

    @property
    def encoding(self) -> str:
        """The encoding of what was decoded so far."""
        return self._encoding or "utf-8"

    def deciding(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass blocks on; at the first byte beyond ASCII, look ahead and decide.

        What decides are the lines in the :data:`SAMPLE_BYTES` from that byte on, wherever
        it stands and whatever the blocks are. A line longer than that decides by itself,
        when it is decoded.
        """
        blocks = iter(blocks)
        for block in blocks:
            if self._encoding or block.isascii():
                yield block
                continue
            at = len(block) - len(block.lstrip(_ASCII))
            ahead = first_bytes(chain([block], blocks), at + SAMPLE_BYTES)
            self._encoding = _vote(ahead[at : at + SAMPLE_BYTES])
            yield ahead
            yield from blocks

    def decode(self, line: Line) -> str | None:
        """Return a line's text with its line end, or None if it is not in this encoding.

        Raises
        ------
        FileRefused
            The line holds a NUL, which no text does.
        """
        raw = line.raw
        if self._encoding != "utf-8" and not raw.isascii():
            if self._encoding is None:
                self._encoding = "utf-8" if _is_utf8(raw) else "cp1252"
            elif self._is_utf8_within_cp1252(raw):
                return None
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError:
            return None
        if "\0" in text:
            raise _no_text(line)
        return text

    def salvage(self, line: Line, *, is_last: bool = True) -> str:
        """Return what can be read of a line that is not in this encoding.

        Raises
        ------
        FileRefused
            The line holds a NUL; or others follow it in UTF-16, where nobody knows how far
            damage goes.
        """
        if self._encoding in _UTF_16 and not is_last:
            raise _no_utf_16(line.number)
        encoding = "utf-8" if self._is_utf8_within_cp1252(line.raw) else self.encoding
        text = line.raw.decode(encoding, "replace")
        if "\0" in text:
            raise _no_text(line)
        return text

    def _is_utf8_within_cp1252(self, raw: bytes) -> bool:
        # Letters of cp1252 that make UTF-8 by accident are no words, but for a capital with a
        # typographic mark after it.
        return self._encoding == "cp1252" and _is_utf8(raw) and not _MARKED.sub(b"", raw).isascii()


def _vote(sample: bytes) -> str | None:
    # One line that was damaged on its way does not make a UTF-8 file cp1252: that would
    # garble the names of all others. The last line may be cut by the sample's end. (The
    # first one may be cut, too, but only before its first byte beyond ASCII.)
    utf8 = other = 0
    for line in sample.splitlines()[: -1 if len(sample) >= SAMPLE_BYTES else None]:
        if not line.isascii():
            if _is_utf8(line):
                utf8 += 1
            else:
                other += 1
    if not utf8 and not other:
        return None
    return "utf-8" if utf8 >= other else "cp1252"


def _no_text(line: Line) -> FileRefused:
    return FileRefused(f"Line {line.number} is not text: it holds a NUL. {_SAVE}")


def _no_utf_16(number: int) -> FileRefused:
    return FileRefused(
        f"Line {number} is not UTF-16, as the file is at its beginning:"
        f" something is lost or too much there. {_SAVE}"
    )


def first_bytes(blocks: Iterator[bytes], count: int) -> bytes:
    """Return the first blocks as one, with at least so many bytes if there are as many."""
    taken = bytearray()
    while len(taken) < count and (block := next(blocks, None)):
        taken += block
    return bytes(taken)


def read_lines(
    blocks: Iterable[bytes], encoding: str | None, *, number: int = 1, start: int = 0
) -> Iterator[Line]:
    """Split blocks of bytes into lines.

    Parameters
    ----------
    blocks
        The bytes, without a byte order mark, in blocks of any size.
    encoding
        Of the file; only whether it is UTF-16 matters here.
    number, start
        Of the first line.

    Raises
    ------
    FileRefused
        A line is longer than 1 MiB; or is UTF-16 shifted by a byte.
    """
    ends = _ENDS_16.get(encoding or "")
    for raw in _split_16(blocks, ends) if ends else _split_8(blocks):
        if ends and encoding and _is_shifted(raw, ends, _LATIN_HALF[encoding]):
            raise _no_utf_16(number)
        if len(raw) > LONGEST_LINE:
            raise FileRefused(f"Line {number} is longer than 1 MiB. {_SAVE}")
        yield Line(number, start, raw)
        number += 1
        start += len(raw)


def _split_8(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        lines = (rest + block).splitlines(keepends=True)
        # The last line may go on in the next block, and a CR be the half of a CRLF.
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        yield from lines
        if len(rest) > LONGEST_LINE:
            break
    if rest:
        yield rest


def _split_16(blocks: Iterable[bytes], ends: re.Pattern[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        rest += block
        begin = search = 0
        while end := ends.search(rest, search):
            if (end.start() - begin) % 2:
                # The halves of two neighbours that look like a line end.
                search = end.start() + 1
            elif len(end[0]) == 2 and b"\r" in end[0] and end.end() + 2 > len(rest):  # noqa: PLR2004 - a CR, perhaps of a CRLF
                break
            else:
                yield rest[begin : end.end()]
                begin = search = end.end()
        rest = rest[begin:]
        if len(rest) > LONGEST_LINE:
            break
    if rest:
        yield rest


def _is_shifted(raw: bytes, ends: re.Pattern[bytes], latin_half: int) -> bool:
    """Whether a line of UTF-16 goes on with text whose characters are shifted by a byte.

    The line ends of that stand between halves of characters. Those of some letters look
    like one, too; but then the bytes are even, and the NULs mostly where Latin letters have
    them.
    """
    nuls = raw[latin_half::2].count(0), raw[1 - latin_half :: 2].count(0)
    if len(raw) % 2 == 0 and nuls[0] >= nuls[1]:
        return False
    return any(end.start() % 2 for end in ends.finditer(raw))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
