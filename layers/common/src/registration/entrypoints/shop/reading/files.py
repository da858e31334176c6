"""The files of a shop that we serve or send: images and fonts, checked before anybody sees them."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote
from xml.parsers import expat

from registration.entrypoints.shop.assets import Asset
from registration.entrypoints.shop.folder import perhaps, shop_folder

LARGEST_IMAGE, LARGEST_FONT = 50_000, 100_000
# Of a PNG, whose bytes say little of what unpacking them takes.
_LONGEST_SIDE, _WIDEST = 4_096, 20
# Of an SVG, in elements: in one another, and drawn if every reference is followed.
_DEEPEST, _MOST_DRAWN = 100, 20_000
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
_FRAGMENT = re.compile(r"url\(\s*[\"']?\s*#([^\"')]+)", re.IGNORECASE)


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
    """Refuse what does not begin like a PNG: signature, then the header with a sensible size."""
    if not _PNG.match(content):
        raise ValueError(f"{file!r} is no PNG, whatever its name says.")
    width, height = sides = Asset(file, "", content).size
    if max(sides) > min(_LONGEST_SIDE, _WIDEST * min(sides)):
        raise ValueError(
            f"{file!r} has {width:,} x {height:,} pixels. Each side has at most {_LONGEST_SIDE:,}, "
            f"and the longer one at most {_WIDEST} times those of the shorter."
        )


def _check_woff2(file: str, content: bytes) -> None:
    if not content.startswith(_WOFF2):
        raise ValueError(f"{file!r} is no WOFF2 font, whatever its name says.")


def _check_svg(file: str, content: bytes) -> None:
    if not _is_utf_8(content):
        raise ValueError(f"{file!r} is not in UTF-8. Save it as UTF-8.")
    try:
        _Svg(file).read(content)
    except expat.ExpatError as error:
        raise ValueError(f"{file!r} is no SVG: {error}.") from error


def _is_utf_8(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()  # UTF-16 has them.
    except UnicodeDecodeError:
        return False


class _Svg:
    """Refuses an SVG that could run or load something, or never ends to be drawn.

    A document type is refused, and with it every entity: none can be expanded.
    """

    def __init__(self, file: str) -> None:
        self._file, self._style = file, ""
        # Names and ids of the elements that are begun; by id, how many elements one has and to
        # which others they refer. The whole file is "".
        self._begun: list[tuple[str, str]] = []
        self._sizes: Counter[str] = Counter()
        self._targets: defaultdict[str, list[str]] = defaultdict(list)
        # As it is served, whatever encoding the document claims.
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = lambda _: self._begun.pop()
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = lambda *_: self._refuse("<!DOCTYPE>")
        self.parser.ProcessingInstructionHandler = lambda name, _: self._refuse(f"<?{name}?>")

    def read(self, content: bytes) -> None:
        """Read a file; raise ``ValueError`` or ``ExpatError`` if it is none to be served."""
        self.parser.Parse(content, True)
        if self._drawn("", {}) > _MOST_DRAWN:
            self._refuse(f"references that draw more than {_MOST_DRAWN:,} elements")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, inside = name.rpartition(" ")
        is_drawing = namespace == _SVG and inside in _DRAWING
        if not is_drawing and (not self._begun or namespace in {_SVG, _XHTML}):
            self._refuse(f"<{inside}>")
        if self._begun and self._begun[-1][0] == "style":
            self._refuse(f"<{inside}> in a <style>")
        if len(self._begun) == _DEEPEST:
            self._refuse(f"nesting deeper than {_DEEPEST}")
        self._begun.append((inside, attributes.get("id", "")))
        targets: list[str] = []
        for attribute, value in attributes.items():
            own = attribute.rpartition(" ")[2].lower()
            leads = own in {"href", "src", "base"} and not value.strip().startswith("#")
            if own.startswith("on") or leads or _OUTWARD.search(value):
                self._refuse(f"{own}={value[:40]!r}")
            targets += [value.strip()[1:]] if own == "href" else _FRAGMENT.findall(value)
        for each in {"", *(begun for _, begun in self._begun)}:
            self._sizes[each] += 1
            self._targets[each] += (unquote("".join(target.split())) for target in targets)

    def _text(self, text: str) -> None:
        if self._begun[-1][0] == "style":
            self._style += text
            if _OUTWARD.search(self._style):
                self._refuse("style that loads something")

    def _drawn(self, name: str, known: dict[str, int], depth: int = 0) -> int:
        """Return how many elements one draws, with those it refers to."""
        if depth > _DEEPEST:
            self._refuse("references that lead in a circle, or too far")
        if name not in known:
            targets = self._targets.get(name, ())
            drawn = sum(self._drawn(target, known, depth + 1) for target in targets)
            known[name] = self._sizes[name] + drawn
        return known[name]

    def _refuse(self, what: str) -> NoReturn:
        line = self.parser.CurrentLineNumber
        raise ValueError(f"{self._file!r}, line {line}: no {what} in an SVG. Save it as plain SVG.")


_XHTML = "http://www.w3.org/1999/xhtml"
_KINDS: Mapping[str, tuple[str, Callable[[str, bytes], None]]] = {
    ".svg": ("image/svg+xml; charset=utf-8", _check_svg),
    ".png": ("image/png", _check_png),
    ".woff2": ("font/woff2", _check_woff2),
}
