"""Contrast as WCAG 2.2 defines it, and the pairs of colours that pages and mails have.

Written apart from the code that it judges: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

from collections.abc import Mapping

TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "tint"),
    ("ink", "line"),
    ("ink", "wrong-tint"),
    ("ink", "waiting-tint"),
    ("muted", "paper"),
    ("muted", "surface"),
    ("muted", "tint"),
    ("accent", "paper"),
    ("accent", "surface"),
    ("accent", "tint"),
    ("accent-deep", "surface"),
    ("accent-deep", "tint"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-deep"),
    ("wrong", "surface"),
    ("wrong", "wrong-tint"),
    ("waiting", "waiting-tint"),
]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, WCAG 2.2's definition."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def illegible(colours: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the pairs whose contrast is too low: of text, and of what has to be seen."""
    shapes = [(name, on) for name in ("edge", "wrong", "accent") for on in ("surface", "paper")]
    wanted = dict.fromkeys(shapes, 3.0) | dict.fromkeys(TEXT_PAIRS, 4.5)
    return [pair for pair, least in wanted.items() if _of(colours, pair) < least]


def _of(colours: Mapping[str, str], pair: tuple[str, str]) -> float:
    return contrast(colours[pair[0]], colours[pair[1]])
