"""The functions have one clock, ``entrypoints/clock.py``, which the local cloud replaces."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import ROOT

LAYER = ROOT / "layers" / "common" / "src" / "registration"
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "gmtime", "localtime", "strftime", "ctime"}
READERS = {"datetime", "date", "time"}
SIGNERS = {"TimestampSigner", "URLSafeTimedSerializer", "TimedSerializer"}
MAY = {
    LAYER / "entrypoints" / "clock.py",
    LAYER / "adapters" / "json_client.py",  # of signatures, which AWS compares with its own clock
    LAYER / "adapters" / "kept.py",  # the age of a cached value, which no rule depends on
}
MODULES = sorted({*LAYER.rglob("*.py"), *(ROOT / "functions").rglob("*.py")} - MAY)


def clocks_in(source: str) -> Iterator[str]:
    """Yield where a module reads the machine's wall clock, by itself or by a library."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in READERS:
                # A variable `time` of the type datetime has none of these but `strftime`.
                if attr in CLOCKS and (name, attr) != ("time", "strftime"):
                    yield f"{name}.{attr}"
            case ast.Attribute(value=ast.Attribute(attr=name), attr=attr) if name in READERS:
                if attr in CLOCKS:
                    yield f"{name}.{attr}"
            case ast.ImportFrom(module="time", names=names):
                yield from (f"time.{each.name}" for each in names if each.name in CLOCKS)
            case ast.ImportFrom(module="itsdangerous", names=names):
                yield from (each.name for each in names if each.name in SIGNERS)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_else_reads_the_clock(module: Path) -> None:
    assert list(clocks_in(module.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "clock = time.time_ns",
        "from time import time",
        "from itsdangerous import TimestampSigner",
    ],
)
def test_a_clock_is_found(source: str) -> None:
    assert list(clocks_in(source))


def test_those_that_may_do() -> None:
    assert all(list(clocks_in(module.read_text())) for module in MAY)
