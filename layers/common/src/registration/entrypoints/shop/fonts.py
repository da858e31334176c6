"""The fonts of pages and mails: stacks of what computers have, or a file of the shop's."""

from collections.abc import Mapping
from typing import NamedTuple


class Stack(NamedTuple):
    """A list of fonts, as CSS writes it; mail programs get a shorter one where it matters."""

    page: str
    mail: str


def _stack(page: str) -> Stack:
    return Stack(page, page.replace('"', "'"))


STACKS: Mapping[str, Stack] = {
    "serif": Stack(
        '"Iowan Old Style", "Palatino Linotype", Palatino, P052, "URW Palladio L", Georgia, serif',
        "'Iowan Old Style', 'Palatino Linotype', Palatino, P052, Georgia, serif",
    ),
    "sans": Stack(
        'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, '
        "sans-serif",
        "'Segoe UI', -apple-system, system-ui, Roboto, Helvetica, Arial, sans-serif",
    ),
    "transitional": _stack('Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif'),
    "classical": _stack('Optima, Candara, "Noto Sans", source-sans-pro, sans-serif'),
    "geometric": _stack('Avenir, Montserrat, Corbel, "URW Gothic", "Century Gothic", sans-serif'),
    "humanist": _stack('Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif'),
    "grotesque": _stack('"Helvetica Neue", Helvetica, "Nimbus Sans", Arial, sans-serif'),
    "rounded": _stack('ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, sans-serif'),
    "slab": _stack(
        'Rockwell, "Rockwell Nova", "Roboto Slab", "DejaVu Serif", "Sitka Small", serif'
    ),
    "mono": _stack('ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'),
}
"""By the names that a shop writes; the first two are the example's."""
