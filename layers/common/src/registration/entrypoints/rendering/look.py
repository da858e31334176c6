"""The shop's look, as pages and mails have it: the stylesheet's variables, the icon, the links."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop import palette
from registration.entrypoints.shop.assets import Asset
from registration.entrypoints.shop.brand import Link, brand
from registration.entrypoints.shop.folder import PACKAGE
from registration.entrypoints.shop.legal import legal

_FOLDER = PACKAGE / "pages"
_SHADOWS = {
    "light": "0 1px 2px rgb({shade} / 5%), 0 12px 32px -12px rgb({shade} / 14%)",
    "dark": "0 1px 2px rgb({shade} / 30%), 0 16px 40px -16px rgb({shade} / 60%)",
}
_POINTS = 16


@cache
def asset(name: str) -> str:
    """Return a file that pages load: the stylesheet's rules, the script."""
    return (_FOLDER / name).read_text("utf-8")


@cache
def stylesheet() -> str:
    """Return the stylesheet of all pages."""
    return f"{tokens()}\n{asset('style.css')}"


@cache
def tokens() -> str:
    """Return the stylesheet's variables: one place for all that is the shop's own."""
    look = brand()
    fonts = {
        "heading": look.heading.page,
        "body": look.body.page,
        "radius": f"{look.radius / _POINTS:g}rem",
    }
    light = _variables({"color-scheme": "light dark"}, _scheme(look.light, "light") | fonts)
    dark = _variables({}, _scheme(look.dark, "dark"))
    files = "".join(_font_face(font) for font in look.fonts if font)
    return f"{files}:root {{{light}}}\n\n@media (prefers-color-scheme: dark) {{:root {{{dark}}}}}\n"


@cache
def icon() -> tuple[str, Asset]:
    """Return the address of the icon of all pages, and the icon: the shop's, or ours recoloured.

    Ours is small, so its address is all of it: a file would be one more request of each visitor.
    """
    look = brand()
    if look.icon:
        return f"/brand/{look.icon.name}", look.icon
    ours = asset("icon.svg").replace(palette.LIGHT["accent"], look.light["accent"])
    drawn = ours.replace("#fff", look.light["accent-ink"]).encode()
    address = f"data:image/svg+xml,{quote(drawn)}"
    return address, Asset("icon.svg", "image/svg+xml; charset=utf-8", drawn)


def footer_links(locale: str) -> list[Link]:
    """Return the links in the footers of pages and mails: the shop's own, then those of its law."""
    return [*brand().footer(locale), *legal_links(locale).values()]


def legal_links(locale: str) -> Mapping[str, Link]:
    """Return the links to the terms and the like, by their kinds, as footers call them."""
    found = legal().addresses(locale)
    return {kind: Link(texts(locale)[f"legal.{kind}"], to) for kind, to in found.items()}


def _scheme(colours: palette.Colours, scheme: str) -> dict[str, str]:
    shade = " ".join(str(channel) for channel in bytes.fromhex(colours["shade"][1:]))
    shown = {name: each for name, each in colours.items() if name != "shade"}
    return {**shown, "shadow": _SHADOWS[scheme].format(shade=shade)}


def _variables(first: Mapping[str, str], tokens: Mapping[str, str]) -> str:
    named = {**first, **{f"--{name}": value for name, value in tokens.items()}}
    return "".join(f" {name}: {value};" for name, value in named.items()) + " "


def _font_face(font: Asset) -> str:
    name = font.name.partition(".")[0]
    return (
        f'@font-face {{ font-family: shop-{name}; src: url("/brand/{font.name}") format("woff2"); '
        "font-weight: 100 900; font-display: swap; }\n"
    )
