"""Values as other systems and spreadsheets spell them: read as meant, or told rightly."""

# ruff: noqa: RUF001 - marks and words as systems write them

import time
import tomllib
from datetime import UTC, datetime

import pytest

from registration.domain.customers import Customer
from registration.domain.imports.jobs import Counts, JobStatus
from registration.domain.profile import Gender, Salutation
from tests.support.imports.files import BCRYPT, World, a_file, a_row
from tests.support.stack import ROOT

TEXTS = (ROOT / "layers/common/src/registration/texts").glob("*/pages.toml")
SPOKEN = [
    (column, word, choices[name])
    for path in TEXTS
    for column, choices in (("salutation", Salutation), ("gender", Gender))
    for name, word in tomllib.loads(path.read_text())["choice"][column].items()
]
"""The words of the shop's forms in each language, and what they stand for."""


def imported(**values: str) -> Customer:
    """Return the customer of a row."""
    return imported_from(a_file(a_row(1, **values)))


def imported_from(content: bytes) -> Customer:
    """Return the only customer of a file."""
    world = World()
    assert world.run(content).counts == Counts(created=1), world.failed()
    (customer,) = world.rows.customers.customers.values()
    return customer


def reason(**values: str) -> str:
    """Return why a row is rejected."""
    world = World()
    assert world.run(a_file(a_row(1, **values))).counts == Counts(rejected=1)
    (row,) = world.failed()
    assert row["column"] == next(iter(values))
    return row["reason"]


@pytest.mark.parametrize(("column", "word", "meaning"), SPOKEN)
def test_the_words_of_the_forms_are_taken(column: str, word: str, meaning: str) -> None:
    # A word for both Mrs and Ms says as little about marriage as Ms does.
    meanings = {each for _, other, each in SPOKEN if other == word}
    expected = "Ms" if "Ms" in meanings else meaning
    assert getattr(imported(**{column: word}).profile, column) == expected


@pytest.mark.parametrize(
    ("column", "value", "meaning"),
    [
        ("salutation", "MR.", "Mr"),
        ("salutation", "mr", "Mr"),
        ("salutation", "Mrs.", "Mrs"),
        ("salutation", "ms.", "Ms"),
        ("salutation", "DR.", "Dr"),
        ("salutation", "HERR", "Mr"),
        ("salutation", "frau", "Ms"),
        ("gender", "female", "Female"),
        ("gender", "MALE", "Male"),
        ("gender", "N/A", "n/a"),
        ("gender", "WEIBLICH", "Female"),
        ("gender", "männlich", "Male"),
        ("gender", "keine angabe", "n/a"),
        ("locale_name", "de-DE", "de_DE"),
        ("locale_name", "DE_de", "de_DE"),
        ("locale_name", "en-us", "en_US"),
        ("locale_name", "pt_br", "pt_BR"),
        ("locale_name", "EN-GB", "en_GB"),
    ],
)
def test_a_value_with_one_meaning_is_taken_and_the_summary_says_for_what(
    column: str, value: str, meaning: str
) -> None:
    world = World(rows_per_chunk=1)

    job = world.run(a_file(*(a_row(n, **{column: value}) for n in range(3))))

    assert job.counts == Counts(created=3)
    field = column.removesuffix("_name")
    customers = world.rows.customers.customers.values()
    assert {getattr(each.profile, field) for each in customers} == {meaning}
    assert world.summary()["taken"] == [f"{column}: {value} → {meaning}"]


def test_what_was_taken_is_known_after_planning_in_several_calls() -> None:
    world = World(rows_per_chunk=1, time_is_up=lambda: True)

    job = world.run(a_file(a_row(1, gender="male"), a_row(2), a_row(3, salutation="Herr")))

    assert job.layout
    assert job.layout.taken == ("gender: male → Male", "salutation: Herr → Mr")


def test_values_as_the_form_has_them_are_no_news() -> None:
    job = World().run(a_file(a_row(1)))

    assert job.layout
    assert job.layout.taken == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("salutation", "Miss"),
        ("salutation", "Sir"),
        ("salutation", "Mr/Mrs"),
        ("salutation", "M"),
        ("gender", "divers"),
        ("gender", "d"),
        ("locale_name", "de"),
        ("locale_name", "german"),
        ("locale_name", "de--DE"),
    ],
)
def test_what_has_several_meanings_is_not_taken(column: str, value: str) -> None:
    assert "not" in reason(**{column: value})


@pytest.mark.parametrize(
    "value", ["'0301234567", "''0301234567", '="0301234567"', "0301234567_x000D_"]
)
def test_the_marks_of_a_text_are_no_part_of_a_number(value: str) -> None:
    assert imported(phone=value).profile.phone == "0301234567"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_unquoted_text_formula_is_read(delimiter: str, end: str) -> None:
    row = a_row(1, phone="PHONE", last_name="NAME", customer_reference="REF", registered="DAY")
    file = a_file(row, delimiter=delimiter, end=end).decode()
    for word, value in (
        ("PHONE", '="0301234567"'),
        ("NAME", '="Stone"'),
        ("REF", '="DE--21"'),
        ("DAY", '="2019-01-31"'),
    ):
        file = file.replace(word, value)

    customer = imported_from(file.encode())

    assert customer.profile.phone == "0301234567"
    assert customer.profile.last_name == "Stone"
    assert customer.reference == "DE--21"


def test_a_text_formula_does_not_hide_a_stray_mark() -> None:
    world = World()
    file = a_file(a_row(1, phone="PHONE", company="COMPANY"), a_row(2))
    file = file.replace(b"PHONE", b'="030"').replace(b"COMPANY", b'19" Ltd')

    assert world.run(file).counts == Counts(created=1, rejected=1)
    assert world.failed()[0]["column"] == "company"


@pytest.mark.parametrize(
    "value",
    [
        *("'t Hooft", "’t Hooft", "D'Arcy", "'Abd", "'t Hooft 2", "'s-Gravesande 3", "'n Huis 7"),
        *("'S-Hertogenbosch 1", "'24 Hours'", "'Rock 'n' Roll 5'", "'t Vuur 1/2"),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_a_name_keeps_its_apostrophe(value: str, again: bool) -> None:
    row = a_row(1, company=value, last_name=value.replace("/", " "))
    world = World()
    world.run(a_file(row | {"gender": "-"} if again else row))
    report = [{**each, "gender": "Male"} for each in world.failed()] if again else [row]

    profile = imported_from(a_file(*report)).profile

    assert (profile.company, profile.last_name) == (value, row["last_name"])


@pytest.mark.parametrize("marks", ["'", "''", "' "])
@pytest.mark.parametrize("other", [{}, {"gender": "-"}])
def test_no_address_or_hash_begins_with_an_apostrophe(marks: str, other: dict[str, str]) -> None:
    row = a_row(1, email=f"{marks}ada@example.com", password=f"{marks}{BCRYPT}")
    world = World()
    world.run(a_file(row | other))
    report = [{**each, "gender": "Male"} for each in world.failed()] if other else [row]

    customer = imported_from(a_file(*report))

    assert (customer.email.typed, customer.password_hash) == ("ada@example.com", BCRYPT)


def test_a_company_on_two_lines_of_a_workbook_is_one_name() -> None:
    assert imported(company="Stone_x000D_\nLtd_x000D_").profile.company == "Stone Ltd"


@pytest.mark.parametrize("column", ["company", "last_name", "email", "phone", "registered"])
@pytest.mark.parametrize(
    "cell",
    [
        *("a\nb" + " " * 30_000 + "c", "a\nb" + "\t " * 15_000 + "c", " \n" * 15_000 + "c"),
        *("a\nb" + " x" * 15_000, "'t " * 10_000 + "'", ",'" * 15_000, "'x" * 15_000),
    ],
    ids=lambda cell: ascii(cell[:9]),
)
def test_no_cell_takes_seconds(column: str, cell: str) -> None:
    began = time.process_time()

    World().run(a_file(a_row(1, **{column: cell})))

    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2019-01-31 11:02:33 UTC", datetime(2019, 1, 31, 11, 2, 33, tzinfo=UTC)),
        ("2019-01-31 11:02:33 GMT", datetime(2019, 1, 31, 11, 2, 33, tzinfo=UTC)),
        ("2019-01-31 11:02:33UTC", datetime(2019, 1, 31, 11, 2, 33, tzinfo=UTC)),
        ("2019-01-31 11:02:33 Z", datetime(2019, 1, 31, 11, 2, 33, tzinfo=UTC)),
        ("2019-01-31 11:02:33 +0100", datetime(2019, 1, 31, 10, 2, 33, tzinfo=UTC)),
        ("2019-01-31 11:02:33 -05:30", datetime(2019, 1, 31, 16, 32, 33, tzinfo=UTC)),
        ("2019-01-31T11:02:33.1234567Z", datetime(2019, 1, 31, 11, 2, 33, 123456, tzinfo=UTC)),
        ("2019-01-31 11:02:33,123456789", datetime(2019, 1, 31, 11, 2, 33, 123456, tzinfo=UTC)),
        ("2019-01-31 11:02:33.1234567 +01", datetime(2019, 1, 31, 10, 2, 33, 123456, tzinfo=UTC)),
    ],
)
def test_a_registration_says_its_zone(text: str, time: datetime) -> None:
    world = World(trust_registered_column=True)

    world.run(a_file(a_row(1, registered=text)))

    (customer,) = world.rows.customers.customers.values()
    assert customer.consent.confirmed
    assert customer.consent.confirmed.at == time


@pytest.mark.parametrize(
    "value",
    [
        *("#N/A", "#NV", "#WERT!", "#VALUE!", "#¿NOMBRE?", "#ЗНАЧ!", "#Н/Д", "#ИМЯ?", "#ССЫЛКА!"),
        *("#DEĞER!", "#YOK", "#SAYI/0!", "#BÖL/0!", "#I/T", "#HIÁNYZIK", "#ÉRTÉK!", "#NÉV?"),
        *("#NENÍ_K_DISPOZICI", "#HODNOTA!", "#ΤΙΜΗ!", "#Δ/Υ", "#GETTING_DATA", "#SPILL!"),
        *("#PUUTTUU!", "#SAKNAS!", "#ARG!", "#N/D", "#DIV/0!", "#####", "Err:502"),
    ],
)
@pytest.mark.parametrize("column", ["company", "phone", "last_name"])
def test_an_error_of_a_spreadsheet_is_told_in_any_language(column: str, value: str) -> None:
    assert "could not work this cell out" in reason(**{column: value})


@pytest.mark.parametrize("value", ["#hashtag", "#1 Ltd", "Stone #2", "#Stone!", "# 7", "C#"])
def test_a_company_may_begin_with_a_number_sign(value: str) -> None:
    assert imported(company=value).profile.company == value


@pytest.mark.parametrize(
    "value", ["nan", "NaN", "None", "NaT", "<NA>", "undefined", "NULL", r"\N", "Loading..."]
)
@pytest.mark.parametrize("column", ["first_name", "company", "phone", "registered"])
def test_what_programs_write_for_nothing_is_told(column: str, value: str) -> None:
    assert "has nothing" in reason(**{column: value})


@pytest.mark.parametrize("value", ["Nan", "Null", "NONE", "Nanette", "Undine"])
def test_a_name_that_looks_like_nothing_is_a_name(value: str) -> None:
    assert imported(first_name=value).profile.first_name == value


def test_a_number_with_a_fraction_has_lost_its_zeros() -> None:
    assert "shortened" in reason(phone="301234567.0")


@pytest.mark.parametrize(
    "form",
    ["{} *", "{}*", "“{}”", "„{}“", "«{}»", "‘{}’", '="{}"', "'{}'", " {} ", '"{}"', "\ufeff{}"],
)
def test_a_header_is_known_by_its_words(form: str) -> None:
    row = a_row(1)
    names = ",".join(form.format(name) for name in row).encode()
    cells = a_file(row).partition(b"\n")[2]

    assert imported_from(names + b"\n" + cells).profile.first_name == "Ada"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Customer email,Billing phone,First name,Last name", "Rename “Customer email” to email."),
        ("Customer email;Billing phone;First name", "Rename “First name” to first_name."),
        ("ID;Titles ID;Email *;Last Name *;First Name *", "Rename “Last Name *” to last_name."),
        ("Id\tContact E-Mail\tGender", "Rename “Contact E-Mail” to email."),
        ("Kundennummer,E-Mail,Vorname", "Rename “E-Mail” to email."),
        ('"customer_reference;email;salutation;first_name;last_name;gender"', "one cell"),
        ('"customer_reference,email,gender"', "one cell"),
        ("customer_reference|email|gender", "cannot be told apart"),
    ],
)
def test_a_header_of_another_system_is_told_what_to_rename(header: str, told: str) -> None:
    world = World()

    job = world.run(f"{header}\nada@example.com\n".encode())

    assert job.status is JobStatus.REFUSED
    assert told in world.summary()["reason"]
