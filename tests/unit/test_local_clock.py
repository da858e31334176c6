"""The local cloud's clock: what moves it on, and the module by which the functions read it."""

import inspect
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import cache_from_source
from pathlib import Path
from types import ModuleType

import pytest

from local import clock_page, function_clock, package
from local.clock import LATEST, Clock, ClockError, read_offset, spelled
from registration.entrypoints import clock as deployed_clock
from tests.support.factories import NOW
from tests.support.markup import Markup

OWN = {"host": "localhost:8000"}
FORM = OWN | {"content-type": "application/x-www-form-urlencoded"}
CLOCK = "python/registration/entrypoints/clock.py"


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


def public(module: ModuleType) -> dict[str, inspect.Signature]:
    """Return what a module makes itself, without what it imports."""
    return {
        name: inspect.signature(made)
        for name, made in vars(module).items()
        if not name.startswith("_") and getattr(made, "__module__", None) == module.__name__
    }


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("+90m", timedelta(minutes=90)),
        ("+25h", timedelta(hours=25)),
        ("+31d", timedelta(days=31)),
        ("+1d2h30m", timedelta(days=1, hours=2, minutes=30)),
        ("+2d5m", timedelta(days=2, minutes=5)),
        ("+0m", timedelta()),
        ("25h", timedelta(hours=25)),
        (" 25h", timedelta(hours=25)),
        (" +1D2H ", timedelta(days=1, hours=2)),
        ("+3650d", LATEST),
    ],
)
def test_an_offset_is_days_hours_and_minutes(text: str, offset: timedelta) -> None:
    assert read_offset(text) == offset


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "+25", "25", "tomorrow", "+1.5h", "+25h+1h", "+2h1d", "+1w", "+30s", "++1h"),
        *("+1 h", "+1h\x00", "1h2h", "+\u0662\u0665h", "+" + "9" * 5000 + "d", "+-1h"),
    ],
)
def test_what_is_no_offset_is_told_how_one_looks(text: str) -> None:
    with pytest.raises(ClockError, match=r"\+1d2h30m"):
        read_offset(text)


@pytest.mark.parametrize("text", ["-25h", "-1d2h", " -5m"])
def test_time_does_not_go_back(text: str) -> None:
    with pytest.raises(ClockError, match="start the system again"):
        read_offset(text)


def test_an_offset_past_the_end_of_time_leaves_the_clock_alone(clock: Clock) -> None:
    clock.move_to(read_offset("+3650d"))

    for too_far in ("+3651d", "+999999999d"):
        with pytest.raises(ClockError, match="ten years"):
            read_offset(too_far)
    with pytest.raises(ClockError, match="ten years"):
        clock.move_to(clock.offset + timedelta(minutes=1))

    assert clock.offset == LATEST


@pytest.mark.parametrize("text", ["+0m", "+90m", "+25h", "+31d", "+1d2h30m", "+3650d"])
def test_an_offset_is_spelled_as_it_is_read(text: str) -> None:
    assert read_offset(spelled(read_offset(text))) == read_offset(text)


@pytest.mark.clock(NOW)
def test_the_functions_have_the_time_of_the_local_cloud(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_CLOCK", str(clock.file))
    assert function_clock.utc_now() == clock.now() == NOW

    clock.move_to(timedelta(hours=25))

    assert function_clock.utc_now() == clock.now() == NOW + timedelta(hours=25)
    assert function_clock.utc_now().tzinfo is UTC


def test_both_clocks_have_the_same_names() -> None:
    assert public(function_clock) == public(deployed_clock) != {}


def test_only_the_local_layer_has_the_clock_that_moves(tmp_path: Path) -> None:
    layer = {CLOCK: b"real", "python/registration/entrypoints/ids.py": b"ids"}
    bytecode = {
        CLOCK.replace("clock.py", f"__pycache__/{name}"): b"bytecode"
        for name in (Path(cache_from_source("clock.py")).name, "ids.cpython-313.pyc")
    }
    for name, content in (layer | bytecode).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    package.with_local_clock(tmp_path / "python", tmp_path / "copy" / "python")

    copied = [file for file in (tmp_path / "copy").rglob("*") if file.is_file()]
    found = {str(file.relative_to(tmp_path / "copy")): file.read_bytes() for file in copied}
    assert found.pop(CLOCK) == Path(inspect.getfile(function_clock)).read_bytes()
    # Bytecode that is never compared with its source would bring the real clock back.
    assert sorted(found) == sorted({*layer, *bytecode} - {CLOCK, *[*bytecode][:1]})
    assert (tmp_path / CLOCK).read_bytes() == b"real"


# ------------------------------------------------------------------------------- the page


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:8000"},
        {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"},
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"},
        {"host": "[::1]:8000", "origin": "http://[::1]:8000"},
    ],
)
def test_its_own_page_and_programs_may_move_the_clock(headers: Mapping[str, str]) -> None:
    assert not clock_page.is_foreign({**OWN, **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost:8000.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:8000"},
        # A name of somebody else's that leads to this machine (DNS rebinding).
        {"host": "evil.example:8000", "origin": "http://evil.example:8000"},
        {"host": "localhost.evil.example:8000"},
        {"host": ""},
        {"host": "[::1"},
    ],
)
def test_no_other_sites_page_moves_the_clock(headers: Mapping[str, str]) -> None:
    assert clock_page.is_foreign({**OWN, **headers})


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, b"forward=%2B25h"),
        (FORM, b"forward=+25h"),
        (FORM, b"forward=25h&x=1"),
        (OWN, b"forward=%2B25h"),
        (OWN | {"content-type": "application/json"}, b'{"forward": "+25h"}'),
        (OWN | {"content-type": "application/json; charset=utf-8"}, b'{"forward": "25h"}'),
    ],
)
def test_forms_and_json_move_the_clock(headers: Mapping[str, str], body: bytes) -> None:
    assert clock_page.read_forward(headers, body) == timedelta(hours=25)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"{}", b'{"forward": 25}', b'{"forward": null}', b"\xff\xfe"),
        *(b"[" * 100_000, b'{"forward": "-1h"}', b'{"forward": "+25h'),
    ],
)
def test_nonsense_is_a_clear_error(body: bytes) -> None:
    with pytest.raises(ClockError, match="forward"):
        clock_page.read_forward(OWN | {"content-type": "application/json"}, body)


@pytest.mark.parametrize("body", [b"", b"forward", b"forward=", b"back=1h", b"\xff=\xfe"])
def test_a_form_without_an_offset_is_a_clear_error(body: bytes) -> None:
    with pytest.raises(ClockError, match=r"\+1d2h30m"):
        clock_page.read_forward(FORM, body)


@pytest.mark.clock(NOW)
def test_the_page_tells_the_time_and_what_happened(clock: Clock) -> None:
    clock.move_to(timedelta(days=1, hours=1))

    page = clock_page.page(clock, said="2 mails sent, <b>")

    (time,) = Markup.of(page).elements("time")
    assert "+1d1h" in page
    assert datetime.fromisoformat(time.get("datetime", "")) == NOW + timedelta(hours=25)
    assert "&lt;b&gt;" in page
    assert "$" not in page.partition("</style>")[2]


def test_the_time_is_told_as_json(clock: Clock) -> None:
    clock.move_to(timedelta(hours=2))

    told = clock_page.as_json(clock)

    assert told["offset"] == "+2h"
    assert datetime.fromisoformat(told["time"]) - clock.now() < timedelta(minutes=1)
    assert json.dumps(told)
