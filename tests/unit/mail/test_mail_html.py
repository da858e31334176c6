"""The HTML of mails in mail programs: narrow, dark, or read aloud."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from registration.application.ports import RenderedMail
from registration.domain.links import Purpose
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.shop.brand import brand
from tests.support.factories import NOW, a_mail
from tests.support.markup import Markup

LINK = "https://shop.example/confirm?token=DE--Aa1Bb2Cc3Dd4Ee5F.token-0000000001.6a3f1c2b.Jd8sK2"
MAILS = [(kind, locale) for kind in MailKind for locale in ("en_US", "de_DE")]
# Gmail clips a mail at this size, and with it the way to a new link and the sender.
LARGEST = 102 * 1024
_COLOUR = re.compile(r"(?<![\w-])(color|background-color|border|border-top): [^;#]*(#[0-9a-f]{6})")


@pytest.fixture(params=MAILS, ids="-".join)
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param[1])


@pytest.fixture
def letter(request: pytest.FixtureRequest, locale: str) -> RenderedMail:
    kind = request.node.callspec.params["locale"][0]
    write = MailRenderer(
        "Hawthorn & Finch", "en_US", dict.fromkeys(Purpose, timedelta(hours=24)), lambda: NOW
    )
    return write(a_mail(kind=kind, locale=locale), LINK)


@pytest.fixture
def html(letter: RenderedMail) -> Markup:
    """The parsed mail; parsing fails on wrong syntax."""
    return Markup.of(letter.html)


def styles(html: Markup, *names: str) -> dict[str, str]:
    """Return the inline styles of elements, by their classes."""
    return {
        element.get("class", ""): element.get("style", "")
        for element in html.elements(*names)
        if element.get("style")
    }


def test_it_loads_nothing_and_runs_nothing(letter: RenderedMail, html: Markup) -> None:
    active = {"img", "script", "link", "iframe", "form", "video", "audio", "object", "embed", "svg"}

    assert html.elements(*active) == []
    assert "url(" not in letter.html
    assert "@import" not in letter.html
    assert set(re.findall(r"https?://[^/\"<]+", letter.html)) == {"https://shop.example"}
    assert not [name for e in html.elements() for name in e.attrib if name.startswith("on")]


def test_it_is_small_enough_to_be_shown_whole(letter: RenderedMail) -> None:
    assert len(letter.html.encode()) < LARGEST / 8


def test_it_says_its_language_twice(html: Markup, locale: str) -> None:
    """Some clients remove everything around the body, so its content must say so, too."""
    said = {"lang": locale.replace("_", "-"), "dir": "ltr"}
    (article,) = (e for e in html.elements("div") if e.get("role") == "article")

    for element in (html.root, article):
        assert {name: element.get(name) for name in said} == said


def test_readers_hear_a_heading_and_no_tables(html: Markup) -> None:
    (heading,) = html.elements("h1")

    assert [table.get("role") for table in html.elements("table")] == ["presentation"] * len(
        html.elements("table")
    )
    (title,) = html.elements("title")
    assert (title.text or "").startswith(f"{heading.text} ")
    assert (title.text or "").endswith(" Hawthorn & Finch")


def test_a_preview_comes_first_and_is_not_shown(html: Markup) -> None:
    body = html.elements("body")[0]
    preview = body[0]

    assert "display: none" in preview.get("style", "")
    assert 20 <= len(preview.text or "") <= 100


def test_nothing_is_wider_than_its_window(html: Markup) -> None:
    for style in styles(html).values():
        widths = re.findall(r"(?<!max-)(?<!min-)\bwidth: (\d+)px", style)
        assert [width for width in widths if int(width) > 40] == []
    assert "overflow-wrap: anywhere" in styles(html, "td")["margin"]


def coloured(html: Markup) -> Iterator[tuple[list[str], str, str]]:
    """Yield each colour in a mail: classes, property, value."""
    for element in html.elements():
        for name, colour in _COLOUR.findall(element.get("style", "")):
            yield element.get("class", "").split(), name.replace("-top", ""), colour


def test_colours_are_those_of_the_pages_in_either_scheme(
    letter: RenderedMail, html: Markup
) -> None:
    """Their contrast is tested there. Without an override, one would stay light in dark mode."""
    light, dark = brand().light, brand().dark
    pairs = {(light[name], dark[name]) for name in light}
    overridden = {
        (of, name.replace("border-color", "border")): colour
        for of, rules in re.findall(r"\.([\w-]+) \{ (.*?) \}", letter.html)
        for name, colour in re.findall(r"([a-z-]+): (#[0-9a-f]{6}) !important", rules)
    }

    assert '<meta name="color-scheme" content="light dark">' in letter.html
    for classes, name, colour in coloured(html):
        darker = [overridden[each, name] for each in classes if (each, name) in overridden]
        assert darker, f"{name} of {classes} stays {colour} in the dark"
        assert (colour, darker[0]) in pairs, f"{colour} and {darker[0]} are no pair of the pages"


def test_every_background_has_an_override_in_dark_mode(html: Markup) -> None:
    """Text without its own background would be dark on dark if a client sets the background."""
    for element in html.elements("h1", "a"):
        around = [up.get("style", "") for up in html.elements() if element in up.iter()]
        assert any(re.search(r"(?<!-)\bcolor: ", style) for style in around)
        assert any("background-color: " in style for style in around)


def test_the_button_is_as_good_in_word(letter: RenderedMail, html: Markup) -> None:
    (cell,) = (e for e in html.elements("td") if e.get("class") == "button")
    (link,) = cell

    assert "mso-padding-alt: 14px 28px" in cell.get("style", "")
    assert "padding: 14px 28px" in link.get("style", "")
    assert letter.html.count("<!--[if mso]>") == letter.html.count("<![endif]-->") == 2
