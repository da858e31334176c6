"""Chunks and duplicates."""

import random
import time

import pytest

from registration.domain.imports import plan as import_plan
from registration.domain.imports.columns import Columns
from registration.domain.imports.csv_records import Record
from registration.domain.imports.jobs import Duplicate
from registration.domain.imports.plan import FirstLines, Plan, Planning
from tests.support.factories import NOW
from tests.support.imports.files import COLUMNS, GLUE_COLUMNS, World, a_file, a_row


def plan_of(*rows: dict[str, str], rows_per_chunk: int = 2) -> Plan:
    columns = Columns(tuple(COLUMNS), GLUE_COLUMNS)
    planning = Planning(columns, rows_per_chunk, NOW.date(), Plan("import"), FirstLines())
    for line, row in enumerate(rows, start=2):
        planning.take(Record(line, line * 100, line * 100 + 90, list(row.values())))
    return planning.finish()


def duplicates_of(*rows: dict[str, str]) -> list[Duplicate]:
    return [duplicate for chunk in plan_of(*rows) for duplicate in chunk.duplicates]


def test_chunks_follow_each_other_and_hold_all_rows() -> None:
    plan = plan_of(*[a_row(n) for n in range(5)])

    assert plan.rows == 5
    assert [(c.number, c.line, c.start, c.end, c.rows) for c in plan] == [
        (0, 2, 200, 390, 2),
        (1, 4, 400, 590, 2),
        (2, 6, 600, 690, 1),
    ]


def test_no_rows_make_no_chunks() -> None:
    plan = plan_of()

    assert (plan.rows, len(plan), list(plan)) == (0, 0, [])


def test_the_first_valid_row_wins_across_chunks() -> None:
    assert duplicates_of(
        a_row(1, email="ada@example.com", gender="?"),
        a_row(2, email="ada@example.com"),
        a_row(3),
        a_row(4),
        a_row(5, email="ADA@Example.com"),
        a_row(6, email="ada@example.com", salutation="?"),
    ) == [Duplicate(6, 3, "email")]


def test_a_reference_counts_as_an_address_does() -> None:
    assert duplicates_of(
        a_row(1, customer_reference="DE--1"),
        a_row(2, customer_reference="DE--1"),
        a_row(3, customer_reference="DE--1", email="customer-1@example.com"),
    ) == [Duplicate(3, 2, "customer_reference"), Duplicate(4, 2, "email")]


def test_a_duplicate_takes_nothing_from_later_rows() -> None:
    assert duplicates_of(
        a_row(1),
        a_row(1, customer_reference="DE--1"),
        a_row(2, customer_reference="DE--1"),
    ) == [Duplicate(3, 2, "email")]


def test_many_duplicates_make_chunks_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_plan, "MOST_DUPLICATES", 2)

    plan = plan_of(*[a_row(1) for _ in range(6)], rows_per_chunk=100)

    assert [(chunk.rows, len(chunk.duplicates)) for chunk in plan] == [
        (3, 2),
        (2, 2),
        (1, 1),
    ]


def test_long_rows_make_chunks_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_plan, "MOST_BYTES", 250)

    plan = plan_of(*[a_row(n) for n in range(5)], rows_per_chunk=100)

    assert [chunk.rows for chunk in plan] == [3, 2]


def test_first_lines_are_those_of_a_dictionary() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    digests = [chance.getrandbits(64) & 0xFFFFFFFFFFFFF00F for _ in range(3000)]
    expected: dict[int, int] = {}
    found = FirstLines()

    for line, digest in enumerate(chance.choices(digests, k=9000), start=1):
        assert found.get(digest) == expected.get(digest)
        if digest not in expected:
            expected[digest] = line
            found.add(digest, line)

    assert all(found.get(digest) == line for digest, line in expected.items())


def test_ten_thousand_rows_are_planned_in_one_go() -> None:
    content = a_file(*[a_row(n, company='A "B" C' if n % 5 == 0 else "") for n in range(10_000)])
    world = World()
    upload = world.drop(content)
    began = time.perf_counter()

    world.plan(upload)

    assert time.perf_counter() - began < 10
    assert world.job(upload).rows == 10_000
    assert [chunk.rows for chunk in world.queue.chunks] == [1000] * 10
