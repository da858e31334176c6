"""What a shop's law asks for: ``shop/legal.toml``."""

from collections.abc import Mapping
from functools import cache

from registration.domain.fields.own import in_language
from registration.entrypoints.shop.checked import checked
from registration.frozen import dataclass

KINDS = ("terms", "privacy", "imprint")
"""The pages that a shop's law asks for."""


@dataclass(frozen=True)
class Legal:
    """The version of the terms, and where they and other pages stand, by kind and language."""

    version: str
    pages: tuple[tuple[str, Mapping[str, str]], ...]

    def addresses(self, locale: str) -> dict[str, str]:
        """Return where the pages stand that there are, in a language, by their kinds."""
        return {kind: in_language(found, locale) for kind, found in self.pages}


@cache
def legal() -> Legal:
    """Return what the shop's law asks for.

    Raises
    ------
    ShopError
        Every problem of ``legal.toml``.
    """
    return checked("legal", _read)


def _read() -> Legal:
    from registration.entrypoints.shop.reading.legal import read_legal  # noqa: PLC0415 - see checked

    return read_legal()
