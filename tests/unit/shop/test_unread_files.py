"""What the check says of files in a shop's folder that nothing reads."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from registration.entrypoints.shop import check
from tests.support.shops import OpenShop
from tests.support.shops.files import SVG, WOFF2, png
from tests.support.shops.texts import a_shop
from tests.support.stack import ROOT

Files = Mapping[str, str | bytes]
TERMS = {"legal.toml": "terms = 'https://shop.example/terms'"}


def warnings(tmp_path: Path, files: Files) -> list[str]:
    """Return what a check warns of, in a shop that is good."""
    with a_shop(tmp_path, {**TERMS, **files}):
        assert check.problems() == []
        return list(check.warnings())


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("field.toml", " Did you mean 'fields.toml'?"),
        ("FIELDS.TOML", " Did you mean 'fields.toml'?"),
        ("fields.toml.txt", " Did you mean 'fields.toml'?"),
        ("brand.tml", " Did you mean 'brand.toml'?"),
        ("text/en_US/a.toml", ""),
        ("en_US/brand.toml", ""),
        ("texts/en_US/a.TOML", " Did you mean 'a.toml'?"),
        ("texts/en_US/a.toml.txt", " Did you mean 'a.toml'?"),
        ("texts/en_US/a.json", ""),
        ("logo-old.svg", ""),
    ],
)
def test_a_file_that_nothing_reads_is_named(tmp_path: Path, name: str, instead: str) -> None:
    assert warnings(tmp_path, {name: b"<"}) == [f"shop/{name}: nothing reads this file.{instead}"]


@pytest.mark.parametrize("name", ["xx_XX", "zh_cn", "german", "en_UK"])
def test_a_folder_of_texts_that_is_no_locale_is_named(tmp_path: Path, name: str) -> None:
    assert warnings(tmp_path, {f"texts/{name}/README.txt": "To do"}) == [
        f"shop/texts/{name}: {name} is no locale. Name the folder like pt_BR."
    ]


def test_what_is_read_is_not_named_and_notes_are_not(tmp_path: Path) -> None:
    brand = "icon = './a/icon.svg'\n[logo]\nlight = 'a/../logo.png'\n[fonts]\nbody = 'A.woff2'"
    files: Files = {"brand.toml": brand, "a/icon.svg": SVG, "logo.png": png(8, 4), "A.woff2": WOFF2}
    notes = dict.fromkeys(("README.md", "A.OFL.txt", ".DS_Store", "texts/.idea/a", "LICENSE"), "")
    texts = {"texts/de_DE/any name.toml": "", "texts/zh_TW/a.toml": ""}

    assert warnings(tmp_path, {**files, **notes, **texts, "fields.toml": ""}) == []


@pytest.mark.parametrize("shop", ["shop", "examples/shop-atelier"])
def test_our_own_folders_have_nothing_that_is_not_read(
    shop: str, monkeypatch: pytest.MonkeyPatch, open_shop: OpenShop
) -> None:
    open_shop({})
    monkeypatch.setenv("SHOP_FOLDER", str(ROOT / shop))

    assert [each for each in check.warnings() if "nothing reads" in each] == []
