"""Settings from environment variables."""

from enum import StrEnum
from typing import Annotated

import pytest

from registration.entrypoints.environment import (
    Natural,
    Positive,
    Settings,
    SettingsError,
    text_like,
    whole_number,
)


class Colour(StrEnum):
    RED = "red"


class Named(Settings):
    name: str


class Painted(Named):
    colour: Colour
    wet: bool = False
    layers: Positive
    spare: Natural = 0
    percent: Annotated[int, whole_number(0, 100)] = 50
    code: Annotated[str, text_like("[a-z]*")] = ""


GIVEN = {"NAME": "fence", "COLOUR": "red", "LAYERS": "2"}


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> Painted:
    for name, value in (GIVEN | given).items():
        monkeypatch.setenv(name, value)
    return Painted.from_environment()


def test_each_field_has_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, WET="true", SPARE="0", PERCENT="100", CODE="ab")

    assert vars(found) == {
        "name": "fence",
        "colour": Colour.RED,
        "wet": True,
        "layers": 2,
        "spare": 0,
        "percent": 100,
        "code": "ab",
    }


def test_what_is_not_given_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch)

    assert (found.wet, found.spare, found.percent, found.code) == (False, 0, 50, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COLOUR", "blue"),
        ("COLOUR", ""),
        ("WET", "True"),
        ("WET", ""),
        ("LAYERS", "0"),
        ("LAYERS", "-1"),
        ("LAYERS", "1.5"),
        ("LAYERS", ""),
        ("LAYERS", "²"),
        ("SPARE", "-1"),
        ("PERCENT", "101"),
        ("CODE", "ab\n"),
        ("CODE", "a1"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(monkeypatch, **{name: value})

    assert str(caught.value).startswith(f"{name}: ")
    assert len(value) < 3 or value not in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "fence")
    monkeypatch.setenv("LAYERS", "many")

    with pytest.raises(SettingsError) as caught:
        Painted.from_environment()

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "COLOUR",
        "LAYERS",
    ]


def test_settings_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch)

    with pytest.raises(AttributeError, match="layers"):
        found.layers = 3  # type: ignore[misc]
