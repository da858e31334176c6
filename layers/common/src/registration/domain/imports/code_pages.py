"""Whether bytes that are not UTF-8 are cp1252, judged by the names in them."""

import re

_SEPARATORS = re.compile(rb'[,;\t"\r\n]+')
# Signs where cp1252 has a letter in no name. MacRoman and the code pages of DOS have letters there.
_SIGN = rb"\x80-\x90\x93-\x95\x98\x99\x9b\x9d\xa0-\xa9\xab-\xb3\xb5\xb6\xb8\xb9\xbb-\xbf\xd7\xf7"
_ODD = re.compile(
    rb"[A-Za-z\xc0-\xff][%b]+[a-z]|[a-z][\x8a\x8c\x8e\x9f\xa7]|[a-z][\x96\x97][a-z]"
    rb"|^[\x83\x85-\x87\x99\xa3-\xa8][a-z]" % _SIGN
)
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_OF_WINDOWS = ("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1252")
_OTHERS = (
    *("cp437", "cp850", "cp852", "cp866", "mac_roman", "mac_latin2", "mac_cyrillic", "koi8_r"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9"),
    *("cp932", "euc-jp", "gb18030", "big5hkscs", "cp949"),
)


def is_cp1252(lines: list[bytes]) -> bool:
    """Whether no other encoding makes clearly better names of some lines.

    The names of a small file in cp1252 may look nearly as well in another code page of Windows;
    those of another system look much worse, so they need not be as much better.
    """
    # A row with a byte that cp1252 does not have is rejected by itself.
    rest = [line for line in lines if not _NOT_CP1252.search(line)]
    sample = b",".join(map(_names, rest))
    words = [word for word in re.split(rb"[, ]", sample) if len(word) > 1 and not word.isascii()]
    odd = sum(_ODD.search(word) is not None for word in words)
    if len(rest) * 2 < len(lines) or odd * 10 > len(words):  # A few may have been garbled before.
        return False
    if not words:
        return True
    # Imported here: most files are UTF-8, and loading the models takes some 0.2 s.
    from chardet import detect_all  # noqa: PLC0415

    guesses = detect_all(
        sample, ignore_threshold=True, compat_names=False, include_encodings=_OF_WINDOWS + _OTHERS
    )
    text = sample.decode("cp1252")
    alike = [g for g in guesses if text == sample.decode(g["encoding"] or "cp1252", "replace")]
    enough = 0.75 if guesses[0]["encoding"] in _OF_WINDOWS else 0.96
    return bool(alike) and alike[0]["confidence"] >= enough * guesses[0]["confidence"]


def _names(line: bytes) -> bytes:
    """Return the cells that are not ASCII, with those beside them: first and last names."""
    cells = _SEPARATORS.split(line)
    near = (b"".join(cells[max(at - 1, 0) : at + 2]) for at in range(len(cells)))
    return b",".join(cell for cell in cells if not next(near).isascii())
