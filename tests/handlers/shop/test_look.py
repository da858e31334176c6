"""A shop's look where customers and staff meet it: pages, files that pages load, mails."""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from registration.entrypoints.shop.folder import ShopError
from tests.handlers.staff.test_back_office import staff
from tests.support.cloud import Cloud
from tests.support.markup import Markup
from tests.support.requests import customer_document, registration_form
from tests.support.shops.files import SVG, WOFF2, png
from tests.support.shops.texts import a_shop

LOGO, ICON = png(360, 120), png(32, 32)
BRAND = """
name = "Maison Bleue"
icon = "icon.png"
radius = 24
[logo]
light = "logo.svg"
dark = "logo-dark.svg"
mail = "logo.png"
[colours]
accent = "#7a1fa2"
[fonts]
heading = "Fraunces.woff2"
body = "geometric"
[[footer]]
text = "Help"
address = "https://shop.example/help"
"""
FILES: dict[str, str | bytes] = {
    "brand.toml": BRAND,
    "logo.svg": SVG,
    "logo-dark.svg": SVG.replace(b"#400", b"#fff"),
    "logo.png": LOGO,
    "icon.png": ICON,
    "Fraunces.woff2": WOFF2,
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[None]:
    """A shop with a look of its own."""
    with a_shop(tmp_path, FILES):
        yield


def test_an_unchanged_shop_asks_for_nothing_more(cloud: Cloud) -> None:
    page = cloud.get_page("/login")

    assert re.findall(r'(?:src|srcset|href)="(/[^"]*\.\w+)"', page.body) == [
        "/style.css",
        "/script.js",
    ]
    assert "font-src" not in page.headers["content-security-policy"]
    (icon,) = re.findall(r'<link rel="icon" href="data:image/svg\+xml,([^"]*)"', page.body)
    assert unquote(icon) == cloud.request("GET", "/icon.svg").body
    assert 'fill="#1b5e4b"' in cloud.request("GET", "/icon.svg").body
    assert "@font-face" not in cloud.request("GET", "/style.css").body


@pytest.mark.usefixtures("shop")
def test_pages_show_the_logo_with_the_name_beside_it(cloud: Cloud) -> None:
    page = Markup.of(cloud.get_page("/login").body)

    (image,) = page.elements("img")
    (source,) = page.elements("source")
    assert (image.get("src"), image.get("alt")) == ("/brand/logo.svg", "")
    assert source.get("srcset") == "/brand/logo-dark.svg"
    assert source.get("media") == "(prefers-color-scheme: dark)"
    (link,) = (each for each in page.elements("a") if each.get("class") == "shop")
    assert "".join(link.itertext()).strip() == "Maison Bleue"


def test_a_logo_that_has_the_name_in_it_says_it_to_readers(cloud: Cloud, tmp_path: Path) -> None:
    toml = 'name = "Maison Bleue"\n[logo]\nlight = "logo.svg"\nwith_name = false'
    with a_shop(tmp_path, {"brand.toml": toml, "logo.svg": SVG}):
        page = Markup.of(cloud.get_page("/login").body)
        back_office = Markup.of(cloud.get_page("/back-office/login").body)

    for shown, text in ((page, ""), (back_office, "Back Office")):
        (link,) = (each for each in shown.elements("a") if each.get("class") == "shop")
        assert [image.get("alt") for image in link.iter("img")] == ["Maison Bleue"]
        assert "".join(link.itertext()).strip() == text


@pytest.mark.usefixtures("shop")
def test_the_back_office_has_the_same_look(cloud: Cloud) -> None:
    page = cloud.get_page("/back-office/customers", cookies=staff(cloud))

    assert '<img class="logo" src="/brand/logo.svg" alt="">' in page.body
    assert 'href="/brand/icon.png"' in page.body
    assert "img-src 'self';" in page.headers["content-security-policy"]
    assert "font-src 'self'" in page.headers["content-security-policy"]
    own = cloud.request("GET", "/back-office/style.css").body
    assert re.findall("#[0-9a-f]{6}", own) == []


@pytest.mark.usefixtures("shop")
def test_the_stylesheet_begins_with_the_shops_variables(cloud: Cloud) -> None:
    style = cloud.request("GET", "/style.css")
    tokens = cloud.request("GET", "/brand/tokens.css")

    assert style.body.startswith(tokens.body)
    assert tokens.headers["content-type"] == "text/css; charset=utf-8"
    for said in (
        "--accent: #7a1fa2;",
        "--radius: 1.5rem;",
        '--heading: shop-heading, "Iowan Old Style"',
        "--body: Avenir, Montserrat",
        'src: url("/brand/heading.woff2") format("woff2")',
    ):
        assert said in tokens.body


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("name", "media_type", "content"),
    [
        ("logo.svg", "image/svg+xml; charset=utf-8", SVG),
        ("icon.png", "image/png", ICON),
        ("heading.woff2", "font/woff2", WOFF2),
    ],
)
def test_files_are_served_as_what_they_are_and_run_nothing(
    cloud: Cloud, name: str, media_type: str, content: bytes
) -> None:
    answer = cloud.request("GET", f"/brand/{name}")

    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    if name.endswith(".svg"):
        assert policy.endswith("sandbox")
    assert answer.raw == content


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "name", ["brand.toml", "logo.png", "logo-mail.png", "..%2fbrand.toml", "x"]
)
def test_nothing_else_of_the_folder_is_served(cloud: Cloud, name: str) -> None:
    answer = cloud.get_page(f"/brand/{name}")

    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.usefixtures("shop")
def test_mails_bring_the_logo_along_and_load_nothing(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document())
    cloud.drain()

    (mail,) = cloud.mails
    (image,) = Markup.of(mail.html).elements("img")
    (attached,) = mail.parameters["Content"]["Simple"]["Attachments"]
    assert image.get("src") == f"cid:{attached['ContentId']}"
    assert (image.get("width"), image.get("height"), image.get("alt")) == ("108", "36", "")
    assert attached["ContentDisposition"] == "INLINE"
    assert attached["ContentType"] == "image/png"
    # SES's default sends seven bits of each byte.
    assert attached["ContentTransferEncoding"] == "BASE64"
    assert attached["RawContent"] in {LOGO, base64.b64encode(LOGO).decode()}
    assert mail.sender.startswith("Maison Bleue <")
    assert "#7a1fa2" in mail.html
    assert "#1b5e4b" not in mail.html
    assert "border-radius: 24px" in mail.html
    assert "Help: https://shop.example/help" in mail.text


def test_without_a_png_mails_keep_the_initial(cloud: Cloud, tmp_path: Path) -> None:
    """No large mail program shows an SVG."""
    toml = '[logo]\nlight = "logo.svg"'
    with a_shop(tmp_path, {"brand.toml": toml, "logo.svg": SVG}):
        cloud.post_json("/customers", customer_document())
        cloud.drain()

    (mail,) = cloud.mails
    assert Markup.of(mail.html).elements("img") == []
    assert "Attachments" not in mail.parameters["Content"]["Simple"]


@pytest.mark.parametrize("given", [{}, {"ShopName": "Tea & Cups"}])
def test_a_shop_that_is_wrong_fails_with_the_first_request_and_says_why(
    make_cloud: Callable[..., Cloud],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    given: dict[str, str],
) -> None:
    cloud = make_cloud(**given)
    with a_shop(tmp_path, {"brand.toml": "radius = 99"}), pytest.raises(ShopError):
        cloud.get_page("/login")

    told = next(each for each in caplog.records if each.message == "the shop's folder is wrong")
    assert told.levelname == "ERROR"
    assert told.__dict__["problems"][0].startswith("shop/brand.toml, radius: ")


def test_a_french_mail_has_a_space_before_each_colon(
    make_cloud: Callable[..., Cloud], tmp_path: Path
) -> None:
    footer = '[[footer]]\ntext = "Livraison"\naddress = "https://shop.example/livraison"\n'
    with a_shop(tmp_path, {"brand.toml": footer}):
        cloud = make_cloud()
        cloud.post_form("/register", registration_form(), headers={"accept-language": "fr"})
        cloud.drain()

    (mail,) = cloud.mails
    assert "Livraison\u00a0: https://shop.example/livraison" in mail.text
    assert not re.search(r"\w:(?!//|\d)", mail.text)
