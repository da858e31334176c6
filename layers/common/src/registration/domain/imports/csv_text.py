"""A file's bytes as lines of text: file type, encoding and line ends.

Line ends are LF, CRLF or CR, as spreadsheets write them. Only a block and a line are in
memory at a time. Every line knows its number and its first byte, so that a range of bytes
can be read by itself later.
"""

import codecs
import re
import string
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from registration.domain.imports.code_pages import LONGEST_WORD, are_cp1252, looks_garbled
from registration.domain.imports.jobs import FileRefused
from registration.frozen import dataclass

SAMPLE_BYTES = 64 * 1024
"""How many bytes decide the type of a file, from its beginning, and its encoding, from its
first non-ASCII byte."""

LONGEST_LINE = 1024 * 1024

_UTF_16 = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
_ENDS_16 = {
    "utf-16-le": re.compile(rb"\r\x00\n\x00|\r\x00|\n\x00"),
    "utf-16-be": re.compile(rb"\x00\r\x00\n|\x00\r|\x00\n"),
}
_LATIN_HALF = {"utf-16-le": 1, "utf-16-be": 0}
"""Which byte of a Latin letter is a NUL."""

_LETTERS = string.ascii_letters.encode()
_ASCII = bytes(range(128))
# A letter of ASCII beside one that is Greek, Cyrillic or farther: no word, but chance in UTF-8.
_MIXED = re.compile(rb"[A-Za-z][\xce-\xdf][\x80-\xbf]|[\xce-\xdf][\x80-\xbf][A-Za-z]")
_MARKED = re.compile(rb"(?<![\x80-\xff])[\xc6-\xdf][\x85\x91-\x97\x99\xa9\xae\xbb](?![\x80-\xff])")
_SAVE = "Save it as “CSV UTF-8” and drop that."
_EXPORT = "Export the table as a CSV and drop that."
_UNPACK = "Unpack it and drop the CSV that is in it."
_NEITHER = "The names in the file are neither in UTF-8 nor in cp1252 (“ANSI”): look at line {}."
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
    ((b"\x89PNG", b"\xff\xd8\xff"), "a picture", _EXPORT),
    ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "encoded as UTF-32", _SAVE),
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


class Line(NamedTuple):
    """A physical line: its number, its offset in the file, and its bytes with the line end."""

    number: int
    start: int
    raw: bytes


@dataclass(frozen=True)
class Opening:
    """The start of a file. Without a byte order mark ``encoding`` is None: the lines decide it."""

    encoding: str | None
    bom_bytes: int


def look_at(sample: bytes) -> Opening:
    """Inspect the first bytes of a file.

    Raises
    ------
    FileRefused
        The file is empty, or is not text.
    """
    if not sample:
        raise FileRefused("The file is empty.")
    _refuse_what_is_no_text(sample)
    for encoding, bom in {"utf-8": codecs.BOM_UTF8, **_UTF_16}.items():
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
        # Latin letters in UTF-16 have a NUL in every other byte.
        if not any(sample[half:200:2]) and all(sample[1 - half : 200 : 2]) and len(sample) > 1:
            raise FileRefused(
                f"The file is UTF-16 without the mark that says so (BOM) at its beginning. {_SAVE}"
            )


class Decoder:
    """Decodes a file's lines.

    Without a byte order mark a file is UTF-8 or, as the last resort, cp1252. As long as all
    lines are ASCII, both are right; the other lines decide. A line in the other encoding, or
    with a word that may be in a third one, is refused, not guessed, and so is a file with many,
    so that no name is garbled unnoticed.
    """

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding
        self._is_doubtful = False

    @property
    def decided(self) -> str | None:
        """The encoding, or None as long as everything was ASCII."""
        return self._encoding

    @property
    def encoding(self) -> str:
        """The encoding of the lines decoded so far."""
        return self._encoding or "utf-8"

    def deciding(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass blocks on; at the first non-ASCII byte, look ahead and decide the encoding.

        The lines in the :data:`SAMPLE_BYTES` from that byte on decide, whatever the blocks
        are. A line longer than that decides by itself, when it is decoded.

        """
        blocks = iter(blocks)
        before = b""
        for block in blocks:
            if self._encoding or block.isascii():
                before = block[-LONGEST_WORD:]
                yield block
                continue
            at = len(block) - len(block.lstrip(_ASCII))
            ahead = first_bytes(chain([block], blocks), at + SAMPLE_BYTES)
            before = (before + ahead[:at])[-LONGEST_WORD:]
            begun = before[len(before.rstrip(_LETTERS)) :]
            lines = (begun + ahead[at : at + SAMPLE_BYTES]).splitlines()
            # The end of the sample may cut the last line. (The first one may be cut, too, but
            # only before the word of its first non-ASCII byte.)
            self._vote(lines[: -1 if len(ahead) - at >= SAMPLE_BYTES else None])
            yield ahead
            yield from blocks

    def decode(self, line: Line) -> str | None:
        """Return a line's text with its line end, or None if it is not in this encoding.

        Raises
        ------
        FileRefused
            The line contains a NUL, so it is no text; or it shows that the file is neither in
            UTF-8 nor in cp1252.
        """
        raw = line.raw
        if self._encoding is None and not raw.isascii():
            self._vote([raw])
        try:
            text = None if self._is_utf8_within_cp1252(raw) else raw.decode(self.encoding)
        except UnicodeDecodeError:
            text = None
        if self._encoding == "cp1252" and (text is None or looks_garbled(text)):
            if self._is_doubtful:
                raise FileRefused(f"{_NEITHER.format(line.number)} {_SAVE}")
            return None
        if text is None:
            return None
        if "\0" in text:
            raise _no_text(line)
        return text

    def salvage(self, line: Line, *, is_last: bool = True) -> str:
        """Return the readable part of a line that is not in this encoding.

        Raises
        ------
        FileRefused
            The line contains a NUL, or it is UTF-16 and not the last line: the damage may go
            on.
        """
        if self._encoding in _UTF_16 and not is_last:
            raise _no_utf_16(line.number)
        encoding = "utf-8" if self._is_utf8_within_cp1252(line.raw) else self.encoding
        text = line.raw.decode(encoding, "replace")
        if "\0" in text:
            raise _no_text(line)
        return text

    def _is_utf8_within_cp1252(self, raw: bytes) -> bool:
        # Letters of cp1252 that are valid UTF-8 by accident do not form words, except a capital
        # followed by a typographic mark.
        return (
            self._encoding == "cp1252"
            and not raw.isascii()
            and _is_utf8(raw)
            and not _MARKED.sub(b"", raw).isascii()
        )

    def _vote(self, lines: list[bytes]) -> None:
        # One damaged line does not turn a UTF-8 file into cp1252: that would garble the names in
        # all other lines.
        lines = [line for line in lines if not line.isascii()]
        others = [line for line in lines if not _is_utf8(line) or _MIXED.search(line)]
        if len(others) * 2 > len(lines):
            self._encoding, self._is_doubtful = "cp1252", not are_cp1252(others)
        elif lines:
            self._encoding = "utf-8"


def _no_text(line: Line) -> FileRefused:
    return FileRefused(f"Line {line.number} is not text: it holds a NUL. {_SAVE}")


def _no_utf_16(number: int) -> FileRefused:
    return FileRefused(
        f"Line {number} is not UTF-16, as the file is at its beginning:"
        f" something is lost or too much there. {_SAVE}"
    )


def first_bytes(blocks: Iterator[bytes], count: int) -> bytes:
    """Join the first blocks until there are ``count`` bytes, or no more blocks."""
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
        The encoding of the file; only whether it is UTF-16 matters here.
    number, start
        The number and the offset of the first line.

    Raises
    ------
    FileRefused
        A line is longer than 1 MiB, or is UTF-16 shifted by a byte.
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
        # The last line may continue in the next block, and a CR may be half of a CRLF.
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
                # Halves of two adjacent characters that look like a line end.
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
    """Whether a line of UTF-16 contains text whose characters are shifted by a byte.

    Its line ends then lie between halves of characters. The halves of some letters look like
    a line end, too; but then the number of bytes is even, and most NULs are where Latin
    letters have them.
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
