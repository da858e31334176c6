"""The structure of files: separators, line ends, quotation marks, headers, cell counts."""

import codecs

from registration.domain.imports.csv_records import LONGEST_FIELD
from registration.domain.imports.csv_text import LONGEST_LINE
from tests.corpus import ADA, BOB, EVE, HEADER, Case, Rejected, in_columns, lines, utf_8

THREE = ("Ada", "Bob", "Eve")
COUNT, STRAY, OPEN = "cells where the header has", "stands within a cell", "never closed"
LONG_NAME = "-".join(["Ü" + "ü" * 98] * 90)
LONGEST_HEADER = f"{HEADER},{'x' * (16_383 - len(HEADER))}"
QUOTED = f'"{HEADER.replace(",", chr(34) + "," + chr(34))}"'
NOTED = HEADER + ",note"


def with_email(cell: str) -> str:
    """Return a row with another text in place of the address."""
    return BOB.replace("bob@example.com", cell)


def noted(number: int, note: str = "") -> str:
    """Return a row with a note at its end."""
    return f",c{number}@example.com,Ms,Ada,Lovelace,Female,{note}"


def swallowing(note: str, *rows: str, end: str = "monitor 19") -> bytes:
    """Return a file in which another row accidentally closes the cell that line 2 opens."""
    return utf_8(NOTED, noted(0, f'"{note}'), *rows, noted(8, f'{end}"'), noted(9))


SEPARATED = (
    Case("commas", in_columns(",", HEADER, ADA, BOB, EVE), 3, names=THREE, delimiter=","),
    Case("semicolons", in_columns(";", HEADER, ADA, BOB, EVE), 3, names=THREE, delimiter=";"),
    Case("tabs", in_columns("\t", HEADER, ADA, BOB, EVE), 3, names=THREE, delimiter="\t"),
    Case("a hint", in_columns(";", "sep=;", HEADER, ADA), 1, delimiter=";"),
    Case("a hint with a mark", codecs.BOM_UTF8 + in_columns(";", "sep=;", HEADER, ADA), 1),
    Case("a hint at a tab", b"sep=\t\r\n" + in_columns("\t", HEADER, ADA), 1, delimiter="\t"),
    Case("a hint in capitals, after a blank line", b"\nSEP=,\n" + utf_8(HEADER, ADA), 1),
    Case("a hint that is wrong", b"sep=;\n" + utf_8(HEADER, ADA), 1, delimiter=","),
    Case(
        "a hint at what is no separator here",
        in_columns("|", "sep=|", HEADER, ADA),
        refused="The columns cannot be told apart",
    ),
    Case("bars", in_columns("|", HEADER, ADA), refused="The columns cannot be told apart"),
    Case("spaces", in_columns(" ", HEADER, ADA), refused="The columns cannot be told apart"),
    Case(
        "each line in quotation marks as a whole",
        utf_8(f'"{HEADER}"', f'"{ADA}"'),
        refused="Each line is one cell",
    ),
    Case("a hint that was saved with empty cells", utf_8("sep=,,,,,", HEADER, ADA), 1),
    Case(
        "a hint at semicolons that was saved with empty cells",
        in_columns(";", "sep=;,,,,,", HEADER, ADA),
        1,
        delimiter=";",
    ),
    Case("a hint in quotation marks", in_columns(";", '"sep=;"', HEADER, ADA), 1, delimiter=";"),
    Case("a hint in quotation marks, with empty cells", utf_8('"sep=,",,,,,', HEADER, ADA), 1),
    *(
        Case(
            f"an empty row before the header, with {name}",
            in_columns(separator, ",,,,,", HEADER, ADA),
            1,
            delimiter=separator,
        )
        for separator, name in ((",", "commas"), (";", "semicolons"), ("\t", "tabs"))
    ),
    Case("an empty row in quotation marks", in_columns(";", '"","","",,""', HEADER, ADA), 1),
    *(
        Case(
            f"a line break in the first heading, with {name}",
            in_columns(separator, f'"Shoe\nsize",{HEADER}', f"42,{ADA}"),
            1,
            unknown=("Shoe\nsize",),
            delimiter=separator,
        )
        for separator, name in ((",", "commas"), (";", "semicolons"), ("\t", "tabs"))
    ),
    Case(
        "names of columns, with commas between them, in a heading among semicolons",
        b'"email, phone\nemail,gender,company,registered,password,phone";'
        + in_columns(";", HEADER, f"42,{ADA}"),
        1,
        unknown=("email, phone\nemail,gender,company,registered,password,phone",),
        delimiter=";",
    ),
    Case(
        "commas in a file of semicolons",
        in_columns(";", HEADER, ADA).replace(b"Ada", b"Ada, Mae"),
        1,
        names=("Ada, Mae",),
    ),
    Case(
        "semicolons in a file of commas",
        utf_8(HEADER, ADA.replace("Ada", "Ada; Mae")),
        1,
        names=("Ada; Mae",),
    ),
    Case("separators after each line", utf_8(HEADER + ",,", ADA + ",,", BOB + ",,"), 2),
    Case(
        "a separator after each row, and none after the header",
        utf_8(HEADER, ADA, BOB + ","),
        1,
        rejected=(Rejected(3, "gender", "7 cells where the header has 6"),),
    ),
)

LINES = (
    Case("LF", utf_8(HEADER, ADA, BOB, EVE), 3, names=THREE),
    Case("CRLF", utf_8(HEADER, ADA, BOB, EVE, end="\r\n"), 3, names=THREE),
    Case("CR, of an old Mac", utf_8(HEADER, ADA, BOB, EVE, end="\r"), 3, names=THREE),
    Case("CRCRLF", utf_8(HEADER, ADA, BOB, end="\r\r\n"), 2),
    Case("all kinds in one file", f"{HEADER}\r\n{ADA}\n{BOB}\r{EVE}\r\n".encode(), 3, names=THREE),
    Case("no line end at the end", utf_8(HEADER, ADA).rstrip(), 1, names=("Ada",)),
    Case("the header only", HEADER.encode() + b"\n"),
    Case("the header only, without a line end", HEADER.encode()),
    Case("the header only, and lines with nothing in them", utf_8(HEADER, "", " ", ",,,,,")),
    Case("blank lines at the beginning", utf_8("", "  ", HEADER, ADA), 1),
    Case("blank lines at the end", utf_8(HEADER, ADA, "", "", ""), 1),
    Case(
        "blank lines in the middle count as lines",
        utf_8(HEADER, "", ADA, "   ", ",,,,,", '"",,,,,', "\u00a0,,,,,", BOB.replace("Mr", "Sir")),
        1,
        rejected=(Rejected(8, "salutation", "not known"),),
    ),
    Case(
        "rows of nothing that can be seen",
        utf_8(HEADER, "\u200b,,,,,", ",,\ufeff,,,", ",,,,,\x1a", '"\u200b",,,,,', ADA),
        1,
    ),
    Case("the end mark of an old DOS file", utf_8(HEADER, ADA) + b"\x1a", 1),
    Case(
        "a line end in a cell without quotation marks",
        utf_8(HEADER, ADA.replace("Ada", "A\nda"), BOB),
        1,
        rejected=(Rejected(2, "first_name", COUNT), Rejected(3, "salutation", COUNT)),
    ),
    Case(
        "a carriage return in a cell without quotation marks",
        utf_8(HEADER, ADA.replace("Ada", "A\rda"), BOB, end="\r\n"),
        1,
        rejected=(Rejected(2, "first_name", COUNT), Rejected(3, "salutation", COUNT)),
    ),
    Case(
        "quoted line ends of each kind",
        lines(
            HEADER + ",note",
            ADA + ',"two\nlines"',
            BOB + ',"two\r\nlines"',
            EVE + ',"a\r\rb\n\nc"',
            ",x@example.com,Ms,X,X,woman,",
        ).encode(),
        3,
        names=THREE,
        rejected=(Rejected(11, "gender", "not known"),),
        unknown=("note",),
    ),
    Case(
        "a quoted line end in a name",
        utf_8(HEADER, ADA.replace("Ada", '"Ada\nMae"'), BOB),
        1,
        rejected=(Rejected(2, "first_name", "hidden character"),),
    ),
)

QUOTATION = (
    Case(
        "quotation marks around everything",
        lines(
            QUOTED, *(f'"{row.replace(",", chr(34) + "," + chr(34))}"' for row in (ADA, BOB))
        ).encode(),
        2,
    ),
    Case(
        "doubled ones, separators and nothing in quotation marks",
        utf_8(HEADER, '"",ada@example.com,Ms,"Ada ""Countess"", Mae",L,Female'),
        1,
        names=('Ada "Countess", Mae',),
    ),
    Case("typographic ones", utf_8(HEADER, ADA.replace("Ada", "“Ada”")), 1, names=("“Ada”",)),
    Case("apostrophes", utf_8(HEADER, ADA.replace("Ada", "'Ada'")), 1, names=("'Ada'",)),
    Case(
        "a stray one within a cell",
        utf_8(HEADER, ADA, with_email('bob "b@example.com'), EVE),
        2,
        rejected=(Rejected(3, "email", STRAY),),
    ),
    Case(
        "a pair of them within a cell",
        utf_8(HEADER, ADA, BOB.replace("Bob", 'Bob "Bo" B'), EVE),
        2,
        rejected=(Rejected(3, "first_name", STRAY),),
    ),
    Case(
        "text after a closing one",
        utf_8(HEADER, ADA, BOB.replace("Bob", '"Bob"by'), EVE),
        2,
        rejected=(Rejected(3, "first_name", STRAY),),
    ),
    Case(
        "a space before an opening one",
        utf_8(HEADER, ADA, BOB.replace("Bob", ' "Bob"'), EVE),
        2,
        rejected=(Rejected(3, "first_name", STRAY),),
    ),
    Case(
        "a space after a closing one",
        utf_8(HEADER, ADA, BOB.replace("Bob", '"Bob" '), EVE),
        2,
        rejected=(Rejected(3, "first_name", STRAY),),
    ),
    Case(
        "one escaped by a backslash",
        utf_8(HEADER, ADA, BOB.replace("Bob", '"Bob \\"Bo\\""'), EVE),
        2,
        rejected=(Rejected(3, "first_name", STRAY),),
    ),
    Case(
        "one that opens and is never closed",
        utf_8(HEADER, ADA, BOB.replace("Bob", '"Bob'), EVE),
        2,
        rejected=(Rejected(3, "first_name", OPEN),),
    ),
    Case(
        "one that is closed by accident, by the next row's",
        utf_8(HEADER, ADA, BOB.replace("Bob", '"Bob'), EVE.replace("Eve", '"Eve"')),
        2,
        names=("Ada", "Eve"),
        rejected=(Rejected(3, "first_name", OPEN),),
    ),
    Case(
        "one that is closed by accident, many rows later",
        utf_8(
            HEADER,
            BOB.replace("Bob", '"Bob'),
            *(ADA.replace("ada", f"ada{n}") for n in range(5)),
            '"",' + EVE[1:],
        ),
        6,
        rejected=(Rejected(2, "first_name", OPEN),),
    ),
    Case(
        "one that opens in the last line",
        utf_8(HEADER, ADA, BOB.replace("Male", '"Male')).rstrip(),
        1,
        rejected=(Rejected(3, "gender", OPEN),),
    ),
    Case(
        "one alone in a line",
        utf_8(HEADER, ADA, '"', BOB),
        2,
        rejected=(Rejected(3, "customer_reference", OPEN),),
    ),
    Case(
        "one in each of two rows",
        utf_8(HEADER, ADA.replace("Ada", 'A"da'), BOB.replace("Bob", '"Bob'), EVE),
        1,
        rejected=(Rejected(2, "first_name", STRAY), Rejected(3, "first_name", OPEN)),
    ),
    Case(
        "a stray one beside a cell that is quoted properly",
        utf_8(HEADER, ',b"b@example.com,Mr,"Stone, Bob ""Bo""",S,Male'),
        rejected=(Rejected(2, "email", STRAY),),
    ),
    Case(
        "two lines in a cell, and a separator too much",
        utf_8(HEADER, ADA.replace("Ada", '"A\nda",x'), BOB),
        1,
        rejected=(Rejected(2, "first_name", OPEN), Rejected(3, "customer_reference", STRAY)),
    ),
    Case(
        "one that another row's closes, with rows between them",
        swallowing("see file", noted(1), noted(2)),
        3,
        rejected=(Rejected(2, "note", OPEN), Rejected(5, "note", STRAY)),
        unknown=("note",),
    ),
    Case(
        "one that the next row's closes",
        swallowing("see file"),
        1,
        rejected=(Rejected(2, "note", OPEN), Rejected(3, "note", STRAY)),
        unknown=("note",),
    ),
    Case(
        "one that the next row's closes, before another cell of two lines",
        utf_8(
            "old," + NOTED,
            f'"see,{noted(1)}',
            f'19",{noted(2)}"',
            '"',
            f",{noted(3)}",
        ),
        1,
        rejected=(
            Rejected(2, "old", OPEN),
            Rejected(3, "old", STRAY),
            Rejected(4, "old", OPEN),
        ),
        unknown=("old", "note"),
    ),
    Case(
        "one that another row's closes, with a row of quoted cells between them",
        swallowing("see file", noted(1, '"a ""b"", c"'), "more"),
        2,
        rejected=(
            Rejected(2, "note", OPEN),
            Rejected(4, "customer_reference", "1 cell where"),
            Rejected(5, "note", STRAY),
        ),
        unknown=("note",),
    ),
    Case(
        "one that another row's closes in the same column",
        utf_8(
            NOTED,
            noted(0).replace("Ada", '"Ada'),
            noted(1),
            noted(2),
            noted(3).replace("Ada", 'Ada 5"'),
            noted(4),
        ),
        3,
        rejected=(Rejected(2, "first_name", OPEN), Rejected(5, "first_name", STRAY)),
        unknown=("note",),
    ),
    Case(
        "one that opens in the header and is closed by a row's",
        utf_8(HEADER + ',"note', noted(1), noted(2, '19"'), noted(3)),
        refused="The header cannot be read. A quotation mark opens a cell that is never closed",
    ),
    Case(
        "one that opens far before the next one",
        swallowing("see file", *(noted(n, "x" * 1000) for n in range(10, 150))),
        141,
        rejected=(Rejected(2, "note", OPEN), Rejected(143, "note", STRAY)),
        unknown=("note",),
    ),
    Case(
        "addresses and notes of many lines",
        utf_8(
            HEADER + ",address,note",
            ADA + ',"1, The Street\nTown, County\n\nCountry","a,b;c\n,,,,,,,\n""d"", e,\n"',
            BOB + ',"Street\n","\n,b,c,d,e,f,g,h,i"',
            EVE + ",,",
        ),
        3,
        names=THREE,
        unknown=("address", "note"),
    ),
    Case("a header in quotation marks", utf_8(QUOTED, ADA), 1),
    Case(
        "a stray one in the header",
        utf_8(HEADER.replace("email", 'e"mail'), ADA),
        refused="The header cannot be read. A quotation mark stands within a cell",
    ),
    Case(
        "one that opens in the header",
        utf_8(HEADER.replace("gender", '"gender'), ADA),
        refused="The header cannot be read. A quotation mark opens a cell",
    ),
    Case(
        "a cell of as much as a cell may hold",
        utf_8(HEADER + ",note", f'{ADA},"{"x" * LONGEST_FIELD}"'),
        1,
        unknown=("note",),
    ),
    Case(
        "a cell of more",
        utf_8(HEADER + ",note", ADA + "," + "x" * (LONGEST_FIELD + 1)),
        refused="Line 2 has a cell of more than 64 KiB",
    ),
    Case(
        "a quoted cell of more",
        utf_8(HEADER + ",note", ADA, f'{BOB},"{"x" * (LONGEST_FIELD + 1)}"').replace(
            b"ale\n", b"ale,\n"
        ),
        refused="Line 3 has a cell of more than 64 KiB",
    ),
    Case(
        "cells too much that are more together",
        utf_8(HEADER, ADA + ",xx" * 25_000),
        refused="Line 2 has a cell of more than 64 KiB",
    ),
    Case(
        "a formula of as much as a cell may hold",
        utf_8(HEADER + ",note", ADA.replace("Ms", "Sir") + ",=" + "x" * (LONGEST_FIELD - 1)),
        rejected=(Rejected(2, "salutation", "not known"),),
        unknown=("note",),
    ),
    Case(
        "a quoted cell of many lines and more",
        utf_8(NOTED, ADA + ',"' + ("x" * 1000 + "\n") * 70 + '"', BOB + ","),
        1,
        names=("Bob",),
        rejected=(
            Rejected(2, "note", OPEN),
            *(Rejected(line, "customer_reference", "1 cell where") for line in range(3, 72)),
            Rejected(72, "customer_reference", OPEN),
        ),
        unknown=("note",),
    ),
    Case(
        "a quoted cell of many lines, one of which is too long by itself",
        utf_8(NOTED, ADA + f',"x\n{"x" * (LONGEST_FIELD + 1)}\n"'),
        refused="Line 3 has a cell of more than 64 KiB",
    ),
    Case(
        "a line of more than a megabyte",
        utf_8(HEADER, ADA) + b"x," * (LONGEST_LINE // 2 + 1),
        refused="Line 3 is longer than 1 MiB",
    ),
)

HEADERS = (
    Case(
        "any order and case",
        utf_8(
            "GENDER,Last_Name,email,SALUTATION,first_name,Customer_Reference",
            "Female,L,ada@example.com,Ms,Ada,",
        ),
        1,
        names=("Ada",),
    ),
    Case("spaces around names", utf_8(HEADER.replace(",", " , "), ADA), 1),
    Case(
        "names in odd spaces and marks",
        utf_8("\u00a0" + HEADER.replace(",", "\u200b,\u00a0"), ADA),
        1,
    ),
    Case(
        "quotation marks within quoted names", utf_8(HEADER.replace("email", '"""email"""'), ADA), 1
    ),
    Case(
        "columns that nobody knows",
        utf_8(HEADER + ",Shoe Size,E-Mail", ADA + ",42,no"),
        1,
        unknown=("Shoe Size", "E-Mail"),
    ),
    Case(
        "an unknown column twice",
        utf_8("x," + HEADER + ",x", "1," + ADA + ",2"),
        1,
        unknown=("x", "x"),
    ),
    Case("columns without a name", utf_8("," + HEADER + ",,", "1," + ADA + ",2,3"), 1),
    Case(
        "a mandatory column is missing",
        utf_8(HEADER.replace(",gender", ""), ADA),
        refused="lacks the column gender. Add what is missing.",
    ),
    Case(
        "some are missing",
        utf_8("email,gender", "a@example.com,Female"),
        refused="lacks the columns customer_reference, salutation, first_name, last_name.",
    ),
    Case(
        "one is called nearly so",
        utf_8(HEADER.replace("email", "E-Mail").replace("first_name", "First Name"), ADA),
        refused="Rename “E-Mail” to email. Rename “First Name” to first_name.",
    ),
    Case(
        "a mandatory column twice",
        utf_8(HEADER + ",email", ADA + ",x"),
        refused="names the column email twice",
    ),
    Case(
        "one twice in another case",
        utf_8(HEADER + ", EMAIL ", ADA + ",x"),
        refused="names the column email twice",
    ),
    Case(
        "an optional one twice",
        utf_8(HEADER + ",phone,phone", ADA + ",1,2"),
        refused="names the column phone twice",
    ),
    Case("no header", utf_8(ADA, BOB), refused="The file has no header"),
    Case(
        "names in German",
        utf_8("Kundennummer,E-Mail,Anrede,Vorname,Nachname,Geschlecht", ADA),
        refused="Rename “E-Mail” to email",
    ),
    Case(
        "names in German alone",
        utf_8("Kundennummer,Anrede,Vorname,Nachname,Geschlecht", ADA),
        refused="The file has no header",
    ),
    Case(
        "a text document (RTF)",
        rb"{\rtf1\ansi\deff0 {\fonttbl}" + b"\n",
        refused="The file is a text document (RTF), not a CSV. Export",
    ),
    Case("settings", b"[customers]\nada@example.com\n", refused="The file has no header"),
    Case("a list of JSON", b'[ {"email": "ada@example.com"}]', refused="The file is JSON"),
    Case("JSON of many lines", b'{\n "email": "ada@example.com"\n}', refused="The file is JSON"),
    Case(
        "a title above the header",
        utf_8("Customers of 2024", HEADER, ADA),
        refused="The file has no header",
    ),
    Case(
        "a header of more than 16,384 characters",
        utf_8(HEADER + ",x" * 9000, ADA),
        refused="longer than 16,384 characters",
    ),
    Case(
        "a header of as many as it may have",
        utf_8(LONGEST_HEADER, ADA.replace("Ms", "Sir") + ","),
        rejected=(Rejected(2, "salutation", "not known"),),
        unknown=("x" * (16_383 - len(HEADER)),),
    ),
    Case(
        "a header that has more bytes in the report than it had",
        lines(HEADER + "," + LONG_NAME, ADA.replace("Ms", "Sir") + ",").encode("cp1252"),
        rejected=(Rejected(2, "salutation", "not known"),),
        unknown=(LONG_NAME,),
        encoding="cp1252",
    ),
    Case(
        "the header again in the middle",
        utf_8(HEADER, ADA, HEADER, BOB),
        2,
        rejected=(Rejected(3, "email", "not an e-mail address"),),
    ),
)

RAGGED = (
    Case(
        "a row without its last cell",
        utf_8(HEADER, ADA, BOB.rpartition(",")[0]),
        1,
        rejected=(Rejected(3, "last_name", "5 cells where the header has 6"),),
    ),
    Case(
        "a row without a cell in the middle",
        utf_8(HEADER + ",phone", BOB.replace(",Bob", "") + ",1", ADA + ","),
        1,
        rejected=(Rejected(2, "gender", "6 cells where the header has 7"),),
    ),
    Case(
        "a row with a cell too much",
        utf_8(HEADER, BOB.replace("Bob", "Bob,by"), ADA),
        1,
        rejected=(Rejected(2, "gender", "7 cells where the header has 6"),),
    ),
    Case(
        "a row with many cells too much",
        utf_8(HEADER, BOB + ",x" * 1000, ADA),
        1,
        rejected=(Rejected(2, "gender", "1006 cells where"),),
    ),
    Case(
        "a remark",
        utf_8(HEADER, "# exported yesterday", ADA),
        1,
        rejected=(Rejected(2, "customer_reference", "1 cell where"),),
    ),
    Case(
        "a total at the end",
        utf_8(HEADER, ADA, "Total,1,,,,"),
        1,
        rejected=(Rejected(3, "email", "not an e-mail address"),),
    ),
    Case(
        "the cells of another file",
        utf_8(HEADER, "a;b;c;d;e;f", ADA),
        1,
        rejected=(Rejected(2, "customer_reference", "1 cell where"),),
    ),
)
