"""The contents of rows: each column's rules, duplicates, several flaws at once."""

from collections.abc import Iterator

from tests.corpus import ADA, BOB, EVE, HEADER, Case, Rejected, utf_8
from tests.support.imports.files import BCRYPT, a_file, a_row

LONG = "a" * 101
LONG_IN_ASCII = f"{'a' * 60}@{'ü' * 33}.de"
"""97 characters, but more with the domain in ASCII, to which mail is sent."""


def right(name: str, **values: str) -> Case:
    """Return a file with a valid row that looks wrong."""
    return Case(name, a_file(a_row(1, **values)), 1)


FLAWS = (
    ("no address", "email", "", "address is missing"),
    ("no at sign", "email", "ada.example.com", "not an e-mail address"),
    ("an at sign in words", "email", "ada(at)example.com", "not an e-mail address"),
    ("a space within", "email", "ada lovelace@example.com", "not an e-mail address"),
    ("no domain", "email", "ada@localhost", "not an e-mail address"),
    ("two dots", "email", "ada@example..com", "Mail cannot be sent"),
    ("a dot at the end of the local part", "email", "ada.@example.com", "Mail cannot be"),
    ("a domain of an address", "email", "ada@[127.0.0.1]", "Mail cannot be sent"),
    ("letters that mail cannot carry", "email", "zoë@example.com", "Mail cannot be sent"),
    ("two addresses", "email", "ada@example.com; bob@example.com", "more than one address"),
    ("an address with a name", "email", "Ada <ada@example.com>", "the address alone"),
    ("an address with its scheme", "email", "mailto:ada@example", "the address alone"),
    ("a long address", "email", f"{LONG}@example.com", "too long"),
    ("an address that is too long once it can be sent to", "email", LONG_IN_ASCII, "too long"),
    ("a hidden character in an address", "email", "ada\u200b@example.com", "cannot be seen"),
    ("a hidden character in a domain", "email", "ada@exam\u00adple.com", "cannot be seen"),
    ("a hidden character before the @", "email", "ada\u200d@example.com", "cannot be seen"),
    ("a first name of a hidden character", "first_name", "\u00ad", "first name is missing"),
    ("a last name of a letter that shows nothing", "last_name", "\u3164", "name is missing"),
    ("a hidden character in a first name", "first_name", "A\u200bda", "hidden character"),
    ("a joiner between Latin letters", "last_name", "Love\u200dlace", "hidden character"),
    ("a hidden character in a phone number", "phone", "+49\u00ad30", "hidden character"),
    ("a hidden character in a company", "company", "Stone\u2060Ltd", "hidden character"),
    ("no salutation", "salutation", "", "Use Mr, Mrs, Dr or Ms"),
    ("a Spanish salutation", "salutation", "Señor", "Use Mr, Mrs, Dr or Ms"),
    ("two salutations", "salutation", "Mr/Mrs", "Use Mr, Mrs, Dr or Ms"),
    ("a lost letter in a first name", "first_name", "?ukasz", "letter was lost"),
    ("lost letters in a last name", "last_name", "Wa??sa", "letter was lost"),
    ("a lost letter in an address", "email", "m?ller@example.com", "may have been lost"),
    ("a lost letter in a company", "company", "M?ller", "may have been lost"),
    ("a Russian error", "company", "#ЗНАЧ!", "could not work this cell out"),
    ("nothing of Python's", "phone", "nan", "has nothing"),
    ("no first name", "first_name", "", "first name is missing"),
    ("a first name of spaces", "first_name", "\u00a0 \u2003", "first name is missing"),
    ("a long first name", "first_name", LONG, "Shorten it to 100"),
    ("a script as a first name", "first_name", "<script>", "holds : / < >"),
    ("an address as a last name", "last_name", "https://example.com", "holds : / < >"),
    ("no last name", "last_name", "", "last name is missing"),
    ("a long last name", "last_name", LONG, "Shorten it to 100"),
    ("no gender", "gender", "", "Use Male, Female or n/a"),
    ("a noun for a gender", "gender", "woman", "Use Male, Female or n/a"),
    ("a letter for a gender", "gender", "f", "Use Male, Female or n/a"),
    ("a gender that is not known", "gender", "divers", "Use Male, Female or n/a"),
    ("a German date", "date_of_birth", "31.12.1985", "as 1980-12-31"),
    ("an American date", "date_of_birth", "12/31/1985", "as 1980-12-31"),
    ("slashes in a date", "date_of_birth", "1985/12/31", "as 1980-12-31"),
    ("a day that is not there", "date_of_birth", "1985-02-30", "no such day"),
    ("a birth long ago", "date_of_birth", "1899-12-31", "before 1900"),
    ("a birth tomorrow", "date_of_birth", "2999-01-01", "in the future"),
    ("a spreadsheet's number for a day", "date_of_birth", "31412", "number for a day"),
    ("a birth with its time", "date_of_birth", "1985-12-31 00:00:00", "not a date of birth"),
    ("digits of another script", "date_of_birth", "١٩٨٥-١٢-٣١", "not a date of birth"),
    ("a long phone number", "phone", "1" * 256, "Shorten it to 255"),
    ("a phone number of two lines", "phone", "1\n2", "line break"),
    ("a phone number as a power of ten", "phone", "4,93012E+11", "digits are lost"),
    ("a long company", "company", LONG, "Shorten it to 100"),
    ("a tab within a company", "company", "A\tB", "hidden character"),
    ("a language for a locale", "locale_name", "de", "Write it like de_DE"),
    ("a locale without a country", "locale_name", "de", "Write it like de_DE"),
    ("a language's name for a locale", "locale_name", "German", "Write it like de_DE"),
    ("a number for a reference", "customer_reference", "21", "Write it like DE--21"),
    ("a reference with one hyphen", "customer_reference", "DE-21", "Write it like DE--21"),
    ("a reference with spaces", "customer_reference", "DE-- 21", "Write it like DE--21"),
    ("a long reference", "customer_reference", "DE--" + "1" * 61, "Write it like DE--21"),
    ("a plain password", "password", "change123", "not a bcrypt hash"),
    ("a hash cut short", "password", BCRYPT[:-1], "not a bcrypt hash"),
    ("another kind of hash", "password", "$1$abc$def", "not a bcrypt hash"),
    ("a hash in no form", "password", "$2x" + BCRYPT[3:], "not a bcrypt hash"),
    ("a hash of a high cost", "password", "$2y$16" + BCRYPT[6:], "has to be 4 to 12"),
    ("a hash of a low cost", "password", "$2y$03" + BCRYPT[6:], "has to be 4 to 12"),
    ("a word for a registration", "registered", "yes", "Write it like 2024-12-31"),
    ("a German date of registration", "registered", "31.01.2019", "like 2024-12-31"),
    ("no date of MySQL's", "registered", "0000-00-00 00:00:00", "like 2024-12-31"),
    ("a registration long ago", "registered", "0001-01-01T00:00+14:00", "since 1900"),
    ("a registration tomorrow", "registered", "2999-01-01", "not in the future"),
    ("what a spreadsheet could not find", "last_name", "#N/A", "could not work this cell out"),
    ("the same in German", "gender", "#NV", "could not work this cell out"),
    ("a column that was too narrow", "phone", "########", "could not work this cell out"),
    ("the same of another spreadsheet", "phone", "#ERROR!", "could not work this cell out"),
    ("the same in its own way", "company", "Err:509", "could not work this cell out"),
    ("a name of none in French", "first_name", "#NOM?", "could not work this cell out"),
    ("a value of none in French", "company", "#VALEUR!", "could not work this cell out"),
    ("a value of none in Spanish", "company", "#¡VALOR!", "could not work this cell out"),
    ("a name of none in Spanish", "last_name", "#¿NOMBRE?", "could not work this cell out"),
    ("a name of none in Italian", "last_name", "#NOME?", "could not work this cell out"),
    ("a value of none in German", "phone", "#ÜBERLAUF!", "could not work this cell out"),
    ("a value of none in Italian", "company", "#N/D", "could not work this cell out"),
    ("a division by zero", "phone", "#DIV/0!", "could not work this cell out"),
    ("a power of ten in small letters", "phone", "4.93012e+11", "digits are lost"),
    ("a power of ten with a sign", "phone", "-4.9E+11", "digits are lost"),
    ("a power of ten with a plus", "phone", "'+4.9E11", "digits are lost"),
    ("a database's nothing for a phone number", "phone", "NULL", "where it has nothing"),
    ("a database's nothing for a company", "company", r"\N", "where it has nothing"),
    ("a database's nothing for a name", "last_name", "NULL", "where it has nothing"),
    ("a database's nothing for a gender", "gender", "(null)", "where it has nothing"),
    ("a database's nothing for an address", "email", "NULL", "where it has nothing"),
    ("a database's nothing for a date", "date_of_birth", r"\N", "where it has nothing"),
    ("a lost character in an address", "email", "j\ufffdrg@example.com", "was lost"),
)
"""Each with its name, its column, a value, and part of the reason."""

FLAWED = tuple(
    Case(
        name,
        a_file(a_row(1), a_row(2, **{column: value}), a_row(3)),
        2,
        rejected=(Rejected(3, column, reason),),
    )
    for name, column, value, reason in FLAWS
)


def _at_their_lines() -> Iterator[Rejected]:
    line = 2
    for _, column, value, reason in FLAWS:
        yield Rejected(line, column, reason)
        line += 1 + value.count("\n")


ALL_FLAWED = Case(
    "all flaws in one file",
    a_file(*[a_row(n, **{column: value}) for n, (_, column, value, _) in enumerate(FLAWS)]),
    rejected=tuple(_at_their_lines()),
)

RIGHT = (
    right("no optional value", locale_name="", phone="", company="", date_of_birth=""),
    right("words with one meaning", salutation="FRAU", gender="female", locale_name="de-AT"),
    right("marks of a text before a number", phone="'0301", registered="2019-01-31 11:02:33 UTC"),
    right("a question in a company", company="Wer liefert was?"),
    right("names as long as they may be", first_name="ö" * 100, last_name="ß" * 100),
    right("marks that nobody sees around cells", phone="\u00ad1\u2800", last_name="Ada\u200c"),
    right("a Persian name with a non-joiner", first_name="\u0645\u06cc\u200c\u062e\u0648"),
    right("a Hindi name with a joiner", last_name="\u0936\u0930\u094d\u200d\u092e\u093e"),
    right("a Japanese name with a selector", last_name="\u845b\U000e0100"),
    right("a formula for a name", first_name="=1+1", last_name="@SUM(A1)", company="-2+3"),
    right("marks that look like a report's", first_name="'=1", company="'tis"),
    right("an address of another alphabet's domain", email="info@münchen.de"),
    right("capitals and spaces in an address", email="  Ada.Lovelace+Shop@EXAMPLE.com "),
    right("a company of three lines", company="A\r\nB \n\n C"),
    right("a number sign in a name", company="# 1 Toys"),
    right("a number sign alone, and one before a word", company="#", last_name="#Ada"),
    right("somebody called Null", last_name="Null", company="NULL & Sons", first_name="null"),
    right("letters that look like a power of ten", phone="030 12 e 34", company="4E+2"),
    right("born on a leap day", date_of_birth="2000-02-29"),
    right("born when it begins", date_of_birth="1900-01-01"),
    right("neither male nor female", gender="n/a"),
    right("a hash of PHP's", password=BCRYPT),
    right("a hash of bcrypt's first form", password="$2a" + BCRYPT[3:]),
    right("a hash of bcrypt's latest form", password="$2b" + BCRYPT[3:]),
    right("a hash whose salt cannot be", password=BCRYPT[:28] + "z" + BCRYPT[29:]),
    right("a hash whose digest cannot be", password=BCRYPT[:-1] + "z"),
    right("a registration as a date", registered="2019-01-31"),
    right("a registration with its time", registered="2019-01-31 11:02:33"),
    right("a registration with its zone", registered="2019-01-31T11:02:33.5+02:00"),
    right("a phone number of words and signs", phone="+49 (0)30 / 123-45 ext. 6"),
    right("a text that an export keeps a text", phone='="0301234"', last_name='="Stone"'),
    right("a phone number with a spreadsheet's apostrophe", phone="'+49 30 12"),
)

TOGETHER = (
    Case(
        "everything is wrong at once",
        utf_8(HEADER, "21,nobody,Sir,,a/b,gent"),
        rejected=(
            Rejected(
                2,
                "email",
                "email: This is not an e-mail address. Write it like name@example.com."
                " | salutation: This salutation is not known. Use Mr, Mrs, Dr or Ms."
                " | first_name: The first name is missing."
                " | last_name: The last name holds : / < > or a hidden character. Remove it."
                " | gender: This gender is not known. Use Male, Female or n/a."
                " | customer_reference: This is not a customer reference.",
            ),
        ),
    ),
    Case("the same row twice", utf_8(HEADER, ADA, ADA, BOB), 2, duplicate=1),
    Case("an address in another case", utf_8(HEADER, ADA, ADA.replace("ada@", "ADA@")), 1, 1),
    Case(
        "a reference twice",
        utf_8(HEADER, "DE--1" + ADA, "DE--1" + BOB, "DE--2" + EVE),
        2,
        duplicate=1,
        names=("Ada", "Eve"),
    ),
    Case("a reference in another case", utf_8(HEADER, "DE--a" + ADA, "DE--A" + BOB), 2),
    Case(
        "a row that is rejected takes no address from a later one",
        utf_8(HEADER, ADA.replace("Ms", "Miss"), ADA),
        1,
        rejected=(Rejected(2, "salutation", "not known"),),
    ),
    Case(
        "a duplicate takes no reference from a later row",
        utf_8(HEADER, ADA, "DE--1" + ADA, "DE--1" + BOB),
        2,
        duplicate=1,
    ),
    Case(
        "a domain in its two forms",
        utf_8(HEADER, ",a@münchen.de,Ms,A,A,Female", ",a@xn--mnchen-3ya.de,Ms,B,B,Female"),
        1,
        duplicate=1,
        names=("A",),
    ),
    Case(
        "the columns of a report in a file of one's own are ignored",
        utf_8(HEADER + ",line,column,reason", ADA + ",7,email,because"),
        1,
    ),
)
