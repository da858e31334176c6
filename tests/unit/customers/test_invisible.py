"""Invisible characters: never valid, valid in some words, and blank by themselves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.domain.errors import FieldFlaw, FlawKind
from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.domain.fields.rules import flaws_in
from registration.domain.invisible import hides_something, trimmed
from tests.support.imports.files import a_row

NEVER = "\u00ad\u061c\u115f\u1160\u200e\u200f\u2060\u2800\u3164\ufeff\uffa0"
BESIDE_LETTERS = "\u200b\u200c\u200d\u034f\u180e\ufe0f\U000e0100"
TODAY = date(2026, 11, 22)


def flaws(**values: str) -> list[FieldFlaw]:
    raw = {name: value for name, value in a_row().items() if name != "locale_name"} | values
    return flaws_in(raw, GLUE_FIELDS.at(Place.IMPORT).fields, TODAY)


@pytest.mark.parametrize("mark", [*NEVER, *BESIDE_LETTERS])
def test_a_name_that_shows_nothing_is_blank(mark: str) -> None:
    assert trimmed(mark) == ""
    assert flaws(first_name=mark) == [FieldFlaw("first_name", FlawKind.BLANK)]
    assert flaws(last_name=f" {mark}{mark} ") == [FieldFlaw("last_name", FlawKind.BLANK)]


@pytest.mark.parametrize("mark", [*NEVER, *BESIDE_LETTERS])
@pytest.mark.parametrize("text", ["A{}da", "Ada {} Mae", "Zo{}\u00eb"])
def test_a_hidden_character_in_a_word_of_latin_letters_is_not_valid(mark: str, text: str) -> None:
    hidden = text.format(mark)

    for name in ("first_name", "last_name", "company", "phone"):
        assert flaws(**{name: hidden}) == [FieldFlaw(name, FlawKind.NOT_VALID)]


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647",  # Persian, with a non-joiner
        "\u0936\u0930\u094d\u200d\u092e\u093e",  # Hindi, with a joiner after a virama
        "\u845b\U000e0100",  # Japanese, a variant of a letter
        "\u1828\u180e\u1820",  # Mongolian, with a separator of vowels
        "\u0d2e\u0d4b\u0d39\u0d28\u0d4d\u200d",  # Malayalam, a word that a joiner ends
        "\u179f\u17ca\u17bb\u1793\u200b\u1785\u17b6\u1793\u17cb",  # Khmer, two words
        "\u2764\ufe0f",
        "M\u00fcller\u00ae\ufe0f",
        "1\ufe0f\u20e3 Shop",
        "\U0001f469\u200d\U0001f4bb",
        "e\u0301",
        "Zo\u00eb",
    ],
)
def test_invisible_characters_that_a_spelling_needs_are_valid(name: str) -> None:
    assert not hides_something(name)
    assert flaws(first_name=name) == []


@pytest.mark.parametrize("mark", [*NEVER, "\u202e"])
def test_some_characters_are_invalid_in_every_script(mark: str) -> None:
    name = f"\u0645\u06cc{mark}\u062e\u0648"

    assert flaws(first_name=name) == [FieldFlaw("first_name", FlawKind.NOT_VALID)]


def test_many_hidden_characters_take_no_time() -> None:
    assert hides_something("\u0645" + "\u200d" * 200_000)
    assert trimmed("\u200d" * 200_000) == ""


@given(
    st.text(
        st.sampled_from(f"{NEVER}{BESIDE_LETTERS} \t\u202eaZ\u00e4\u0645\u094d\u2764")
        | st.characters()
    )
)
def test_spaces_around_a_text_change_nothing(text: str) -> None:
    assert trimmed(f" {text} ") == trimmed(text)
    assert trimmed(trimmed(text)) == trimmed(text)
