"""The shop's folder as it was checked when the layer was built.

So no function reads it anew in each cold start, nor imports what its rules are written with, which
takes a tenth of a second. Without it, as in a checkout, the folder is read.
"""

import pickle
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from registration.entrypoints.shop.folder import PACKAGED, PREPARED, shop_folder

T = TypeVar("T")

FILE = "shop.pickle"


def checked(part: str, read: Callable[[], T]) -> T:
    """Return a part of the folder as it was checked, or read it."""
    kept = _kept() if shop_folder() == PACKAGED else {}
    return kept[part] if part in kept else read()


@cache
def _kept() -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = pickle.loads((PREPARED / FILE).read_bytes())  # noqa: S301 - the layer's own
    except FileNotFoundError:
        return {}
    return found
