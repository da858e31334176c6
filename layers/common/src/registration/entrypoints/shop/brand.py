"""How a shop looks: ``shop/brand.toml``, and the files that it names."""

from collections.abc import Mapping
from functools import cache

from registration.domain.fields.own import in_language
from registration.entrypoints.shop import palette
from registration.entrypoints.shop.assets import Asset
from registration.entrypoints.shop.checked import checked
from registration.entrypoints.shop.fonts import Stack
from registration.frozen import dataclass

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Link:
    """A link in a language: what it is called, and where it leads."""

    text: str
    address: str


@dataclass(frozen=True)
class Brand:
    """The look of a shop, checked, and its language for who has not said another.

    ``logo`` stands in place of the name's initial, ``with_name`` beside the name. ``mail_logo``
    is one that mail programs show. ``fonts`` are files, for headings and for the rest.
    ``radius`` is that of cards, in pixels.
    """

    name: str
    language: str
    light: palette.Colours
    dark: palette.Colours
    heading: Stack
    body: Stack
    fonts: tuple[Asset | None, Asset | None]
    radius: int
    icon: Asset | None
    logo: Asset | None
    dark_logo: Asset | None
    mail_logo: Asset | None
    with_name: bool
    links: tuple[tuple[Texts, Texts], ...]

    def footer(self, locale: str) -> list[Link]:
        """Return the links of the shop in a language."""
        return [Link(in_language(text, locale), in_language(to, locale)) for text, to in self.links]

    @property
    def assets(self) -> dict[str, Asset]:
        """The files that are served, by their names there."""
        served = (*self.fonts, self.icon, self.logo, self.dark_logo)
        return {asset.name: asset for asset in served if asset}


@cache
def brand() -> Brand:
    """Return the look of the shop.

    Raises
    ------
    ShopError
        Every problem of ``brand.toml`` and of the files that it names.
    """
    return checked("brand", _read)


def _read() -> Brand:
    from registration.entrypoints.shop.reading.brand import read_brand  # noqa: PLC0415 - see checked

    return read_brand()
