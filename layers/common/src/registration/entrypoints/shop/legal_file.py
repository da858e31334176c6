"""What a shop's law asks for: ``shop/legal.toml``."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from registration.domain.fields.own import in_language
from registration.entrypoints.shop.folder import Table, read_table, shop_folder
from registration.entrypoints.shop.links import Addresses, written

KINDS = ("terms", "privacy", "imprint")
"""The pages that a shop's law asks for."""
_VERSION = "up to 32 letters, digits, '.', '-' and '_': '2026-03'"


class _Legal(Table):
    version: Annotated[str, written(r"[\w.-]{1,32}", _VERSION)] = "1"
    terms: Addresses | None = None
    privacy: Addresses | None = None
    imprint: Addresses | None = None


@dataclass(frozen=True)
class Legal:
    """The version of the terms, and where they and other pages stand, by kind and language."""

    version: str
    pages: tuple[tuple[str, Addresses], ...]

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
    table = read_table(shop_folder() / "legal.toml", _Legal)
    found = ((kind, getattr(table, kind)) for kind in KINDS)
    return Legal(table.version, tuple((kind, pages) for kind, pages in found if pages))
