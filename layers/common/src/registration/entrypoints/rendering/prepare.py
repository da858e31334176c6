"""Works out, when the layer is built, what each cold start would work out anew.

``python -m registration.entrypoints.rendering.prepare FOLDER`` writes what the layer has as
``registration/prepared``: our texts as JSON, the templates as Python, and the shop's folder as it
was checked. What is missing there is read from the sources.
"""

import copyreg
import json
import pickle
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registration.entrypoints.rendering.locales import our_locales
from registration.entrypoints.rendering.templates import compiled_folder, templates
from registration.entrypoints.shop import checked
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import ShopError
from registration.entrypoints.shop.legal import legal
from registration.entrypoints.shop.texts import our_texts, shop_texts

PARTS = {"brand": brand, "legal": legal, "fields": customer_fields, "texts": shop_texts}


def prepare(folder: Path) -> None:
    """Write everything."""
    folder.mkdir(parents=True, exist_ok=True)
    for locale in our_locales():
        (folder / f"{locale}.json").write_text(json.dumps(our_texts(locale)), "utf-8")
    for name in ("pages", "mails"):
        compiled = folder / compiled_folder(name)
        templates(name).compile_templates(compiled, ["html", "txt"], zip=None)
    prepare_shop(folder / checked.FILE)


def prepare_shop(file: Path) -> None:
    """Write what the shop's folder says, unless it is wrong: its reader then says why."""
    try:
        shop = {name: read() for name, read in PARTS.items()}
    except ShopError:
        return
    with file.open("wb") as written:
        _Pickler(written).dump(shop)


class _Pickler(pickle.Pickler):
    """Pickles values by their fields, without what they worked out since: rules are functions."""

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made anew."""
        if isinstance(value, MappingProxyType):
            return dict, (dict(value),)
        if is_dataclass(value) and not isinstance(value, type):
            kept = {each.name: getattr(value, each.name) for each in fields(value)}
            return copyreg.__newobj__, (type(value),), kept  # type: ignore[attr-defined]
        return NotImplemented


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
