"""Reads ``shop/legal.toml``."""

from typing import Annotated

from registration.entrypoints.shop.folder import shop_folder
from registration.entrypoints.shop.legal import KINDS, Legal
from registration.entrypoints.shop.reading.links import Addresses, written
from registration.entrypoints.shop.reading.tables import Table, read_table

_VERSION = "up to 32 letters, digits, '.', '-' and '_': '2026-03'"


class _Legal(Table):
    version: Annotated[str, written(r"[\w.-]{1,32}", _VERSION)] = "1"
    terms: Addresses | None = None
    privacy: Addresses | None = None
    imprint: Addresses | None = None


def read_legal() -> Legal:
    """Return what the shop's law asks for.

    Raises
    ------
    ShopError
        Every problem of ``legal.toml``.
    """
    table = read_table(shop_folder() / "legal.toml", _Legal)
    found = ((kind, getattr(table, kind)) for kind in KINDS)
    return Legal(table.version, tuple((kind, pages) for kind, pages in found if pages))
