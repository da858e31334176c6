"""The clock of the tests: no test depends on today's date.

Each test has its own clock, from its first fixture to its last. Its date is far from today and
from the dates in tests, and its time zone is rarely UTC. It is derived from the test's name, so
that a test has the same clock on every machine and every day.

- A test that names a date says that it begins then: ``@pytest.mark.clock(NOW)``. Its clock stands
  still but for what the test does.
- A test that lets time pass moves the clock from where it is: :func:`later`, :func:`standing`.

``TEST_CLOCK="2027-01-13T04:51 America/St_Johns" pytest`` gives that clock to all tests, and that
zone even to those that name a date.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest
import time_machine

SETTING = "TEST_CLOCK"
REAL = ("local_cloud", "browser")
"""The marks of tests that call other processes, which use the machine's clock."""


def read_clock(text: str) -> datetime:
    """Return the moment and zone in a text such as ``2027-01-13T04:51 Asia/Tokyo``."""
    at, _, zone = text.partition(" ")
    return datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone or "UTC"))


CLOCKS = tuple(
    map(
        read_clock,
        (
            # Years back, on the last evening of a year.
            "2019-12-31T23:20 Asia/Kathmandu",
            # Half an hour before clocks go forward, and within the hour that comes twice.
            "2027-03-28T01:30 Europe/Berlin",
            "2033-11-06T01:40 America/St_Johns",
            # A leap day.
            "2028-02-29T23:30 Pacific/Kiritimati",
            # More seconds than 31 bits hold.
            "2038-01-19T03:30 UTC",
        ),
    )
)
IMPORTED = read_clock("2001-09-09T01:47 UTC")
"""The time at which test modules are imported: a date that a module keeps fits no test."""


def clock_of(test: str) -> datetime:
    """Return the time at which a test begins, if the test does not set it."""
    if given := os.environ.get(SETTING):
        return read_clock(given)
    return CLOCKS[crc32(test.encode()) % len(CLOCKS)]


def later(by: timedelta) -> time_machine.travel:
    """Return a context in which it is later than now."""
    return time_machine.travel(by)


def standing(after: timedelta = timedelta()) -> time_machine.travel:
    """Return a context in which the clock stands still, now or some time from now."""
    return time_machine.travel(after, tick=False)


def let_pass(time: timedelta) -> None:
    """Move the clock forward."""
    time_machine.traveller_stack[-1].shift(time)


def running(test: pytest.Item) -> AbstractContextManager[object]:
    """Return a context with the clock of a test and its fixtures."""
    if any(test.get_closest_marker(mark) for mark in REAL):
        return nullcontext()
    begins = clock_of(test.nodeid)
    if named := test.get_closest_marker("clock"):
        (at,) = named.args
        return time_machine.travel(at.astimezone(begins.tzinfo), tick=False)
    return time_machine.travel(begins)


def importing() -> AbstractContextManager[object]:
    """Return a context for importing the test modules."""
    return time_machine.travel(IMPORTED)
