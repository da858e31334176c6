"""Another shop than ours for a test: a folder of its own in the place of ``shop/``."""

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from registration.domain.fields.asked import GLUE_FIELDS
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.texts import numbers_of, our_texts, plural_forms

OpenShop = Callable[..., Path]

OURS = {templates, our_texts, numbers_of, plural_forms}
"""What is kept that depends on no shop."""

FIELDS = """\
[salutation]
ask = "optional"

[gender]
ask = "no"

[own.vat_number]
type = "text"
pattern = "FR[0-9A-Z]{2}[0-9]{9}"
example = "FR40303265045"
label = {fr_FR = "Numéro de TVA", en_US = "VAT number"}
staff_search = true
in_mails = true

[own.size]
type = "choice"
label = "Size"
options = {s = {en_US = "Small", fr_FR = "Petit"}, l = "Large"}
in_mails = true

[own.children]
type = "number"
label = "Children"
least = 0
most = 20

[own.wedding]
type = "date"
label = "Wedding"
latest = "today"

[own.adult]
type = "checkbox"
ask = "required"
import = "no"
label = "I am of age"

[own.newsletter]
type = "consent"
version = "2026-01"
label = {fr_FR = "Oui, envoyez-moi la lettre", en_US = "Yes, send me the newsletter"}
"""
"""A ``fields.toml`` with a field of each kind."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    """Let no test leave its shop to the next one, which may run in any order."""
    result = yield
    left = os.environ.pop("SHOP_FOLDER", None)
    kept = customer_fields() if customer_fields.cache_info().currsize else GLUE_FIELDS
    if left or kept != GLUE_FIELDS:
        forget_shop()
    assert left is None, "The test leaves another shop's folder in the environment."
    assert kept == GLUE_FIELDS, "The test leaves what another shop asks in the cache."
    return result


@pytest.fixture
def open_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenShop]:
    """A function that opens a shop with files: ``open_shop({"fields.toml": ...})``.

    Open it before the first call of a function, as a process reads its shop once.
    """
    folder = tmp_path / "shop"

    def opened(files: dict[str, str] | None = None) -> Path:
        for name, content in ({"fields.toml": FIELDS} if files is None else files).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
        monkeypatch.setenv("SHOP_FOLDER", str(folder))
        forget_shop()
        return folder

    yield opened
    monkeypatch.undo()
    forget_shop()


def forget_shop() -> None:
    """Let the next call read the shop anew: whatever entry points keep for their process.

    What is ours alone stays: our texts and templates, and what is known of languages.
    """
    # A copy at once: the garbage collector may run while a list is made, and something import.
    for name, module in sys.modules.copy().items():
        if name.startswith("registration.entrypoints."):
            for each in list(vars(module).values()):
                if callable(forget := getattr(each, "cache_clear", None)) and each not in OURS:
                    forget()
