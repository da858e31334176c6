"""Encodings, and files that are not text."""

import bz2
import codecs
import gzip
import io
import json
import lzma
import zipfile

from tests.corpus import ADA, BOB, EVE, HEADER, Case, Rejected, lines, utf_8

UMLAUTS = lines(HEADER, ",a@example.com,Ms,Zoë,Größe,Female", ",b@example.com,Mr,Jörg,Weiß,Male")
FAR = lines(HEADER + ",note", ADA + "," + "x" * 60_000, BOB + "," + "y" * 60_000)

NAMES = {
    encoding: lines(HEADER, f",a@example.com,Ms,{name},Female", ADA)
    for encoding, name in (
        ("cp1250", "Łukasz,Wałęsa"),
        ("cp1251", "Ольга,Петрова"),
        ("shift_jis", "花子,鈴木"),
        ("gb18030", "秀英,张"),
    )
}


def utf_16(text: str, order: str = "le") -> bytes:
    """Return text in UTF-16 with its byte order mark."""
    mark = codecs.BOM_UTF16_LE if order == "le" else codecs.BOM_UTF16_BE
    return mark + text.encode(f"utf-16-{order}")


def zipped(**files: str) -> bytes:
    """Return an archive; in names, two underscores are a slash and a single one is a dot."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("___", ".").replace("__", "/"), text)
    return content.getvalue()


def an_ods() -> bytes:
    """Return the start of an OpenDocument spreadsheet: its type, not compressed."""
    return zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content___xml="<x/>")


ENCODED = (
    Case("plain ASCII", utf_8(HEADER, ADA, BOB), 2, names=("Ada", "Bob"), encoding="utf-8"),
    Case("UTF-8", UMLAUTS.encode(), 2, names=("Zoë", "Jörg"), encoding="utf-8"),
    Case("UTF-8 with its mark", UMLAUTS.encode("utf-8-sig"), 2, names=("Zoë", "Jörg")),
    Case("UTF-16 little end first", utf_16(UMLAUTS), 2, names=("Zoë", "Jörg")),
    Case("UTF-16 big end first", utf_16(UMLAUTS, "be"), 2, names=("Zoë", "Jörg")),
    Case("cp1252", UMLAUTS.encode("cp1252"), 2, names=("Zoë", "Jörg"), encoding="cp1252"),
    Case(
        "cp1252 with a typographic apostrophe and the euro",
        lines(HEADER, ",a@example.com,Mr,D\u2019Arcy,Stone €,Male").encode("cp1252"),
        1,
        names=("D\u2019Arcy",),
    ),
    Case("an emoji", utf_8(HEADER, ADA.replace("Ada", "Ada 🌻")), 1, names=("Ada 🌻",)),
    Case("an emoji in UTF-16", utf_16(lines(HEADER, ADA.replace("Ada", "🌻"))), 1, names=("🌻",)),
    Case("from right to left", utf_8(HEADER, ADA.replace("Ada", "עדה")), 1, names=("עדה",)),
    Case("Japanese", utf_8(HEADER, ADA.replace("Ada", "愛田")), 1, names=("愛田",)),
    Case(
        "letters in UTF-16 of which a half looks like a line end",
        utf_16(lines(HEADER, ADA.replace("Ada", "\u0a0d\u0d0a\u0a00"))),
        1,
        names=("\u0a0d\u0d0a\u0a00",),
    ),
    Case(
        "accents as characters of their own",
        utf_8(HEADER, ADA.replace("Ada", "Zoe\u0308")),
        1,
        names=("Zoë",),
    ),
    Case(
        "the first umlaut far beyond the beginning, UTF-8",
        (FAR + lines(",zoe@example.com,Ms,Zoë,Z,Female,")).encode(),
        3,
        names=("Ada", "Bob", "Zoë"),
        unknown=("note",),
    ),
    Case(
        "the first umlaut far beyond the beginning, cp1252",
        (FAR + lines(",zoe@example.com,Ms,Zoë,Z,Female,")).encode("cp1252"),
        3,
        names=("Ada", "Bob", "Zoë"),
        unknown=("note",),
    ),
    Case(
        "the first line beyond ASCII, far beyond the beginning, is damaged",
        FAR.encode()
        + b",a@example.com,Mr,J\xf6rg,S,Male,\n"
        + lines(*(f",z{n}@example.com,Ms,Zoë,Z,Female," for n in range(3))).encode(),
        5,
        rejected=(Rejected(4, "first_name", "in another encoding"),),
        unknown=("note",),
        encoding="utf-8",
    ),
    Case("the mark twice", codecs.BOM_UTF8 * 2 + utf_8(HEADER, ADA), 1),
    Case(
        "the mark twice before a quotation mark",
        codecs.BOM_UTF8 * 2 + utf_8('"' + HEADER.replace(",", '","') + '"', ADA),
        1,
    ),
    Case("the mark in the middle", utf_8(HEADER, ADA, "\ufeff" + BOB), 2, names=("Ada", "Bob")),
    Case(
        "two files put together, marks and headers included",
        (utf_8("\ufeff" + HEADER, ADA) + utf_8("\ufeff" + HEADER, '\ufeff"",' + BOB[1:])),
        2,
        rejected=(Rejected(3, "email", "not an e-mail address"),),
    ),
    Case(
        "spaces that do not break, and marks that cannot be seen, around cells",
        utf_8(HEADER, ",\u200e\u00a0ada@example.com\u202c\u200b, Ms\u2003,\u3000Ada,\tL,Female"),
        1,
        names=("Ada",),
    ),
    Case(
        "a space that does not break within a name",
        utf_8(HEADER, ADA.replace("Ada", "Ada\u00a0Mae")),
        1,
        names=("Ada\u00a0Mae",),
    ),
    Case(
        "UTF-8 that was read as cp1252 somewhere before is what it is",
        utf_8(HEADER, ADA.replace("Ada", "ZoÃ«")),
        1,
        names=("ZoÃ«",),
    ),
)

DAMAGED = (
    Case(
        "a line of cp1252 in a file of UTF-8",
        UMLAUTS.encode() + b",c@example.com,Mr,J\xfcrgen,C,Male\n" + EVE.encode(),
        3,
        rejected=(Rejected(4, "first_name", "in another encoding"),),
    ),
    Case(
        "a capital with a typographic mark in a file of cp1252 is no letter of UTF-8",
        (UMLAUTS + lines(",c@example.com,Ms,ANDRÉ\u2013MARIE,C,Female")).encode("cp1252"),
        3,
        names=("Zoë", "Jörg", "ANDRÉ\u2013MARIE"),
        encoding="cp1252",
    ),
    Case(
        "a line of UTF-8 in a file of cp1252 is no pair of odd letters",
        UMLAUTS.encode("cp1252") + ",c@example.com,Mr,Jürgen,C,Male\n".encode(),
        2,
        rejected=(Rejected(4, "customer_reference", "in another encoding"),),
        encoding="cp1252",
        heals=True,
    ),
    Case(
        "an overlong form of UTF-8",
        UMLAUTS.encode() + b",c@example.com,Mr,J\xc0\xafrgen,C,Male\n",
        2,
        rejected=(Rejected(4, "first_name", "in another encoding"),),
    ),
    Case(
        "half of a pair in UTF-8",
        UMLAUTS.encode() + b",c@example.com,Mr,Bob\xed\xa0\xbd,C,Male\n",
        2,
        rejected=(Rejected(4, "first_name", "in another encoding"),),
    ),
    Case(
        "half of a pair in UTF-16",
        utf_16(lines(HEADER, ADA))
        + ",b@example.com,Mr,Bob\ud83c,S,Male\n".encode("utf-16-le", "surrogatepass"),
        1,
        rejected=(Rejected(3, "first_name", "in another encoding"),),
    ),
    Case(
        "UTF-16 that ends with half a character",
        utf_16(lines(HEADER, ADA)) + b"\x41",
        1,
        rejected=(Rejected(3, "customer_reference", "in another encoding"),),
    ),
    Case(
        "UTF-16 whose last row is cut within a character",
        utf_16(lines(HEADER, ADA)) + BOB.encode("utf-16-le")[:-1],
        1,
        rejected=(Rejected(3, "gender", "in another encoding"),),
    ),
    *(
        Case(f"umlauts in {encoding}", UMLAUTS.encode(encoding), refused="neither in UTF-8 nor")
        for encoding in ("mac_roman", "cp850", "cp437")
    ),
    *(
        Case(encoding, NAMES[encoding].encode(encoding), refused="neither in UTF-8 nor")
        for encoding in NAMES
    ),
    Case(
        "a byte that cp1252 does not have",
        UMLAUTS.encode("cp1252") + b",c@example.com,Mr,Bob\x81,C,Male\n",
        2,
        rejected=(Rejected(4, "first_name", "in another encoding"),),
    ),
    Case(
        "a character that was lost before",
        utf_8(HEADER, ADA.replace("Ada", "J\ufffdrg"), BOB),
        1,
        rejected=(Rejected(2, "first_name", "A character was lost"),),
    ),
    Case(
        "controls that are line ends elsewhere",
        utf_8(HEADER, ADA.replace("Ada", "A\u0085da"), BOB.replace("Bob", "B\u2028ob"), EVE),
        1,
        rejected=(
            Rejected(2, "first_name", "hidden character"),
            Rejected(3, "first_name", "hidden character"),
        ),
    ),
    Case(
        "a form feed and a vertical tab",
        utf_8(HEADER, ADA.replace("Ada", "A\x0cda"), BOB.replace("Stone", "St\x0bone")),
        rejected=(
            Rejected(2, "first_name", "hidden character"),
            Rejected(3, "last_name", "hidden character"),
        ),
    ),
)

MANY = lines(*(EVE.replace("eve", f"eve{n}") for n in range(50)))
DAMAGED_16 = "Line 3 is not UTF-16, as the file is at its beginning"

REFUSED = (
    Case(
        "a byte too much in UTF-16",
        utf_16(lines(HEADER, ADA)) + b"\n" + MANY.encode("utf-16-le"),
        refused=DAMAGED_16,
    ),
    Case(
        "a byte too much in UTF-16, big end first",
        utf_16(lines(HEADER, ADA), "be") + b"\n" + MANY.encode("utf-16-be"),
        refused=DAMAGED_16,
    ),
    Case(
        "a byte too few in UTF-16",
        utf_16(lines(HEADER, ADA)) + BOB.encode("utf-16-le")[:-1] + MANY.encode("utf-16-le"),
        refused=DAMAGED_16,
    ),
    Case(
        "a byte too much in UTF-16 before its last row",
        utf_16(lines(HEADER, ADA, BOB)[:-1]) + b"\0" + lines("", EVE).encode("utf-16-le"),
        refused=DAMAGED_16,
    ),
    Case(
        "a byte too much in UTF-16, and another one later",
        utf_16(lines(HEADER, ADA))
        + b"\n"
        + MANY.encode("utf-16-le")
        + b"\n"
        + lines(BOB).encode("utf-16-le"),
        refused=DAMAGED_16,
    ),
    Case(
        "a file in UTF-16 after one of the other order",
        utf_16(lines(HEADER, ADA)) + utf_16(lines(HEADER, BOB), "be"),
        refused=DAMAGED_16,
    ),
    Case(
        "half of a pair in UTF-16, and rows after it",
        utf_16(lines(HEADER, ADA))
        + lines(BOB.replace("Bob", "B\ud83c"), EVE).encode("utf-16-le", "surrogatepass"),
        refused=DAMAGED_16,
    ),
    Case(
        "a NUL in a line of another encoding",
        UMLAUTS.encode() + b",x@example.com,Mr,J\xfc\0rg,S,Male\n" + BOB.encode(),
        refused="Line 4 is not text: it holds a NUL",
    ),
    Case(
        "a NUL in a line of UTF-8 in a file of cp1252",
        UMLAUTS.encode("cp1252") + ",x@example.com,Mr,Jü\0rg,S,Male\n".encode(),
        refused="Line 4 is not text: it holds a NUL",
    ),
    Case("nothing", b"", refused="The file is empty."),
    Case("a mark and nothing else", codecs.BOM_UTF8, refused="The file is empty."),
    Case("a mark of UTF-16 and nothing else", codecs.BOM_UTF16_LE, refused="The file is empty."),
    Case("blank lines and nothing else", b"\n\r\n   \n\n", refused="The file is empty."),
    Case("spaces and nothing else", b"     ", refused="The file is empty."),
    Case("a NUL in the middle", utf_8(HEADER, ADA, "\0", BOB), refused="Line 3 is not text"),
    Case("a NUL at the end", utf_8(HEADER, ADA) + b"\0", refused="Line 3 is not text"),
    Case(
        "a NUL within a quoted cell",
        utf_8(HEADER, ',"a\n\0",Ms,A,L,Female'),
        refused="Line 3 is not text",
    ),
    Case("UTF-16 without its mark", UMLAUTS.encode("utf-16-le"), refused="UTF-16 without the mark"),
    Case(
        "UTF-16 without its mark, big end first",
        UMLAUTS.encode("utf-16-be"),
        refused="UTF-16 without the mark",
    ),
    Case("UTF-32", UMLAUTS.encode("utf-32"), refused="UTF-32"),
    Case("UTF-32, big end first", b"\0\0\xfe\xff" + HEADER.encode("utf-32-be"), refused="UTF-32"),
    Case(
        "a workbook",
        zipped(**{"[Content_Types]___xml": "<Types/>", "xl__workbook___xml": "<workbook/>"}),
        refused="an Excel workbook (xlsx), not a CSV. Save it as “CSV UTF-8”",
    ),
    Case("an OpenDocument spreadsheet", an_ods(), refused="an OpenDocument spreadsheet (ods)"),
    Case(
        "a Numbers spreadsheet",
        zipped(Index__Document___iwa="x"),
        refused="an Apple Numbers spreadsheet",
    ),
    Case(
        "an archive with a CSV in it",
        zipped(customer___csv=lines(HEADER, ADA)),
        refused="a ZIP archive, not a CSV. Unpack it",
    ),
    Case("an empty archive", zipped(), refused="an empty ZIP archive"),
    Case("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, refused="(xls)"),
    Case("gzip", gzip.compress(utf_8(HEADER, ADA)), refused="compressed (gzip)"),
    Case("bzip2", bz2.compress(utf_8(HEADER, ADA)), refused="compressed (bzip2)"),
    Case("xz", lzma.compress(utf_8(HEADER, ADA)), refused="compressed (xz)"),
    Case("zstd", b"\x28\xb5\x2f\xfd\x04\x00 frame", refused="compressed (zstd)"),
    Case("7z", b"7z\xbc\xaf\x27\x1c\x00\x04", refused="a 7z archive"),
    Case("rar", b"Rar!\x1a\x07\x01\x00", refused="a RAR archive"),
    Case("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", refused="a PDF, not a CSV"),
    Case("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", refused="a picture, not a CSV"),
    Case("a photo", b"\xff\xd8\xff\xe0\x00\x10JFIF\0", refused="a picture, not a CSV"),
    Case("a database", b"SQLite format 3\0\x10\0", refused="Line 1 is not text"),
    Case("JSON", json.dumps([{"email": "ada@example.com"}]).encode(), refused="is JSON, not a CSV"),
    Case("JSON by lines", b'{"email": "a@example.com"}\n' * 2, refused="is JSON, not a CSV"),
    Case(
        "a web page", b"<html><table><tr><td>email</td></tr></table>", refused="a web page or XML"
    ),
    Case("XML", b'<?xml version="1.0"?>\n<customers/>\n', refused="a web page or XML"),
)
