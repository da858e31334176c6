"""A shop's colours: the rest is derived, all is legible, and what is not is told with a remedy."""

import re
from random import Random

import pytest

from registration.entrypoints.shop import palette
from registration.entrypoints.shop.palette import CHOSEN, DARK, LIGHT
from tests.support.shops.colours import TEXT_PAIRS, contrast, illegible
from tests.support.stack import ROOT

PAGES = ROOT / "layers" / "common" / "src" / "registration" / "pages"


def test_a_shop_that_chooses_nothing_has_the_examples_colours() -> None:
    light = palette.light({})

    assert light == LIGHT
    assert palette.dark({}, light) == DARK
    assert palette.light({name: LIGHT[name] for name in CHOSEN}) == LIGHT


@pytest.mark.parametrize(
    "chosen",
    [
        {"accent": "#7a1fa2"},
        {"ink": "#66696c"},
        {"accent": "#000000", "paper": "#ffffff", "ink": "#000000"},
        {"accent": "#0b3d91", "paper": "#ffffff"},
        {"accent": "#ffb000", "paper": "#101418", "ink": "#eeeeee"},
        {"paper": "#ffe4e1", "ink": "#3b0a0a", "accent": "#a3002d"},
    ],
)
def test_derived_colours_are_legible_in_light_and_dark(chosen: dict[str, str]) -> None:
    light = palette.light(chosen)
    dark = palette.dark({}, light)

    assert not list(palette.flaws(chosen, light))
    assert illegible(light) == illegible(dark) == []
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in (*light.values(), *dark.values()))


def test_whatever_is_chosen_is_legible_or_refused() -> None:
    """Any colours: dark schemes are ours, so they are legible even beside a flawed light one."""
    random = Random(6)  # noqa: S311 - colours, no secrets
    for _ in range(12):
        names = random.sample(CHOSEN, random.randint(1, 4))
        chosen = {name: f"#{random.randrange(1 << 24):06x}" for name in names}

        light = palette.light(chosen)

        assert not illegible(light) or next(palette.flaws(chosen, light), None), chosen
        assert illegible(palette.dark({}, light)) == [], chosen


@pytest.mark.parametrize(
    "chosen",
    [{"accent": "#ffd400"}, {"ink": "#9aa0a6"}, {"wrong": "#ff5555"}, {"waiting": "#ffcc00"}],
)
def test_a_colour_that_fails_comes_with_one_of_the_same_hue_that_passes(
    chosen: dict[str, str],
) -> None:
    (name,) = chosen
    (flaw,) = palette.flaws(chosen, palette.light(chosen))

    assert flaw.name == name
    text, ground = re.findall("#[0-9a-f]{6}", flaw.pair)
    assert flaw.ratio == pytest.approx(contrast(text, ground))
    assert flaw.ratio < flaw.wanted
    assert flaw.instead
    mended = palette.light({name: flaw.instead})
    assert illegible(mended) == []
    assert not list(palette.flaws({name: flaw.instead}, mended))


@pytest.mark.parametrize(
    "chosen",
    [
        {"paper": "#777777", "ink": "#000000"},
        {"paper": "#ffffff", "ink": "#757575"},
        {"ink": "#66696c", "accent": "#7a1fa2"},
        {"waiting": "#6b4700", "ink": "#767676", "paper": "#ffffff"},
    ],
)
def test_text_in_the_middle_is_refused_or_read_on_every_ground(chosen: dict[str, str]) -> None:
    light = palette.light(chosen)

    assert not illegible(light) or list(palette.flaws(chosen, light))
    assert illegible(palette.dark({}, light)) == []


def test_a_rule_has_no_text_on_a_ground_that_is_not_checked() -> None:
    css = "".join(path.read_text("utf-8") for path in PAGES.rglob("*.css"))
    rules = re.findall(r"{([^{}]*)}", css)
    texts = [re.findall(r"(?<![\w-])color: var\(--([\w-]+)\)", rule) for rule in rules]
    grounds = [re.findall(r"background: var\(--([\w-]+)\)", rule) for rule in rules]
    found = {(*text, *ground) for text, ground in zip(texts, grounds, strict=True)}
    pairs = {tuple(sorted(pair)) for pair in found if len(pair) == 2}

    assert len(pairs) > 4
    # Contrast has no direction.
    assert pairs <= {tuple(sorted(pair)) for pair in TEXT_PAIRS}
    checked = {tuple(sorted(pair[:2])) for pair in palette._PAIRS}
    assert {tuple(sorted(pair)) for pair in TEXT_PAIRS} <= checked


def test_a_dark_scheme_of_its_own_is_checked_too() -> None:
    light = palette.light({"accent": "#0000ff"})
    chosen = {"accent": "#0000ff"}

    (flaw,) = palette.flaws(chosen, palette.dark(chosen, light), of=light)

    assert flaw.instead
    assert illegible(palette.dark({"accent": flaw.instead}, light)) == []


def test_tints_are_seen_on_white_paper() -> None:
    found = palette.light({"paper": "#ffffff", "ink": "#000000"})

    for tint in ("tint", "wrong-tint", "waiting-tint"):
        assert contrast(found[tint], "#ffffff") > 1.08, tint
