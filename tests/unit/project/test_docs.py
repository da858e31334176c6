"""The documentation names what there is: settings, make targets, files, entities."""

import re
from pathlib import Path

import pytest

from tests.support.docs.documents import DOCS, anchors_in, links_in
from tests.support.stack import ROOT, source


def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def test_every_setting_is_documented() -> None:
    documented = text("docs/operations.md")

    assert [name for name in source()["Parameters"] if f"`{name}`" not in documented] == []


def test_every_setting_that_is_named_exists() -> None:
    table = text("docs/operations.md").partition("## Settings")[2].partition("\n## ")[0]
    names = (row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
    named = {name for cell in names for name in re.findall(r"`(\w+)`", cell)}

    assert named == set(source()["Parameters"])


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(), re.MULTILINE))

    assert named <= targets


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in links_in(document):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.is_relative_to(ROOT), target
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors_in(linked), target


def test_links_are_found() -> None:
    links = [link for document in DOCS for link in links_in(document)]

    assert any(link.startswith("#") for link in links)
    assert any(".md#" in link for link in links)
    assert any(link.endswith(".png") for link in links)


def test_every_key_of_the_tables_is_documented() -> None:
    prefixes = re.findall(
        r'f"([A-Z]+)#', text("layers/common/src/registration/adapters/dynamodb/keys.py")
    )
    documented = text("docs/data-model.md")

    assert [prefix for prefix in prefixes if f"{prefix}#" not in documented] == []


def test_no_document_names_a_registry_or_a_machine() -> None:
    for document in DOCS:
        content = document.read_text()
        # Put together, so that this file does not name one either.
        for host in ("pypi", "files.python" + "hosted"):
            assert f"{host}.org" not in content
        assert "/home/" not in content
