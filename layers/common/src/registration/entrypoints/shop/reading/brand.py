"""Reads ``shop/brand.toml``, and the files that it names."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from registration.domain.fields.rules import CONTROLS
from registration.domain.invisible import LOST, hides_something, trimmed
from registration.entrypoints.rendering.locales import ENGLISH, locales
from registration.entrypoints.shop import palette
from registration.entrypoints.shop.assets import Asset
from registration.entrypoints.shop.brand import Brand
from registration.entrypoints.shop.folder import ShopError, perhaps, shop_folder, shown
from registration.entrypoints.shop.fonts import STACKS, Stack
from registration.entrypoints.shop.reading import files
from registration.entrypoints.shop.reading.links import Addresses, Texts, written
from registration.entrypoints.shop.reading.tables import Table, read_table

_HEX = "#[0-9a-fA-F]{6}"
_NOT_IN_NAMES = re.compile(f'[<>"{CONTROLS}{LOST}]')
_MOST_LINKS = 8

Colour = Annotated[str, written(_HEX, "a colour like #8a0f3c"), StringConstraints(to_lower=True)]


class _Scheme(Table):
    accent: Colour | None = None
    paper: Colour | None = None
    ink: Colour | None = None
    wrong: Colour | None = None
    waiting: Colour | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """The colours that the shop chooses."""
        return {name: found for name in palette.CHOSEN if (found := getattr(self, name))}


class _Colours(_Scheme):
    dark: _Scheme = _Scheme()


class _Logo(Table):
    light: str | None = None
    dark: str | None = None
    mail: str | None = None
    with_name: bool = True


class _Fonts(Table):
    heading: str = "serif"
    body: str = "sans"
    heading_fallback: str = "serif"
    body_fallback: str = "sans"

    @field_validator("*")
    @classmethod
    def _known(cls, name: str, info: ValidationInfo) -> str:
        may_be_file = info.field_name in {"heading", "body"} and _file(name)
        if name not in STACKS and not may_be_file:
            raise ValueError(f"{name!r} is no font.{perhaps(name, STACKS)}")
        return name


class _FooterLink(Table):
    text: Texts
    address: Addresses


class _Brand(Table):
    name: str = Field(default="Shop", max_length=60)
    language: str = ENGLISH
    icon: str | None = None
    logo: _Logo = _Logo()
    colours: _Colours = _Colours()
    fonts: _Fonts = _Fonts()
    radius: int = Field(default=16, ge=0, le=40)
    footer: list[_FooterLink] = Field(default=[], max_length=_MOST_LINKS)

    @field_validator("name")
    @classmethod
    def _seen(cls, name: str) -> str:
        is_seen = name and trimmed(name) == name and not hides_something(name)
        if not is_seen or _NOT_IN_NAMES.search(name):
            raise ValueError(
                "a name has a letter, no spaces around it, and no line breaks, quotation marks, "
                "< or >, and no invisible or lost characters."
            )
        return name

    @field_validator("language")
    @classmethod
    def _written(cls, locale: str) -> str:
        if locale not in locales():
            raise ValueError(f"there are no texts in {locale!r}.{perhaps(locale, locales())}")
        return locale


class _Files:
    """Reads the files that ``brand.toml`` names, and notes what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problems: list[str] = []

    def read(
        self, key: str, read: Callable[..., Asset], file: str | None, *how: str
    ) -> Asset | None:
        """Return a file, if there is to be one and it is good."""
        try:
            return read(file, *how) if file else None
        except ValueError as error:
            self.problems.append(f"{shown(self._path)}, {key}: {error}")
            return None


def read_brand() -> Brand:
    """Return the look of the shop.

    Raises
    ------
    ShopError
        Every problem of ``brand.toml`` and of the files that it names.
    """
    path = shop_folder() / "brand.toml"
    table = read_table(path, _Brand)
    found = _Files(path)
    read, problems = found.read, found.problems
    heading = read("fonts.heading", files.font, _file(table.fonts.heading), "heading")
    body = read("fonts.body", files.font, _file(table.fonts.body), "body")
    logo = read("logo.light", files.image, table.logo.light, "logo")
    dark_logo = read("logo.dark", files.image, table.logo.dark, "logo-dark")
    mail_logo = read("logo.mail", files.image, table.logo.mail, "logo", ".png")
    icon = read("icon", files.image, table.icon, "icon")
    if (dark_logo or mail_logo) and not table.logo.light:
        problems.append(f"{shown(path)}, logo.light: this key is missing, and another logo is not.")
    chosen = table.colours.chosen
    light = palette.light(chosen)
    dark = palette.dark(table.colours.dark.chosen, light)
    problems += (f"{shown(path)}, {flaw}" for flaw in _illegible(table.colours, light, dark))
    if problems:
        raise ShopError(problems)
    return Brand(
        name=table.name,
        language=table.language,
        light=light,
        dark=dark,
        heading=_stack(table.fonts.heading, table.fonts.heading_fallback, heading),
        body=_stack(table.fonts.body, table.fonts.body_fallback, body),
        fonts=(heading, body),
        radius=table.radius,
        icon=icon,
        logo=logo,
        dark_logo=dark_logo,
        mail_logo=mail_logo or (logo if logo and not logo.is_svg else None),
        with_name=table.logo.with_name,
        links=tuple((link.text, link.address) for link in table.footer),
    )


def _illegible(colours: _Colours, light: palette.Colours, dark: palette.Colours) -> Iterator[str]:
    schemes = (
        ("colours", palette.flaws(colours.chosen, light)),
        ("colours.dark", palette.flaws(colours.dark.chosen, dark, of=light)),
    )
    for place, flaws in schemes:
        for flaw in flaws:
            instead = f" {flaw.instead} has it." if flaw.instead else ""
            yield (
                f"{place}.{flaw.name}: {flaw.pair} has a contrast of {_floored(flaw.ratio)}:1, and "
                f"has to have {flaw.wanted:g}:1 (WCAG 2.2 AA).{instead}"
            )


def _floored(ratio: float) -> str:
    return f"{int(ratio * 100) / 100:.2f}"


def _file(font: str) -> str | None:
    return font if font.endswith(".woff2") else None


def _stack(name: str, fallback: str, font: Asset | None) -> Stack:
    if font is None:
        return STACKS[name]
    stack = STACKS[fallback]
    return Stack(f"shop-{font.name.partition('.')[0]}, {stack.page}", stack.mail)
