"""A password's guesses: judged by its two ends, with the verdict that zxcvbn has on all of it."""

import importlib
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registration.domain import passwords
from registration.domain.errors import PasswordCommon
from registration.domain.passwords import PasswordRules, check_password

OWN = ("sonia.torres@example.com", "Sonia", "Torres", "Navy")
MILLION = 1_000_000


@cache
def untouched() -> Any:
    """Return another copy of zxcvbn, that only knows the same look-alikes and years."""
    with as_imported_first():
        found = importlib.import_module("zxcvbn")
    found.matching.L33T_TABLE.clear()
    found.matching.L33T_TABLE.update(passwords._LOOK_ALIKES)
    found.matching.REGEXEN["recent_year"] = re.compile(r"19\d\d|20[0-4]\d")
    return found


@contextmanager
def as_imported_first() -> Iterator[None]:
    """Import without what is imported already of zxcvbn, which is put back."""
    kept = {name: sys.modules.pop(name) for name in [*sys.modules] if name.startswith("zxcvbn")}
    yield
    for name in [*sys.modules]:
        if name.startswith("zxcvbn"):
            del sys.modules[name]
    sys.modules.update(kept)


def is_common(password: str) -> bool:
    """Whether zxcvbn finds a password in a million guesses."""
    judged = passwords._without_ornament(password)[:40]
    known = [*passwords._words(OWN), *passwords._CALENDAR]
    return not judged or untouched().zxcvbn(judged, user_inputs=known)["guesses"] < MILLION


@cache
def words() -> list[str]:
    lists = untouched().matching.FREQUENCY_LISTS.values()
    return [word for each in lists for word in (*each[:300], *each[300::200])]


def look_alike(word: str) -> str:
    return "".join(passwords._LOOK_ALIKES.get(letter, [letter])[-1] for letter in word)


known = st.deferred(lambda: st.sampled_from(words())) | st.sampled_from(
    [*OWN, *passwords._CALENDAR, "sonia", "torres"]
)
written = st.sampled_from(
    [str, str.upper, str.title, str.swapcase, look_alike, lambda word: word[::-1]]
)
said = st.builds(lambda word, way: way(word), known, written)
drawn = st.text(string.ascii_letters + string.digits + "!@$-. üßİŉ", max_size=5)
dates = st.dates().map(lambda day: f"{day:%d.%m.%Y}") | st.dates().map(lambda day: f"{day:%y%m%d}")
runs = st.sampled_from(
    ["qwertz", "asdfgh", "zxcvbnm", "12345", "98765", "abcdef", "1qaz2wsx", "2026"]
)
repeated = st.builds(lambda part, times: part * times, said | drawn | runs, st.integers(2, 4))
parts = st.lists(said | drawn | dates | runs | repeated, min_size=1, max_size=4)
glue = st.sampled_from(["", " ", "-", "_", "!!"])
made = st.builds(lambda glued, some: glued.join(some), glue, parts)


@given(password=made | st.text(max_size=45))
@example("soniasoniasonia")
@example("pass1234")
@example("a")
@example("İstanbul1453")
@settings(max_examples=400, deadline=None)
def test_the_verdict_is_zxcvbns(password: str) -> None:
    found = passwords._is_guessable(password, passwords._words(OWN))

    assert found is is_common(password)


def looked_up(password: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often a password is looked up in the list of names."""
    matching, counted = importlib.import_module("zxcvbn.matching"), Counter[str]()

    class Counting(dict[str, int]):
        def __contains__(self, word: object) -> bool:
            counted["words"] += 1
            return super().__contains__(word)

    names = Counting(matching.RANKED_DICTIONARIES["surnames"])
    monkeypatch.setitem(matching.RANKED_DICTIONARIES, "surnames", names)
    check_password(password, PasswordRules.LENGTH)
    return counted["words"]


def test_lookups_grow_with_the_length_of_a_password_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = looked_up("kvqzrmwtyplh", monkeypatch)
    many = looked_up("kvqzrmwtyplhjxgdkvrqzmwtlyphxjgdqkzv", monkeypatch)

    assert many < few * 4


def test_two_known_words_are_common_and_three_are_not() -> None:
    with pytest.raises(PasswordCommon):
        check_password("monkeyliverpool", PasswordRules.LENGTH)
    check_password("monkeyliverpoolcoffee", PasswordRules.LENGTH)
