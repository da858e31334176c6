"""What is prepared when the layer is built says the same as what it was made from."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jinja2 import ModuleLoader

from registration.domain.fields.own import Place
from registration.entrypoints.rendering import templates as of_templates
from registration.entrypoints.rendering.locales import our_locales
from registration.entrypoints.rendering.page_writing import PageWriter, Visit
from registration.entrypoints.rendering.prepare import prepare, prepare_shop
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.shop import checked, texts
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import PACKAGE, ShopError
from registration.entrypoints.shop.legal import legal
from registration.entrypoints.shop.texts import our_texts, shop_texts
from tests.support.shops import FIELDS
from tests.support.shops.files import SVG, png
from tests.support.shops.texts import a_shop

Deploy = Callable[..., None]
SHOP: dict[str, str | bytes] = {
    "brand.toml": "name = 'Atelier'\nicon = 'icon.svg'\n[logo]\nlight = 'logo.png'\n",
    "legal.toml": "version = '7'\nterms = {en = 'https://shop.example', fr = 'mailto:a@b.fr'}",
    "fields.toml": FIELDS,
    "texts/en_US/own.toml": "login.heading = 'Come in'\n",
    "icon.svg": SVG,
    "logo.png": png(90, 30),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that is prepared."""
    folder = tmp_path_factory.mktemp("layer") / "prepared"
    for place in Place:
        customer_fields().at(place)  # as if it had been in use
    prepare(folder)
    return folder


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """A function that lets two folders be the layer's, and forgets what was read."""
    kept = (templates, our_texts, brand, legal, customer_fields, shop_texts, checked._kept)

    def deployed(prepared: Path, shop: Path = PACKAGE) -> None:
        for module in (of_templates, checked, texts):
            monkeypatch.setattr(module, "PREPARED", prepared)
        monkeypatch.setattr(checked, "PACKAGED", shop)
        for each in kept:
            each.cache_clear()

    yield deployed
    for each in kept:
        each.cache_clear()


def test_a_shop_is_as_it_was_checked(tmp_path: Path, deploy: Deploy) -> None:
    shop = tmp_path / "shop"
    with a_shop(shop, SHOP):
        parts = (brand, legal, customer_fields, shop_texts)
        read = [part() for part in parts]
        prepare_shop(tmp_path / checked.FILE)
        deploy(tmp_path, shop)
        for name in SHOP:
            (shop / name).unlink()

        assert [part() for part in parts] == read
        assert brand().name == "Atelier"


def test_a_shop_of_another_folder_is_read(tmp_path: Path, deploy: Deploy) -> None:
    with a_shop(tmp_path / "shop", SHOP):
        prepare_shop(tmp_path / checked.FILE)
    with a_shop(tmp_path / "other", {"brand.toml": "name = 'Other'"}):
        deploy(tmp_path, tmp_path / "shop")

        assert brand().name == "Other"


def test_a_shop_that_is_wrong_says_why(tmp_path: Path, deploy: Deploy) -> None:
    shop = tmp_path / "shop"
    with a_shop(shop, {"legal.toml": "terns = 'https://shop.example/terms'"}):
        prepare_shop(tmp_path / checked.FILE)
        deploy(tmp_path, shop)

        with pytest.raises(ShopError, match="terns"):
            legal()


def test_our_texts_are_those_of_the_sources(written: Path, deploy: Deploy) -> None:
    read = {locale: our_texts(locale) for locale in our_locales()}

    deploy(written)

    assert {locale: our_texts(locale) for locale in our_locales()} == read


def test_pages_are_those_of_the_sources(written: Path, deploy: Deploy) -> None:
    writer, visit = PageWriter("Shop <b>", "en_US"), Visit("de_DE", "t")

    def shown() -> list[str]:
        form = writer.page("forgot_password", visit, email="<i>", errors={"email": "<wrong>"})
        return [form, writer.problem(visit, 404)]

    read = shown()
    deploy(written)

    assert shown() == read


@pytest.mark.parametrize("folder", ["pages", "mails"])
def test_each_template_is_compiled(folder: str, written: Path, deploy: Deploy) -> None:
    names = [
        path.relative_to(PACKAGE / folder).as_posix()
        for path in (PACKAGE / folder).rglob("*")
        if path.suffix in {".html", ".txt"}
    ]

    deploy(written)

    assert names
    for name in names:
        # It has the source's lines for tracebacks, and is no source itself.
        assert templates(folder).get_template(name).debug_info
    assert isinstance(templates(folder).loader, ModuleLoader)
