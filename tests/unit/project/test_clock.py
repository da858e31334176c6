"""No test depends on today's date: the rule, and its enforcement."""

import os
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.support.clock import (
    CLOCKS,
    IMPORTED,
    SETTING,
    clock_of,
    later,
    let_pass,
    read_clock,
    standing,
)
from tests.support.factories import NOW
from tests.support.stack import ROOT

AT_IMPORT = datetime.now(UTC)
MONTHS = timedelta(days=100)


def really_now() -> datetime:
    return time_machine.escape_hatch.datetime.datetime.now(UTC)


@pytest.mark.parametrize("_", range(20))
def test_a_test_begins_by_the_clock_of_its_name(_: int, request: pytest.FixtureRequest) -> None:
    begins = clock_of(request.node.nodeid)

    assert timedelta() <= datetime.now(UTC) - begins < timedelta(minutes=1)
    assert datetime.now().astimezone().utcoffset() == begins.utcoffset()
    assert os.environ["TZ"] == str(begins.tzinfo)


def test_a_test_has_the_same_clock_each_time_and_every_clock_has_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    tests = [f"tests/unit/project/test_clock.py::test_{n}" for n in range(100)]

    assert [clock_of(test) for test in tests] == [clock_of(test) for test in tests]
    assert {clock_of(test) for test in tests} == set(CLOCKS)


def test_no_clock_is_near_the_dates_that_tests_name() -> None:
    assert [at for at in CLOCKS if abs(at - NOW) < MONTHS] == []


def test_modules_are_imported_at_a_time_that_no_test_has() -> None:
    assert timedelta() <= AT_IMPORT - IMPORTED < timedelta(hours=1)
    assert [at for at in (*CLOCKS, NOW, really_now()) if abs(at - IMPORTED) < MONTHS] == []


@pytest.mark.clock(NOW)
def test_a_test_that_names_a_date_begins_then_and_time_stands_still() -> None:
    assert datetime.now(UTC) == NOW
    assert time.time() == NOW.timestamp()


@pytest.mark.clock(NOW)
def test_time_passes_when_a_test_says_so() -> None:
    with later(timedelta(hours=2)):
        assert timedelta() <= datetime.now(UTC) - NOW - timedelta(hours=2) < timedelta(minutes=1)
    with standing(timedelta(days=1)):
        assert datetime.now(UTC) == NOW + timedelta(days=1)
    assert datetime.now(UTC) == NOW

    let_pass(timedelta(minutes=5))

    assert datetime.now(UTC) == NOW + timedelta(minutes=5)


def test_one_clock_can_be_given_to_all_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "2027-01-13T04:51 America/St_Johns")

    assert clock_of("one") == clock_of("another") == read_clock("2027-01-13T08:21")
    assert clock_of("one").utcoffset() == timedelta(hours=-3.5)


def test_nothing_else_in_the_tests_sets_the_time() -> None:
    """If a test travels to a date and back, its other half has another date."""
    own = {"tests/support/clock.py", "tests/unit/project/test_clock.py"}
    sets = re.compile(r"\b(?:time_machine|freezegun|tzset)\b")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if sets.search(path.read_text("utf-8"))
    }

    assert found <= own
