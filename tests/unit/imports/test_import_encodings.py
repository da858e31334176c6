"""Files in another encoding than UTF-8, UTF-16 or cp1252: no garbled name is imported."""

# ruff: noqa: RUF001 - names as people write them

from itertools import cycle, islice

import pytest

from registration.domain.imports.jobs import Counts, JobStatus
from tests.support.imports.files import World, a_file, a_row

GERMAN = ["Jörg Müller", "Käthe Weiß", "Günther Schröder", "Björn Größe", "Jürgen Bäcker"]
FRENCH = ["José Lefèvre", "Zoé Gaëlle", "Benoît Hélène", "Françoise Noël"]
SPANISH = ["María Muñoz", "José Ibáñez", "Ramón Núñez", "Sofía Peña"]
POLISH = ["Łukasz Wałęsa", "Agnieszka Wójcik", "Małgorzata Kamińska", "Paweł Zieliński"]
CZECH = ["Jiří Dvořák", "Tomáš Novák", "Zdeněk Růžička", "Kateřina Svobodová"]
HUNGARIAN = ["György Szőke", "Erzsébet Erdős", "Jenő Kővári", "Gergő Győri"]
TURKISH = ["Ayşe Yıldız", "Işıl Erdoğan", "Çağla Güneş", "Barış Şahin"]
LATVIAN = ["Jānis Bērziņš", "Līga Kalniņa", "Māris Ozoliņš"]
RUSSIAN = ["Иван Петров", "Ольга Смирнова", "Юлия Чернышёва"]
GREEK = ["Γιώργος Παπαδόπουλος", "Ελένη Νικολάου"]
JAPANESE = ["太郎 田中", "花子 鈴木", "健一 佐藤"]
CHINESE = ["伟 王", "娜 李", "秀英 张"]
KOREAN = ["민준 김", "서연 이", "지훈 박"]

OTHERS = [
    *((names, "mac_roman") for names in (GERMAN, FRENCH, SPANISH)),
    *((names, "cp850") for names in (GERMAN, FRENCH, SPANISH)),
    (GERMAN, "cp437"),
    *((names, "cp1250") for names in (POLISH, CZECH, HUNGARIAN)),
    *((names, "iso8859-2") for names in (POLISH, CZECH)),
    (POLISH, "cp852"),
    (TURKISH, "cp1254"),
    (LATVIAN, "cp1257"),
    *((RUSSIAN, encoding) for encoding in ("cp1251", "koi8-r", "cp866")),
    (GREEK, "cp1253"),
    *((JAPANESE, encoding) for encoding in ("shift_jis", "euc_jp")),
    (CHINESE, "gb18030"),
    (KOREAN, "cp949"),
]
ANSI = [
    *(GERMAN, FRENCH, SPANISH),
    ["Søren Kjær", "Jørgen Ødegård", "Åse Bjørnson", "Sjögren Åkerlund"],
    ["João Simões", "Conceição Gonçalves", "Inês Araújo", "António Magalhães"],
    ["Þórður Sigurðsson", "Guðrún Jónsdóttir", "Björk Guðmundsdóttir"],
    ["Päivi Hämäläinen", "Niccolò Forlì", "Daniël Coöper", "Õnne Jõgi"],
    ["Siân O’Brien", "Anaïs L’Oréal", "Müller–Lüdenscheid Jörg", "Žiga Šušter"],
]


def file_of(names: list[str], encoding: str, *, rows: int, end: str = "\r\n") -> bytes:
    """Return a file with these names in its first rows, and names in ASCII in the others."""
    people = [*names, *["Ada Stone"] * (rows - len(names))]
    split = (name.rpartition(" ")[::2] for name in people)
    made = (a_row(n, first_name=a, last_name=b) for n, (a, b) in enumerate(split))
    return a_file(*made, encoding=encoding, end=end)


@pytest.mark.parametrize("rows", [0, 300])
@pytest.mark.parametrize(("names", "encoding"), OTHERS, ids=str)
def test_a_file_in_another_encoding_is_refused(names: list[str], encoding: str, rows: int) -> None:
    world = World()

    job = world.run(file_of(names, encoding, rows=rows))

    assert job.status is JobStatus.REFUSED
    assert not world.rows.customers.customers
    assert "Save it as “CSV UTF-8”" in world.summary()["reason"]


@pytest.mark.parametrize("rows", [0, 300])
@pytest.mark.parametrize("names", ANSI, ids=str)
def test_a_file_in_cp1252_is_imported(names: list[str], rows: int) -> None:
    world = World()

    job = world.run(file_of(names, "cp1252", rows=rows))

    assert job.counts == Counts(created=max(rows, len(names)))
    customers = world.rows.customers.customers.values()
    stored = {f"{each.profile.first_name} {each.profile.last_name}" for each in customers}
    assert stored >= set(names)


@pytest.mark.parametrize("name", GERMAN)
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_one_name_with_umlauts_is_enough(name: str, encoding: str) -> None:
    assert World().run(file_of([name], encoding, rows=20)).counts == Counts(created=20)


@pytest.mark.parametrize("name", ["Jörg Müller", "André Läufer", "Grün Größe", "Márquez Íñigo"])
@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_one_garbled_name_is_enough(name: str, encoding: str, end: str) -> None:
    job = World().run(file_of([name], encoding, rows=20, end=end))

    assert job.status is JobStatus.REFUSED


def test_a_cell_that_was_garbled_before_does_not_refuse_the_file() -> None:
    names = [*islice(cycle(GERMAN), 30), "J”rg Stone"]

    assert World().run(file_of(names, "cp1252", rows=0)).counts == Counts(created=31)


def test_letters_after_a_megabyte_of_ascii_decide_as_well() -> None:
    names = [*["Ada Stone"] * 15_000, *POLISH]

    assert World().run(file_of(names, "cp1250", rows=0)).status is JobStatus.REFUSED
