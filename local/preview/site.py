"""What the preview answers: its own pages, and in frames on them what customers and staff see.

::

    /                                     all of them, small
    /_preview/show/<slug>                 one of them, large
    /_preview/frame/<scheme>/<locale>/<slug>    the page or the mail itself
    /_preview/frame/<scheme>/style.css          the product's stylesheets
    /icon.svg                             what else the pages load, as the product serves it

A frame is light or dark whatever the browser prefers: its media queries are answered beforehand.

The shop's folder is read anew once a file in it, or one of the package's texts and templates, has
changed. What is wrong with the folder is shown in place of the page.
"""

import re
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from traceback import format_exception
from urllib.parse import parse_qs, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.preview.samples import ALL, GROUPS
from local.preview.storefront import Sample
from local.preview.writers import Writers
from registration.application.ports import RenderedMail
from registration.entrypoints.openapi import documentation
from registration.entrypoints.rendering import look
from registration.entrypoints.rendering.locales import language_names, locales
from registration.entrypoints.shop import check
from registration.entrypoints.shop.assets import Asset
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.shop.folder import PACKAGE, shop_folder

SCHEMES = ("light", "dark")
WIDTHS = ("1280", "320")
_HERE = Path(__file__).parent
_HTML = "text/html; charset=utf-8"
_CSS = "text/css; charset=utf-8"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# Mails have their styles in the elements. Nothing in a frame runs or is sent anywhere.
_FRAMED = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_SCRIPT = re.compile(r"<script[^>]*></script>")
_WATCHED = ("pages", "mails", "texts")


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    media_type: str
    body: bytes
    policy: str = _POLICY


# The answer to a link in a frame: the browser stays where it is.
_NOTHING = Answer(204, _HTML, b"")


@dataclass(frozen=True)
class View:
    """How the frames are shown: in which language and scheme, and how wide."""

    language: str
    scheme: str = SCHEMES[0]
    width: str = WIDTHS[0]

    @classmethod
    def of(cls, query: str) -> "View":
        """Return the view that an address asks for; what it does not know is as usual."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        known = {"language": locales(), "scheme": SCHEMES, "width": WIDTHS}
        chosen = {name: asked[name] for name, all_ in known.items() if asked.get(name) in all_}
        return cls(**{"language": brand().language, **chosen})

    def but(self, **changes: str) -> str:
        """Return the query of this view, changed."""
        return urlencode(vars(replace(self, **changes)))


class Preview:
    """Answers requests. It keeps what it has read until a file changes."""

    def __init__(self) -> None:
        self._files: Mapping[Path, tuple[int, int]] = {}

    def answer(self, address: str) -> Answer:
        """Return the answer to a GET."""
        self._read_changes()
        parts = urlsplit(address)
        if parts.path == "/_preview/style.css":
            return Answer(200, _CSS, (_HERE / "style.css").read_bytes())
        if problems := check.problems():
            return _problem("Wrong in the shop's folder", problems)
        try:
            return _answer(parts.path, View.of(parts.query))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is to be read in the browser
            return _problem("This cannot be shown", [*format_exception(error)[-2:]])

    def _read_changes(self) -> None:
        files = dict(_files())
        if files != self._files:
            self._files = files
            _forget()


def _problem(heading: str, problems: Sequence[str]) -> Answer:
    return _own("problem", 500, heading=heading, problems=problems, folder=shop_folder())


def _files() -> Iterator[tuple[Path, tuple[int, int]]]:
    for folder in (shop_folder(), *(PACKAGE / name for name in _WATCHED)):
        for path in folder.rglob("*"):
            found = path.stat()
            yield path, (found.st_mtime_ns, found.st_size)


def _forget() -> None:
    """Clear each cache of the product: what it read is read anew."""
    for name, module in sys.modules.copy().items():
        if name.startswith("registration."):
            for kept in vars(module).values():
                getattr(kept, "cache_clear", int)()


def _answer(path: str, view: View) -> Answer:
    if asset := _asset(path):
        return Answer(200, asset.media_type, asset.content)
    if path == "/":
        return _own("all", view=view, groups=GROUPS)
    _, first, what, *rest = [*path.split("/"), ""]
    if first == "_preview" and what == "show" and (sample := ALL.get(rest[0])):
        return _one(sample, view)
    if first == "_preview" and what == "frame" and rest[0] in SCHEMES:
        return _framed(rest[0], "/".join(rest[1:-1]))
    return _NOTHING


def _one(sample: Sample, view: View) -> Answer:
    slugs = list(ALL)
    at = slugs.index(sample.slug)
    made = sample.render(_writers(view.language))
    return _own(
        "one",
        view=view,
        sample=sample,
        mail=made if isinstance(made, RenderedMail) else None,
        before=ALL[slugs[at - 1]],
        after=ALL[slugs[(at + 1) % len(slugs)]],
    )


def _framed(scheme: str, path: str) -> Answer:
    """Return a page, a mail or a stylesheet in one scheme."""
    locale, _, slug = path.partition("/")
    if style := _styles().get(f"/{path}"):
        return Answer(200, _CSS, _in_scheme(style, scheme).encode())
    if locale not in locales() or slug not in ALL:
        return _NOTHING
    made = ALL[slug].render(_writers(locale))
    html = _with_images(made) if isinstance(made, RenderedMail) else _SCRIPT.sub("", made)
    html = html.replace(
        'rel="stylesheet" href="/', f'rel="stylesheet" href="/_preview/frame/{scheme}/'
    )
    return Answer(200, _HTML, _in_scheme(html, scheme).encode(), _FRAMED)


def _with_images(mail: RenderedMail) -> str:
    html = mail.html
    for image in mail.images:
        data = f"data:{image.media_type};base64,{b64encode(image.content).decode()}"
        html = html.replace(f'"cid:{image.content_id}"', f'"{data}"')
    return html


def _in_scheme(text: str, scheme: str) -> str:
    """Return HTML or CSS with each media query for a scheme answered: it holds, or never does."""
    for asked in SCHEMES:
        answer = "(min-width: 0)" if asked == scheme else "(max-width: 0)"
        text = text.replace(f"(prefers-color-scheme: {asked})", answer)
    return text.replace("color-scheme: light dark", f"color-scheme: {scheme}").replace(
        'content="light dark"', f'content="{scheme}"'
    )


def _writers(locale: str) -> Writers:
    return Writers(brand().name, locale)


def _styles() -> dict[str, str]:
    """Return the product's stylesheets by their paths."""
    return {
        "/style.css": look.stylesheet(),
        "/back-office/style.css": look.asset("back_office/style.css"),
        "/docs/style.css": documentation.stylesheet(),
    }


def _asset(path: str) -> Asset | None:
    """Return what else pages load."""
    address, icon = look.icon()
    return icon if path == address else brand().assets.get(path.removeprefix("/brand/"))


def _own(template: str, status: int = 200, **content: object) -> Answer:
    """Return one of the preview's own pages."""
    page = _templates().get_template(f"{template}.html")
    choices = {
        "language": list(language_names().items()),
        "scheme": [(scheme, scheme) for scheme in SCHEMES],
        "width": [(width, f"{width} px") for width in WIDTHS],
    }
    return Answer(status, _HTML, page.render(content, choices=choices, brand=brand).encode())


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
