"""``shop/brand.toml`` and the files that it names: what is taken, and what is told of the rest."""

from collections.abc import Mapping
from pathlib import Path
from struct import pack

import pytest

from registration.entrypoints.shop import check
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.shop.folder import ShopError
from tests.support.shops.colours import illegible
from tests.support.shops.files import SVG, WOFF2, png
from tests.support.shops.texts import a_shop

Files = Mapping[str, str | bytes]
SMALL = png(8, 4)
_INVISIBLE = (
    "   ",
    "\\u00A0",
    "\\u200B",
    "A\\u202EB",
    "A\\u2066B",
    "A\\uFEFFB",
    "A\\u00ADB",
    "\\u3164",
)


def _sized(width: int, height: int) -> bytes:
    """Return a PNG whose header names a size."""
    return SMALL[:16] + pack(">II", width, height) + SMALL[24:]


def problems(tmp_path: Path, toml: str, files: Files | None = None) -> list[str]:
    """Return what is wrong with a shop's look."""
    with (
        a_shop(tmp_path, {"brand.toml": toml, **(files or {})}),
        pytest.raises(ShopError) as raised,
    ):
        brand()
    return list(raised.value.problems)


@pytest.mark.parametrize("files", [{}, {"brand.toml": ""}, {"brand.toml": "[colours]\n[logo]\n"}])
def test_a_shop_that_says_nothing_looks_like_the_example(tmp_path: Path, files: Files) -> None:
    with a_shop(tmp_path, files):
        look = brand()

    assert (look.name, look.radius, look.logo, look.fonts) == ("Shop", 16, None, (None, None))
    assert not look.assets
    assert look.footer("en_US") == []


def test_all_that_a_shop_can_choose_at_once(tmp_path: Path) -> None:
    toml = """
name = "Käse & Brot"
icon = "images/icon.svg"
radius = 0
[logo]
light = "logo.svg"
dark = "dark.png"
mail = "mail.png"
with_name = false
[colours]
accent = "#7A1FA2"
[colours.dark]
accent = "#dca8ff"
[fonts]
heading = "Inter.woff2"
heading_fallback = "geometric"
body = "humanist"
[[footer]]
text = {en = "Help", de_DE = "Hilfe"}
address = {en = "https://shop.example/help", de = "https://shop.example/hilfe"}
[[footer]]
text = "Write to us"
address = "mailto:hello@shop.example"
"""
    files = {"images/icon.svg": SVG, "logo.svg": SVG, "dark.png": SMALL, "mail.png": SMALL}
    with a_shop(tmp_path, {"brand.toml": toml, "Inter.woff2": WOFF2, **files}):
        look = brand()

    assert look.name == "Käse & Brot"
    assert look.light["accent"] == "#7a1fa2"
    assert sorted(look.assets) == ["heading.woff2", "icon.svg", "logo-dark.png", "logo.svg"]
    assert look.mail_logo
    assert look.mail_logo.size == (8, 4)
    assert look.heading.page.startswith("shop-heading, Avenir")
    assert look.heading.mail.startswith("Avenir")
    german, mail = look.footer("de_DE")
    assert (german.text, german.address) == ("Hilfe", "https://shop.example/hilfe")
    assert look.footer("pl_PL")[0].text == "Help"
    assert mail.address == "mailto:hello@shop.example"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("nmae = 'X'", "shop/brand.toml, nmae: this key is not known. Did you mean 'name'?"),
        (
            "[colours]\nacent = '#000000'",
            "colours.acent: this key is not known. Did you mean 'acce",
        ),
        ("name = '<b>'", "shop/brand.toml, name: "),
        ("name = ''", "shop/brand.toml, name: "),
        *(
            (f'name = "{name}"', "name: a name has a letter, no spaces around it, and no ")
            for name in (*_INVISIBLE, "A\\nB", "A\\u0000", "A\\u0085", "A\\uFFFD", " A", "A ")
        ),
        ("[colours]\naccent = 'red'", "shop/brand.toml, colours.accent: "),
        ("[fonts]\nbody = 'Comic Sans'", "fonts.body: 'Comic Sans' is no font. Use one of"),
        ("[fonts]\nbody = 'seif'", "fonts.body: 'seif' is no font. Did you mean 'serif'?"),
        ("[fonts]\nbody_fallback = 'a.woff2'", "fonts.body_fallback: 'a.woff2' is no font."),
        ("radius = 41", "shop/brand.toml, radius: "),
        ("radius = '1rem'", "shop/brand.toml, radius: "),
        ("icon = 'icon.gif'", "icon: 'icon.gif' has to be a file in .svg or .png."),
        ("icon = 'logo.png'", "icon: there is no file 'logo.png'. Did you mean 'logos.png'?"),
        ("icon = '../secret.png'", "icon: '../secret.png' lies outside of the shop's folder."),
        ("icon = '/etc/passwd.png'", "lies outside of the shop's folder."),
        ("icon = 'big.png'", "icon: 'big.png' has 50,001 bytes. At most 50,000 are served"),
        ("icon = 'fake.png'", "icon: 'fake.png' is no PNG, whatever its name says."),
        ("icon = 'huge.png'", "icon: 'huge.png' has 2,147,483,648 x 1 pixels. Each side has at mo"),
        ("icon = 'wide.png'", "and the longer one at most 20 times those of the shorter."),
        ("icon = 'high.png'", "icon: 'high.png' has 1 x 21 pixels."),
        ("icon = 'large.png'", "icon: 'large.png' has 4,097 x 4,096 pixels."),
        ("[fonts]\nbody = 'fake.woff2'", "fonts.body: 'fake.woff2' is no WOFF2 font"),
        ("[fonts]\nbody = 'big.woff2'", "fonts.body: 'big.woff2' has 100,001 bytes."),
        (
            "[logo]\nlight = 'logos.png'\nmail = 'a.svg'",
            "logo.mail: 'a.svg' has to be a file in .png",
        ),
        ("[logo]\ndark = 'logos.png'", "logo.light: this key is missing, and another logo is not."),
        ("[[footer]]\ntext = 'x'", "footer.0.address: this key is missing."),
        ("[[footer]]\ntext = {xx_yy = 'x'}\naddress = 'https://x'", "'xx_yy' is no language."),
        ("[[footer]]\ntext = ''\naddress = 'https://x'", "footer.0.text: it is empty"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path: Path, toml: str, told: str) -> None:
    files: Files = {
        "logos.png": SMALL,
        "big.png": SMALL.ljust(50_001, b"\0"),
        "big.woff2": WOFF2.ljust(100_001, b"\0"),
        "huge.png": _sized(1 << 31, 1),
        "wide.png": _sized(21, 1),
        "high.png": _sized(1, 21),
        "large.png": _sized(4097, 4096),
        "fake.png": b"GIF89a" + bytes(60),
        "fake.woff2": b"OTTO" + bytes(60),
        "a.svg": SVG,
    }

    (problem,) = problems(tmp_path, toml, files)

    assert problem.startswith("shop/brand.toml, ")
    assert told in problem


@pytest.mark.parametrize("name", ["Käse & Brot", "A\u00a0B", "می\u200cخواهم", "C", "☕\ufe0f", "7"])  # noqa: RUF001
def test_a_shop_is_called_in_any_script(tmp_path: Path, name: str) -> None:
    with a_shop(tmp_path, {"brand.toml": f'name = "{name}"'}):
        assert brand().name == name


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//shop.example/terms",
        "/terms",
        "https://",
        "https:///terms",
        "mailto:",
        "https://shop.example/a b",
        "https://shop.example/\\u202emoc",
        'https://shop.example/\\"onclick=\\"x',
        " https://shop.example",
        "https://[::1",
    ],
)
def test_links_lead_to_the_web_or_to_a_mailbox(tmp_path: Path, address: str) -> None:
    toml = f'[[footer]]\ntext = "x"\naddress = "{address}"'

    (problem,) = problems(tmp_path, toml)

    assert "It begins with 'https://' or 'mailto:'." in problem


def test_an_illegible_palette_is_refused_with_the_pair_and_a_remedy(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[colours]\naccent = '#ffd400'")

    assert problem == (
        "shop/brand.toml, colours.accent: accent on paper (#ffd400 on #f6f3ec) has a contrast of "
        "1.29:1, and has to have 4.5:1 (WCAG 2.2 AA). #846d00 has it."
    )
    with a_shop(tmp_path, {"brand.toml": "[colours]\naccent = '#846d00'"}):
        assert illegible(brand().light) == []


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    toml = "icon = 'x.svg'\n[colours]\naccent = '#ffd400'\n[colours.dark]\nink = '#333333'"

    told = [problem.partition(":")[0] for problem in problems(tmp_path, toml)]

    keys = ("icon", "colours.accent", "colours.dark.ink")
    assert told == [f"shop/brand.toml, {key}" for key in keys]


def _used(number: int) -> str:
    return f"<use href='#a{number}'/>" * 10


SVG_START = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        "<g><script href='https://x'/></g>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        "<p xmlns='http://www.w3.org/1999/xhtml'>x</p>",
        "<s:script xmlns:s='http://www.w3.org/2000/svg'/>",
        "<rect onload='alert(1)'/>",
        "<rect ONCLICK='alert(1)'/>",
        "<a href='javascript:alert(1)'><rect/></a>",
        "<use href='https://evil.example/x.svg#a'/>",
        "<use xlink:href='other.svg#a'/>",
        "<image href='data:image/png;base64,AAAA'/>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onclick' to='alert(1)'/>",
        "<rect fill='url(https://evil.example/x)'/>",
        "<rect style='background:url(\"//evil.example\")'/>",
        "<rect style='fill:u\\72l(https://evil.example)'/>",
        "<rect style='background:image-set(\"https://evil.example\" 1x)'/>",
        "<style>@import 'https://evil.example';</style>",
        "<style>rect{fill:url(https://evil.example)}</style>",
        "<style>rect{fill:ur<!-- -->l(https://evil.example)}</style>",
        "<style><![CDATA[@import 'x';]]></style>",
        "<style>a{}<g/>@import url(//evil.example)</style>",
        "<style>a{}<title>x</title></style>",
        "<?xml-stylesheet href='https://evil.example'?>",
        "<g xml:base='https://evil.example/'/>",
        "<g>",
        "<g>" * 101 + "</g>" * 101,
        "<g>" * 6_000 + "</g>" * 6_000,
        "<g id='a'><use href='#a'/></g>",
        "<use id='a' xlink:href=' #a '/>",
        "<g id='a'><use href='#b'/></g><g id='b'><path fill='url( \"#a\")'/></g>",
        "<g id='a0'/>" + "".join(f"<g id='a{n + 1}'>{_used(n)}</g>" for n in range(9)),
        "<g id='a0'/>" + "".join(f"<use id='a{n + 1}' href='#a{n}'/>" for n in range(300)),
        f"<g id='a0'>{'<g/>' * 200}</g>" + "<use href='#a0'/>" * 200,
    ],
)
def test_an_svg_that_could_run_or_load_something_is_refused(tmp_path: Path, content: str) -> None:
    svg = f"{SVG_START}{content}</svg>"

    (problem,) = problems(tmp_path, "icon = 'x.svg'", {"x.svg": svg})

    assert problem.startswith("shop/brand.toml, icon: 'x.svg'")


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + SVG_START + "</svg>",
        '<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd">' + SVG_START + "</svg>",
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        "<svg/>",
        "",
        "no XML at all",
        ('<?xml version="1.0" encoding="ISO-8859-1"?>' + SVG_START + "é</svg>").encode("latin-1"),
        (SVG_START + "é</svg>").encode("utf-16"),
        (SVG_START + "</svg>").encode("utf-16-le"),
    ],
)
def test_no_entity_is_expanded_and_nothing_but_an_svg_is_one(
    tmp_path: Path, document: str | bytes
) -> None:
    (problem,) = problems(tmp_path, "icon = 'x.svg'", {"x.svg": document})

    assert "'x.svg'" in problem


@pytest.mark.parametrize(
    "content",
    [
        "<g>" * 99 + "</g>" * 99,
        "<path id='p'/>" + "<use href='#p'/>" * 500 + "<use href='#missing'/>",
        "<linearGradient id='g'><stop/></linearGradient>" + "<path fill='url(#g)'/>" * 1000,
        "<g id='layer' clip-path='url(#c)'><clipPath id='c'><rect/></clipPath></g>",
    ],
)
def test_a_large_svg_is_taken(tmp_path: Path, content: str) -> None:
    files = {"brand.toml": "icon = 'x.svg'", "x.svg": f"\ufeff{SVG_START}{content}</svg>"}
    with a_shop(tmp_path, files):
        assert brand().icon


def test_a_drawing_programs_svg_is_taken(tmp_path: Path) -> None:
    """Data of the program stands in namespaces of its own, which browsers pass over."""
    svg = (
        '<?xml version="1.0" encoding="UTF-8"?><svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ink="http://www.inkscape.org/namespaces">'
        '<ink:view pagecolor="#fff"/><title>Logo</title><style>.a{fill:url(#b)}</style>'
        '<defs><path id="p" d="M0 0h9v9z"/></defs><use xlink:href="#p" class="a"/></svg>'
    )
    with a_shop(tmp_path, {"brand.toml": "icon = 'x.svg'", "x.svg": svg}):
        assert brand().icon


def test_a_check_tells_the_problems_of_all_files_and_what_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"brand.toml": "radius = 99", "legal.toml": "terms = 'http://x'\nversion = 'a b'"}
    with a_shop(tmp_path / "wrong", wrong):
        assert check.main() == 1
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "shop/brand.toml, radius",
        "shop/legal.toml, version",
        "shop/legal.toml, terms",
    ]

    with a_shop(tmp_path / "lacking", {"brand.toml": "", "legal.toml": ""}):
        assert check.main() == 0
    assert "WARNING: shop/legal.toml has no link to the terms" in capsys.readouterr().err

    with a_shop(tmp_path / "good", {"legal.toml": "terms = 'https://shop.example/terms'"}):
        assert check.main() == 0
    assert capsys.readouterr().err == ""
