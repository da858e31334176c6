"""The colours of pages and mails: a few that a shop chooses, the rest derived, all legible.

What is derived stands to the chosen colours as in the example shop, whose colours are ``LIGHT``
and ``DARK``: as far in lightness between two of them, with as much of the chroma, as far in hue.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from registration.entrypoints.shop.colours import Lch, contrast, nearest

Colours = Mapping[str, str]
"""Colours by their names: those of the stylesheet."""

LIGHT: Colours = MappingProxyType(
    {
        "paper": "#f6f3ec",
        "surface": "#fffefb",
        "ink": "#1f2a2e",
        "muted": "#59646a",
        "line": "#e4ddd0",
        "edge": "#848b8b",
        "accent": "#1b5e4b",
        "accent-deep": "#134536",
        "accent-ink": "#ffffff",
        "tint": "#e6f0e9",
        "wrong": "#a3241c",
        "wrong-tint": "#fcefec",
        "waiting": "#6b4700",
        "waiting-tint": "#fbf1da",
        "shade": "#282214",
    }
)
DARK: Colours = MappingProxyType(
    {
        "paper": "#121716",
        "surface": "#1a2120",
        "ink": "#e9e7df",
        "muted": "#a7b1ae",
        "line": "#2c3634",
        "edge": "#76827f",
        "accent": "#8fd1b8",
        "accent-deep": "#b3e3d0",
        "accent-ink": "#0d2a20",
        "tint": "#1f332c",
        "wrong": "#ffaea3",
        "wrong-tint": "#3a211e",
        "waiting": "#f0cd85",
        "waiting-tint": "#352b16",
        "shade": "#000000",
    }
)

CHOSEN = ("accent", "paper", "ink", "wrong", "waiting")
"""What a shop may choose, for light and for dark."""

TEXT, SHAPE = 4.5, 3.0
# WCAG 2.2, 1.4.3 and 1.4.11: what stands on what, in the stylesheets and in mails.
_PAIRS = (
    ("ink", "paper", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "surface", TEXT),
    ("wrong", "surface", TEXT),
    ("wrong", "paper", TEXT),
    ("waiting", "surface", TEXT),
    ("waiting", "paper", TEXT),
    ("ink", "surface", TEXT),
    ("ink", "tint", TEXT),
    ("ink", "line", TEXT),
    ("accent", "tint", TEXT),
    ("ink", "wrong-tint", TEXT),
    ("wrong", "wrong-tint", TEXT),
    ("ink", "waiting-tint", TEXT),
    ("waiting", "waiting-tint", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "surface", TEXT),
    ("muted", "tint", TEXT),
    ("edge", "paper", SHAPE),
    ("edge", "surface", SHAPE),
    ("accent-deep", "surface", TEXT),
    ("accent-deep", "tint", TEXT),
    ("accent-ink", "accent", TEXT),
    ("accent-ink", "accent-deep", TEXT),
)


class _Derived(NamedTuple):
    """Hue and chroma are those ``of`` a colour; the lightness lies on the way between two."""

    of: str
    near: str
    far: str


# In this order: each needs those above. What a pair asks for moves the later of the two.
_DERIVED: Mapping[str, _Derived] = {
    "surface": _Derived("paper", "paper", "ink"),
    "line": _Derived("paper", "paper", "ink"),
    "shade": _Derived("paper", "paper", "ink"),
    "tint": _Derived("accent", "paper", "accent"),
    "wrong-tint": _Derived("wrong", "paper", "wrong"),
    "waiting-tint": _Derived("waiting", "paper", "waiting"),
    "muted": _Derived("ink", "ink", "paper"),
    "edge": _Derived("ink", "ink", "paper"),
    "accent-deep": _Derived("accent", "accent", "ink"),
    "accent-ink": _Derived("accent", "accent", "paper"),
}
_DERIVED_IN_DARK = {
    "muted": _Derived("paper", "ink", "paper"),
    "edge": _Derived("paper", "ink", "paper"),
}
# Their lightness is the page's own business: text moves, not they.
_STAY = {"surface", "shade"}
_PALER = 10
_TINTS = ("tint", "wrong-tint", "waiting-tint")


class Flaw(NamedTuple):
    """A chosen colour that is not legible, and what would be."""

    name: str
    pair: str
    ratio: float
    wanted: float
    instead: str | None


def light(chosen: Colours) -> Colours:
    """Return all colours of the light scheme, from those that a shop chooses."""
    bases = {name: LIGHT[name] for name in ("accent", "paper", "ink")} | dict(chosen)
    return _completed(bases, LIGHT, _DERIVED)


def dark(chosen: Colours, light_ones: Colours) -> Colours:
    """Return all colours of the dark scheme: the hues of the light one, unless they are chosen."""
    sources = {"accent": "accent", "paper": "accent", "ink": "paper"}
    bases = {
        name: str(_like(Lch.of(DARK[name]), Lch.of(LIGHT[of]), Lch.of(light_ones[of])))
        for name, of in sources.items()
    }
    bases |= chosen
    if "accent" not in chosen:
        bases["accent"] = _legible("accent", bases, bases["accent"])
    return _completed(bases, DARK, {**_DERIVED, **_DERIVED_IN_DARK})


def flaws(chosen: Colours, found: Colours, *, of: Colours | None = None) -> Iterator[Flaw]:
    """Yield what is wrong with the chosen colours of a scheme.

    ``of`` are the light colours, if the scheme is the dark one.
    """

    def completed(other: Colours) -> Colours:
        return light(other) if of is None else dark(other, of)

    for name in chosen:
        if not (failed := list(_failures(name, chosen, found))):
            continue
        ratio, pair, wanted = min(failed, key=lambda each: each[0] / each[2])

        def good(colour: str, name: str = name) -> bool:
            changed = {**chosen, name: colour}
            # What is chosen beside it stays; the rest is derived anew, which takes longer.
            hopeless = _is_illegible(name, changed)
            return not hopeless and not any(_failures(name, changed, completed(changed)))

        yield Flaw(name, pair, ratio, wanted, nearest(chosen[name], good))


def _failures(name: str, chosen: Colours, found: Colours) -> Iterator[tuple[float, str, float]]:
    """Yield each pair that a chosen colour is to blame for: as the text, or as the only chosen."""
    for text, ground, wanted in _PAIRS:
        to_blame = text if text in chosen else _origin(ground, chosen) or _origin(text, chosen)
        ratio = contrast(found[text], found[ground])
        if to_blame == name and ratio < wanted:
            yield ratio, f"{text} on {ground} ({found[text]} on {found[ground]})", wanted


def _origin(name: str, chosen: Colours) -> str | None:
    source = _DERIVED[name].of if name in _DERIVED else name
    return source if source in chosen else None


def _completed(bases: dict[str, str], example: Colours, recipes: Mapping[str, _Derived]) -> Colours:
    found = {name: example[name] for name in ("wrong", "waiting")} | bases
    for name, recipe in recipes.items():
        found[name] = _derived(name, recipe, found, example)
        if name == "surface":
            for own in {"wrong", "waiting"} - bases.keys():
                found[own] = _legible(own, found, found[own])
        if name in _TINTS:
            found[name] = _paler(name, found)
        elif name not in _STAY:
            found[name] = _legible(name, found, found[name])
    return MappingProxyType({name: found[name] for name in example})


def _derived(name: str, recipe: _Derived, found: Colours, example: Colours) -> str:
    was = {each: Lch.of(example[each]) for each in (name, *recipe)}
    now = {each: Lch.of(found[each]) for each in recipe}
    near, far = was[recipe.near].lightness, was[recipe.far].lightness
    share = (was[name].lightness - near) / (far - near)
    start, end = now[recipe.near].lightness, now[recipe.far].lightness
    lightness = min(max(start + share * (end - start), 0.0), 1.0)
    if name in _TINTS and example is LIGHT:
        # White has no tint: on white paper, one is as light as on the example's.
        lightness = min(lightness, was[name].lightness)
    return str(_like(was[name], was[recipe.of], now[recipe.of])._replace(lightness=lightness))


def _like(was: Lch, source: Lch, now: Lch) -> Lch:
    """Return what has as much of ``now``'s chroma, as far in hue, as ``was`` of its source's."""
    share = was.chroma / source.chroma if source.chroma else 0.0
    return Lch(was.lightness, now.chroma * share, now.hue + was.hue - source.hue)


def _legible(name: str, found: Colours, colour: str) -> str:
    return nearest(colour, lambda each: not _is_illegible(name, {**found, name: each})) or colour


def _paler(name: str, found: Colours) -> str:
    """Return a tint nearer to the paper, as far as what stands on it asks for."""
    tint, paper = Lch.of(found[name]), Lch.of(found["paper"])
    shades = [
        str(
            Lch(
                tint.lightness + (paper.lightness - tint.lightness) * step / _PALER,
                tint.chroma + (paper.chroma - tint.chroma) * step / _PALER,
                tint.hue,
            )
        )
        for step in range(_PALER)
    ]
    good = (each for each in shades if not _is_illegible(name, {**found, name: each}))
    return next(good, found["paper"])


def _is_illegible(name: str, found: Colours) -> bool:
    return any(
        contrast(found[text], found[ground]) < wanted
        for text, ground, wanted in _PAIRS
        if name in {text, ground} and text in found and ground in found
    )
