"""What the import says is known to the texts, and the other way round."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import registration
from registration.domain.imports.columns import IF_RIGHT
from registration.domain.imports.rows import Trouble, told
from registration.entrypoints.rendering.import_reasons import in_words
from registration.entrypoints.rendering.locales import ENGLISH, our_locales
from registration.entrypoints.shop.texts import our_texts
from tests.support.imports.files import World, a_file, a_row
from tests.support.shops.texts import a_shop

PACKAGE = Path(registration.__file__).parent
SOURCES = [
    *(PACKAGE / "domain" / "imports" / f"{name}.py" for name in ("csv_records", "csv_text")),
    *(
        PACKAGE / "domain" / "imports" / f"{name}.py"
        for name in ("columns", "own_columns", "plan", "rows")
    ),
    *(PACKAGE / "application" / "imports" / f"{name}.py" for name in ("close", "plan")),
    PACKAGE / "application" / "imports" / "process_chunk.py",
]
OTHERS = [locale for locale in our_locales() if locale != ENGLISH]


def sentences() -> Iterator[str]:
    """Yield what the sources say of a row or a file, with 1 in the place of what varies."""
    for source in SOURCES:
        tree = ast.parse(source.read_text("utf-8"))
        docs = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
        parts = [part for node in ast.walk(tree) for part in values_of(node)]
        for node in ast.walk(tree):
            if node in docs or node in parts:
                continue
            text = "".join(map(said_by, values_of(node))) or said_by(node)
            if re.fullmatch(r"[A-Z].* .*\.( 1)?", text):
                yield text


def values_of(node: ast.AST) -> list[ast.expr]:
    """Return the parts of an f-string."""
    return node.values if isinstance(node, ast.JoinedStr) else []


def said_by(node: ast.AST) -> str:
    """Return a text, or what stands for a value in one."""
    if isinstance(node, ast.FormattedValue):
        return "first" if ast.unparse(node.value) == "part" else "1"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{.*?\}", "1", node.value)
    return ""


@pytest.mark.parametrize("text", sorted(set(sentences())))
def test_every_reason_is_known_in_every_language(text: str) -> None:
    # Behind some stands more.
    whole = [text.removesuffix("1") + IF_RIGHT if text.endswith(".1") else text, f"{text} 1"]

    for locale in OTHERS:
        assert [in_words(locale, reason) for reason in whole] != whole, locale
    assert [in_words(ENGLISH, reason) for reason in whole] == whole


def test_every_text_is_what_the_import_says() -> None:
    said = " ".join(source.read_text("utf-8") for source in SOURCES)
    said = re.sub(r'"\s*\n\s*f?"', "", said)
    said += said.replace("{part}", "first") + said.replace("{part}", "last")
    english = our_texts(ENGLISH).items()
    reasons = {key: text for key, text in english if key.startswith("import_reason.")}
    # "1 cells" becomes "1 cell".
    del reasons["import_reason.cell_count_one"]

    unsaid = {
        key: piece
        for key, text in reasons.items()
        for piece in map(str.strip, re.split(r"\{\w+\}", text))
        if piece.replace("\ufffd", "\\ufffd").strip(". ") not in said
    }
    assert unsaid == {}


@pytest.mark.parametrize(
    ("reason", "german"),
    [
        ("The first name is missing.", "Der Vorname fehlt."),
        ("Line 1,234 has the same address.", "Zeile 1,234 hat dieselbe Adresse."),
        (
            "The line has 1 cell where the header has 6. Add or remove a separator; a cell that"
            f" holds one stands in quotation marks.{IF_RIGHT}",
            "Zellen in der Zeile: 1, in der Kopfzeile: 6. Fügen Sie ein Trennzeichen hinzu, oder"
            " entfernen Sie eines; eine Zelle, die eines enthält, steht in Anführungszeichen."
            " Ist die Zeile so richtig, wie sie hier steht, leeren Sie diese Zelle.",
        ),
        (
            "The file is a PDF, not a CSV. Export the table as a CSV and drop that.",
            "Die Datei ist keine CSV-Datei, sondern: eine PDF-Datei."
            " Exportieren Sie die Tabelle als CSV, und laden Sie das hoch.",
        ),
        (
            "The header lacks the columns email, gender. Rename “E.Mail {x}” to email."
            " Add what is missing.",
            "In der Kopfzeile fehlt: die Spalten email, gender."
            " Benennen Sie „E.Mail {x}“ in email um. Fügen Sie hinzu, was fehlt.",
        ),
        ("already imported as a/b {c}.csv", "schon importiert als a/b {c}.csv"),
        ("What an older version said.", "What an older version said."),
        ("", ""),
    ],
)
def test_a_reason_is_told_in_the_language_of_the_reader(reason: str, german: str) -> None:
    assert in_words("de_DE", reason) == german
    assert in_words("en_US", reason) == reason


def test_several_reasons_of_a_row_are_all_told() -> None:
    both = told(
        [
            Trouble("email", "This is not an e-mail address. Write it like name@example.com."),
            Trouble("first_name", "The first name is missing."),
        ]
    ).reason

    assert in_words("nl_NL", both) == (
        "email: Dit is geen e-mailadres. Schrijf het als name@example.com."
        " | first_name: De voornaam ontbreekt."
    )


@pytest.mark.parametrize("locale", OTHERS)
def test_what_an_import_says_of_real_rows_is_told(locale: str) -> None:
    world = World()
    rows = [
        a_row(1, email="ada"),
        a_row(2, gender="?"),
        a_row(3, password="x"),
        a_row(4, phone="1E+9"),
    ]
    rows += [a_row(5, date_of_birth="31.12.1980"), a_row(6, email="")]
    rows += [a_row(7), a_row(7)]
    world.run(a_file(*rows))

    reasons = [row["reason"] for row in world.failed()]

    assert len(reasons) == 6
    assert [reason for reason in reasons if in_words(locale, reason) == reason] == []


def test_a_shop_may_say_it_in_its_words(tmp_path: Path) -> None:
    mine = '[import_reason]\nfirst_name_missing = "No name!"'
    with a_shop(tmp_path, {"texts/en_US/a.toml": mine}):
        assert in_words("en_US", "The first name is missing.") == "No name!"
