"""Files in another encoding than UTF-8, UTF-16 or cp1252: no garbled name is imported."""

from itertools import cycle, islice

import pytest

from registration.domain.imports.jobs import Counts, JobStatus
from tests.corpus.names import ELSEWHERE, FOREIGN, WESTERN
from tests.support.imports.files import World, a_file, a_row, read_report

GERMAN = WESTERN["German"].split(", ")
ANSI = [names.split(", ") for names in WESTERN.values()]


def file_of(names: list[str], encoding: str, *, rows: int, end: str = "\r\n") -> bytes:
    """Return a file with these names in its first rows, and names in ASCII in the others."""
    people = [*names, *["Ada Stone"] * (rows - len(names))]
    split = (name.rpartition(" ")[::2] for name in people)
    made = (a_row(n, first_name=a, last_name=b) for n, (a, b) in enumerate(split))
    return a_file(*made, encoding=encoding, end=end)


def garbled_in(names: list[str], encoding: str, rows: int = 0) -> set[str]:
    """Return the names that an import of a file changes."""
    world = World()
    world.run(file_of(names, encoding, rows=rows))
    return stored_in(world) - {*names, "Ada Stone"}


def stored_in(world: World) -> set[str]:
    profiles = (each.profile for each in world.rows.customers.customers.values())
    return {f"{each.first_name} {each.last_name}".strip() for each in profiles}


@pytest.mark.parametrize("rows", [0, 300])
@pytest.mark.parametrize(("language", "encoding", "names"), FOREIGN, ids=str)
def test_a_file_in_another_encoding_is_refused(
    language: str, encoding: str, names: list[str], rows: int
) -> None:
    world = World()

    job = world.run(file_of(names, encoding, rows=rows))

    assert job.status is JobStatus.REFUSED
    assert not world.rows.customers.customers
    assert "Save it as “CSV UTF-8”" in world.summary()["reason"]


@pytest.mark.parametrize(("language", "encoding", "names"), FOREIGN, ids=str)
def test_no_name_is_garbled_however_few_there_are(
    language: str, encoding: str, names: list[str]
) -> None:
    halves = [f"{half} Stone" for name in names for half in name.split()]
    files = [[name] for name in (*names, *halves)] + [
        names[at : at + 2] for at in range(len(names))
    ]

    assert [found for file in files if (found := garbled_in(file, encoding, 20))] == []


@pytest.mark.parametrize("rows", [0, 300])
@pytest.mark.parametrize("names", ANSI, ids=str)
def test_a_file_in_cp1252_is_imported(names: list[str], rows: int) -> None:
    world = World()

    job = world.run(file_of(names, "cp1252", rows=rows))

    assert job.counts == Counts(created=max(rows, len(names)))
    assert stored_in(world) >= set(names)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *((name, "cp1252") for names in ANSI for name in names),
        *(
            (name, other)
            for name in GERMAN
            for other in ("utf-8", "utf-8-sig", "utf-16", "latin-1")
        ),
    ],
)
def test_one_name_is_enough(name: str, encoding: str) -> None:
    assert World().run(file_of([name], encoding, rows=20)).counts == Counts(created=20)


@pytest.mark.parametrize("name", ["Jörg Müller", "André Läufer", "Grün Größe", "Márquez Íñigo"])
@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_one_garbled_name_is_enough(name: str, encoding: str, end: str) -> None:
    job = World().run(file_of([name], encoding, rows=20, end=end))

    assert job.status is JobStatus.REFUSED


@pytest.mark.parametrize("name", ["J”rg Stone", "Ada Szûcs", "Bšhm Stone", "Ðuro Stone"])
def test_a_name_that_looks_garbled_is_rejected_alone(name: str) -> None:
    names = [*islice(cycle(GERMAN), 30), name]
    world = World()

    job = world.run(file_of(names, "cp1252", rows=0))

    assert job.counts == Counts(created=30, rejected=1)
    (row,) = world.failed()
    assert row["column"] == ("last_name" if name.startswith("Ada") else "first_name")
    assert "may be garbled" in row["reason"]


@pytest.mark.parametrize(
    ("changes", "created"),
    [
        ({}, False),
        ({"last_name": "Szűcs"}, True),
        ({"last_name": "Szûcs", "reason": ""}, True),
    ],
)
def test_a_row_that_looks_garbled_is_corrected_or_confirmed(
    changes: dict[str, str], created: bool
) -> None:
    world = World()
    world.run(file_of([*islice(cycle(GERMAN), 30), "Ada Szûcs"], "cp1252", rows=0))
    (row,) = read_report(world.reports.reports["reports/customer.csv/failed.csv"])
    again = World()

    job = again.run(a_file(row | changes, columns=row), "mended.csv")

    assert job.counts == (Counts(created=1) if created else Counts(rejected=1))


def test_the_refusal_names_the_line_to_look_at() -> None:
    world = World()
    world.run(file_of(["Ada Stone", "Jörg Weiß", "Bšhm Stone"], "cp1252", rows=20))

    assert "look at line 4" in world.summary()["reason"]


def test_letters_after_a_megabyte_of_ascii_decide_as_well() -> None:
    names = [*["Ada Stone"] * 15_000, *ELSEWHERE["Polish"].split(", ")]

    assert World().run(file_of(names, "cp1250", rows=0)).status is JobStatus.REFUSED
