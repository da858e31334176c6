"""The files of a shop that we serve or send: images and fonts, checked before anybody sees them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack
from typing import NoReturn
from xml.parsers import expat

from registration.entrypoints.shop.folder import perhaps, shop_folder

LARGEST_IMAGE, LARGEST_FONT = 50_000, 100_000
# Signature, length and name of the first chunk, then width and height: neither is 0.
_PNG = re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR(?!\0{4}).{4}(?!\0{4}).{4}", re.DOTALL)
_WOFF2 = b"wOF2"
_SVG = "http://www.w3.org/2000/svg"
# What draws. Whatever else the namespace has may run, load, or change a link as time goes by.
_DRAWING = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "textPath",
        "title",
        "desc",
        "metadata",
        "style",
        "linearGradient",
        "radialGradient",
        "stop",
        "pattern",
        "clipPath",
        "mask",
        "marker",
        "filter",
        "feBlend",
        "feColorMatrix",
        "feComponentTransfer",
        "feComposite",
        "feFlood",
        "feFuncA",
        "feFuncB",
        "feFuncG",
        "feFuncR",
        "feGaussianBlur",
        "feMerge",
        "feMergeNode",
        "feOffset",
        "feDropShadow",
    ]
)
# A reference into the file itself is a fragment.
_OUTWARD = re.compile(
    r"url\(\s*[\"']?(?!\s*[\"']?#)|@import|\\|javascript:|expression\(|(image|image-set|src)\(",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asset:
    """A file as it is served: its name there, its media type, its bytes."""

    name: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a PNG, which its first chunk tells."""
        width, height = unpack(">II", self.content[16:24])
        return width, height

    @property
    def is_svg(self) -> bool:
        """Whether it is an SVG, which mail programs do not show."""
        return self.media_type.startswith("image/svg")


def image(file: str, name: str, *kinds: str) -> Asset:
    """Return an image of the shop under another name, ``name.svg`` or ``name.png``.

    Raises
    ------
    ValueError
        It is not there, too large, none of the kinds (``.svg`` and ``.png``, if none is named),
        or an SVG that could run or load something.
    """
    return _asset(file, name, LARGEST_IMAGE, kinds or (".svg", ".png"))


def font(file: str, name: str) -> Asset:
    """Return a font of the shop under another name, ``name.woff2``.

    Raises
    ------
    ValueError
    """
    return _asset(file, name, LARGEST_FONT, (".woff2",))


def _asset(file: str, name: str, largest: int, kinds: tuple[str, ...]) -> Asset:
    kind = Path(file).suffix.lower()
    if kind not in kinds:
        raise ValueError(f"{file!r} has to be a file in {' or '.join(kinds)}.")
    content = _path(file).read_bytes()
    if len(content) > largest:
        raise ValueError(
            f"{file!r} has {len(content):,} bytes. At most {largest:,} are served with each page."
        )
    media_type, check = _KINDS[kind]
    check(file, content)
    return Asset(f"{name}{kind}", media_type, content)


def _path(file: str) -> Path:
    folder = shop_folder().resolve()
    try:
        path = (folder / file).resolve()
        is_file = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        # Too long, a link to itself, or with a NUL.
        raise ValueError(f"{file!r} cannot be the name of a file.") from error
    if not path.is_relative_to(folder):
        raise ValueError(f"{file!r} lies outside of the shop's folder.")
    if not is_file:
        there = [str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()]
        raise ValueError(f"there is no file {file!r}.{perhaps(file, there)}")
    return path


def _check_png(file: str, content: bytes) -> None:
    """Refuse what does not begin like a PNG: signature, then the header with its size."""
    if not _PNG.match(content):
        raise ValueError(f"{file!r} is no PNG, whatever its name says.")


def _check_woff2(file: str, content: bytes) -> None:
    if not content.startswith(_WOFF2):
        raise ValueError(f"{file!r} is no WOFF2 font, whatever its name says.")


def _check_svg(file: str, content: bytes) -> None:
    try:
        _Svg(file).parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"{file!r} is no SVG: {error}.") from error


class _Svg:
    """Refuses an SVG that could run or load something.

    A document type is refused, and with it every entity: none can be expanded.
    """

    def __init__(self, file: str) -> None:
        self._file, self._inside, self._style, self._is_first = file, "", "", True
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = lambda *_: self._refuse("<!DOCTYPE>")
        self.parser.ProcessingInstructionHandler = lambda name, _: self._refuse(f"<?{name}?>")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, self._inside = name.rpartition(" ")
        is_drawing = namespace == _SVG and self._inside in _DRAWING
        if not is_drawing and (self._is_first or namespace in {_SVG, _XHTML}):
            self._refuse(f"<{self._inside}>")
        self._is_first = False
        for attribute, value in attributes.items():
            own = attribute.rpartition(" ")[2].lower()
            leads = own in {"href", "src", "base"} and not value.strip().startswith("#")
            if own.startswith("on") or leads or _OUTWARD.search(value):
                self._refuse(f"{own}={value[:40]!r}")

    def _text(self, text: str) -> None:
        if self._inside == "style":
            self._style += text
            if _OUTWARD.search(self._style):
                self._refuse("style that loads something")

    def _end(self, _name: str) -> None:
        self._inside = ""

    def _refuse(self, what: str) -> NoReturn:
        line = self.parser.CurrentLineNumber
        raise ValueError(f"{self._file!r}, line {line}: no {what} in an SVG. Save it as plain SVG.")


_XHTML = "http://www.w3.org/1999/xhtml"
_KINDS: Mapping[str, tuple[str, Callable[[str, bytes], None]]] = {
    ".svg": ("image/svg+xml; charset=utf-8", _check_svg),
    ".png": ("image/png", _check_png),
    ".woff2": ("font/woff2", _check_woff2),
}
