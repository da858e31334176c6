"""The documentation names every key of a shop's look and law, and its examples work."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from registration.entrypoints.shop import brand as of_brand
from registration.entrypoints.shop import fields as of_fields
from registration.entrypoints.shop import legal as of_legal
from registration.entrypoints.shop.fonts import STACKS
from registration.entrypoints.shop.reading import brand as brand_file
from registration.entrypoints.shop.reading import fields as fields_file
from registration.entrypoints.shop.reading import legal as legal_file
from tests.support.shops.files import SVG, WOFF2, png
from tests.support.shops.texts import a_shop
from tests.support.stack import ROOT

DOCS = (ROOT / "docs" / "shop.md").read_text("utf-8")
BLOCKS = re.findall(r"^## (\w+)\n.*?```toml\n(.*?)```", DOCS, re.MULTILINE | re.DOTALL)
EXAMPLES = {title: block for title, block in BLOCKS if title in {"Look", "Legal"}}


def keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a table and of the tables in it."""
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= keys(part)
    return found


def test_the_examples_work_and_have_every_key(tmp_path: Path) -> None:
    files = {"icon.svg": SVG, "logo.svg": SVG, "logo-dark.svg": SVG, "logo.png": png(90, 30)}
    toml = {"brand.toml": EXAMPLES["Look"], "legal.toml": EXAMPLES["Legal"]}
    with a_shop(tmp_path, {**toml, **files, "Fraunces.woff2": WOFF2}):
        assert of_brand.brand().name == "Atelier Nord"
        assert set(of_legal.legal().addresses("fr_FR")) == set(of_legal.KINDS)

    for title, model in (("Look", brand_file._Brand), ("Legal", legal_file._Legal)):
        named = set(re.findall(r"^(?:\[+[\w.]*?(?=\w+\]))?(\w+)", EXAMPLES[title], re.MULTILINE))
        assert keys(model) <= named, title


@pytest.mark.parametrize("name", STACKS)
def test_every_font_is_named(name: str) -> None:
    assert f"`{name}`" in DOCS


def test_the_shipped_shop_is_the_example() -> None:
    shipped = {path.name for path in (ROOT / "shop").iterdir()}

    assert {"README.md", "brand.toml", "legal.toml"} <= shipped
    assert of_brand.brand().name == "Shop"
    assert of_legal.legal().version == "1"


ROWS = re.findall(r"^\| `(\w+)` \| (\w+) \| `(\1 = [^`]+)`", DOCS, re.MULTILINE)
NEEDED = {
    "choice": "options = {s = 'S'}",
    "consent": "version = '1'",
    "text": "example = 'FR40303265045'",
}


def test_every_key_of_a_field_is_explained() -> None:
    asked = {field.alias or name for name, field in fields_file._Places.model_fields.items()}
    known = {field.alias or name for name, field in fields_file._Own.model_fields.items()}

    assert [key for key, *_ in ROWS] == list(dict.fromkeys(key for key, *_ in ROWS))
    assert {key for key, *_ in ROWS} == known
    assert {key for key, kind, _ in ROWS if kind == "all"} == asked


@pytest.mark.parametrize(("key", "kind", "example"), ROWS)
def test_every_example_of_a_key_works(tmp_path: Path, key: str, kind: str, example: str) -> None:
    kind = "text" if kind in {"all", "own"} else kind
    needed = (f"type = '{kind}'", "label = 'A'", NEEDED.get(kind, ""))
    lines = [line for line in needed if not line.startswith(key)]
    with a_shop(tmp_path, {"fields.toml": "\n".join(["[own.a]", *lines, example])}):
        assert [field.name for field in of_fields.customer_fields().own] == ["a"]
