"""Colours in OKLCH, and the contrast of two of them.

OKLCH is https://www.w3.org/TR/css-color-4/#ok-lab, whose sample code has these matrices; contrast
is that of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. Outside are ``#rrggbb``.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import atan2, cos, hypot, sin
from typing import NamedTuple

Matrix = Sequence[Sequence[float]]

_TO_LMS: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB: Matrix = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_LMS: Matrix = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
# Up to here sRGB's curve is a straight line.
_STRAIGHT = 0.0031308
# What rounding to eight bits hides.
_ROUNDING = 0.0005
_STEPS = 100


class Lch(NamedTuple):
    """A colour in OKLCH; the hue is in radians."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    @cache
    def of(cls, colour: str) -> "Lch":
        """Return a colour that is written as ``#rrggbb``."""
        roots = [lms ** (1 / 3) for lms in _times(_TO_LMS, _linear(colour))]
        lightness, a, b = _times(_TO_LAB, roots)
        return cls(lightness, hypot(a, b), atan2(b, a))

    def __str__(self) -> str:
        """Return ``#rrggbb``, with less chroma where sRGB has not as much."""
        least, most = 0.0, self.chroma
        if _in_gamut(self._linear(most)):
            least = most
        while most - least > _ROUNDING:
            middle = (least + most) / 2
            least, most = (middle, most) if _in_gamut(self._linear(middle)) else (least, middle)
        return "#" + "".join(f"{_eight_bits(each):02x}" for each in self._linear(least))

    def _linear(self, chroma: float) -> list[float]:
        lab = (self.lightness, chroma * cos(self.hue), chroma * sin(self.hue))
        return _times(_FROM_LMS, [root**3 for root in _times(_FROM_LAB, lab)])


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def nearest(colour: str, good: Callable[[str], bool]) -> str | None:
    """Return the good colour that is nearest in lightness, of the same hue and chroma."""
    return next(filter(good, _by_distance(Lch.of(colour))), None)


def _by_distance(colour: Lch) -> Iterator[str]:
    for step in range(_STEPS + 1):
        for moved in (colour.lightness - step / _STEPS, colour.lightness + step / _STEPS):
            if 0 <= moved <= 1:
                yield str(colour._replace(lightness=moved))


def _times(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _linear(colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= _STRAIGHT * 12.92 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


@cache
def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _in_gamut(channels: Sequence[float]) -> bool:
    return all(-_ROUNDING <= each <= 1 + _ROUNDING for each in channels)


def _eight_bits(linear: float) -> int:
    inside = min(max(linear, 0.0), 1.0)
    curved = inside * 12.92 if inside <= _STRAIGHT else 1.055 * inside ** (1 / 2.4) - 0.055
    return round(255 * curved)
