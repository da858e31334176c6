"""The preview: all pages and mails, from the shop's folder as it stands."""

import re
from collections.abc import Iterator

import pytest
from jinja2.meta import find_referenced_templates

from local.preview.samples import ALL, GROUPS
from local.preview.site import SCHEMES, Answer, Preview
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import locales
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.shop import check
from registration.entrypoints.shop.folder import PACKAGE
from tests.support.markup import Markup
from tests.support.shops import OpenShop
from tests.support.stack import ROOT

ATELIER = ROOT / "examples" / "shop-atelier"
FRAME = "/_preview/frame/light/de_DE"


@pytest.fixture
def preview() -> Preview:
    return Preview()


def html(answer: Answer) -> str:
    assert answer.status == 200
    return answer.body.decode()


def pages() -> Iterator[str]:
    """Yield the templates that are pages, not parts of others."""
    folder, environment = PACKAGE / "pages", templates("pages")
    sources = {file: file.read_text("utf-8") for file in folder.rglob("*.html")}
    parts = {
        part
        for text in sources.values()
        for part in find_referenced_templates(environment.parse(text))
    }
    for file in sources:
        if (name := file.relative_to(folder).as_posix()) not in parts:
            yield name.removesuffix(".html")


def test_every_page_has_a_sample(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: set[str] = set()
    render = PageWriter.page

    def noting(writer: PageWriter, name: str, *given: object, **content: object) -> str:
        rendered.add(name)
        return render(writer, name, *given, **content)  # type: ignore[arg-type]

    monkeypatch.setattr(PageWriter, "page", noting)

    for slug in ALL:
        html(preview.answer(f"{FRAME}/{slug}"))

    assert set(pages()) - rendered == set()


def test_every_mail_is_shown_in_every_language_as_html_and_as_text(preview: Preview) -> None:
    for kind in MailKind:
        slug = f"mail-{kind.replace('_', '-')}"
        for locale in locales():
            framed = html(preview.answer(f"/_preview/frame/light/{locale}/{slug}"))
            shown = html(preview.answer(f"/_preview/show/{slug}?language={locale}"))

            assert f'lang="{locale.replace("_", "-")}"' in framed
            assert "Camille Laurent" in shown
            assert "12345678" not in shown


def test_each_sample_has_a_name_of_its_own() -> None:
    assert len(ALL) == sum(len(group) for group in GROUPS.values())


def test_the_overview_frames_every_sample_and_leads_to_it(preview: Preview) -> None:
    page = html(preview.answer("/?language=de_DE&scheme=dark&width=320"))

    for slug in ALL:
        assert f'src="/_preview/frame/dark/de_DE/{slug}"' in page
        assert f"/_preview/show/{slug}?language=de_DE&amp;scheme=dark&amp;width=320" in page
    assert page.count("<iframe") == page.count('loading="lazy"') == page.count("inert") == len(ALL)


def test_what_pages_load_is_there(preview: Preview) -> None:
    loaded = {
        path
        for slug in ALL
        for path in re.findall(
            r'<(?:link|img|source)[^>]+(?:href|src|srcset)="(/[^"]+)"',
            html(preview.answer(f"{FRAME}/{slug}")),
        )
    }

    assert {path: preview.answer(path).status for path in loaded} == dict.fromkeys(loaded, 200)
    assert len(loaded) > 2


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_frame_is_light_or_dark_whatever_the_browser_prefers(
    preview: Preview, scheme: str
) -> None:
    for path in ("de_DE/register", "de_DE/mail-reset-password", "style.css"):
        text = html(preview.answer(f"/_preview/frame/{scheme}/{path}"))

        assert "prefers-color-scheme" not in text
        assert "light dark" not in text
    assert f"color-scheme: {scheme}" in text


def test_a_frame_runs_nothing_and_sends_nothing(preview: Preview) -> None:
    framed = preview.answer(f"{FRAME}/register")
    around = preview.answer("/_preview/show/register")

    for answer in (framed, around):
        policy = dict(part.strip().partition(" ")[::2] for part in answer.policy.split(";"))
        assert policy["default-src"] == policy["form-action"] == "'none'"
        assert "script-src" not in policy
        assert "<script" not in html(answer)
    (frame,) = Markup.of(html(around)).elements("iframe")
    assert frame.get("sandbox") == "allow-same-origin"


def test_a_link_in_a_frame_leads_nowhere(preview: Preview) -> None:
    for path in ("/login", "/register?from=checkout", "/_preview/show/nothing", f"{FRAME}/nothing"):
        assert preview.answer(path) == Answer(204, "text/html; charset=utf-8", b"")


@pytest.mark.parametrize("query", ["language=xx_XX", "scheme=blue", "width=1", "width=%00&x=y"])
def test_an_unknown_view_is_the_usual_one(preview: Preview, query: str) -> None:
    assert preview.answer(f"/?{query}") == preview.answer("/")


def test_a_change_in_the_folder_is_seen_when_the_page_is_loaded_again(
    preview: Preview, open_shop: OpenShop
) -> None:
    folder = open_shop({"brand.toml": 'name = "Atelier"'})
    before = html(preview.answer(f"{FRAME}/register"))

    (folder / "brand.toml").write_text('name = "Marché"', "utf-8")
    after = html(preview.answer(f"{FRAME}/register"))

    assert "Atelier" in before
    assert "Marché" not in before
    assert "Marché" in after
    assert "Marché" in html(preview.answer("/"))


def test_what_is_wrong_with_the_folder_is_shown_until_it_is_mended(
    preview: Preview, open_shop: OpenShop
) -> None:
    folder = open_shop({"brand.toml": 'nam = "A<b>"', "fields.toml": "gender = 1"})

    for path in ("/", f"{FRAME}/register", "/_preview/show/register"):
        answer = preview.answer(path)
        assert answer.status == 500
        lines = [item.text or "" for item in Markup.of(answer.body.decode()).elements("li")]
        assert any(line.startswith("shop/brand.toml, nam: ") for line in lines)
        assert any(line.startswith("shop/fields.toml, gender: ") for line in lines)
        assert "Traceback" not in answer.body.decode()
    assert preview.answer("/_preview/style.css").status == 200

    for file in ("brand.toml", "fields.toml"):
        (folder / file).unlink()

    assert preview.answer("/").status == 200


def test_what_cannot_be_rendered_says_so_in_the_browser(
    preview: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **_more: object) -> str:
        raise KeyError("register.<heading>")

    monkeypatch.setattr(PageWriter, "page", broken)

    answer = preview.answer(f"{FRAME}/register")

    assert answer.status == 500
    assert "KeyError: 'register.<heading>'" in Markup.of(answer.body.decode()).words
    assert preview.answer("/").status == 200


def test_what_the_shop_asks_is_shown_with_answers_and_with_mistakes(
    preview: Preview, open_shop: OpenShop
) -> None:
    open_shop()
    shown = {
        page: Markup.of(html(preview.answer(f"/_preview/frame/light/en_US/{page}")))
        for page in ("register", "register-with-mistakes", "account", "customer", "confirm")
    }

    for page in ("register", "account", "confirm"):
        names = {field.get("name") for field in shown[page].elements("input", "select")}
        assert {"vat_number", "size", "children", "wedding", "newsletter"} <= names
        assert "gender" not in names
    assert "FR40303265045" in shown["customer"].words
    assert "Yes, send me the newsletter" in shown["customer"].words
    ticked = {
        page: any(
            field.get("name") == "newsletter" and field.get("checked") is not None
            for field in shown[page].elements("input")
        )
        for page in ("register", "account", "confirm")
    }
    assert ticked == {"register": False, "account": True, "confirm": False}


def test_a_mail_brings_its_images_along(preview: Preview, open_shop: OpenShop) -> None:
    folder = open_shop({"brand.toml": '[logo]\nlight = "logo.png"'})
    (folder / "logo.png").write_bytes((ATELIER / "logo.png").read_bytes())

    framed = html(preview.answer(f"{FRAME}/mail-reset-password"))

    assert 'src="data:image/png;base64,' in framed
    assert "cid:" not in framed


def test_the_example_shop_is_shown_in_its_language_and_its_look(
    preview: Preview, monkeypatch: pytest.MonkeyPatch, open_shop: OpenShop
) -> None:
    open_shop({})
    monkeypatch.setenv("SHOP_FOLDER", str(ATELIER))

    page = html(preview.answer("/_preview/show/mail-confirm-registration"))
    loaded = [
        f"/brand/{name}" for name in ("logo.svg", "logo-dark.svg", "icon.svg", "heading.woff2")
    ]

    assert "Atelier Rivage vous attend" in page
    assert check.problems() == []
    assert [preview.answer(path).status for path in loaded] == [200] * 4


def test_a_folder_that_is_not_there_is_named(
    preview: Preview, open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = open_shop({}) / "missing"
    monkeypatch.setenv("SHOP_FOLDER", str(missing))

    answer = preview.answer("/")

    assert answer.status == 500
    assert str(missing) in answer.body.decode()
