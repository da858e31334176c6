"""Checks a shop's folder before it is deployed: every problem, and what it lacks.

::

    python -m registration.entrypoints.shop.check
"""

import sys
from collections.abc import Callable, Iterator

from registration.entrypoints.shop.brand import brand
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import ShopError, shop_folder
from registration.entrypoints.shop.legal import legal
from registration.entrypoints.shop.texts import shop_texts
from registration.entrypoints.shop.unread import unread

PARTS: tuple[Callable[[], object], ...] = (brand, legal, shop_texts, customer_fields)
"""What reads a part of the folder, and raises ``ShopError`` if it is wrong."""


def problems() -> list[str]:
    """Return what is wrong, of all parts."""
    if not shop_folder().is_dir():
        return [f"There is no folder {shop_folder()}: SHOP has to name the folder of a shop."]
    found: list[str] = []
    for part in PARTS:
        try:
            part()
        except ShopError as error:
            found += error.problems
    # One part may read another.
    return list(dict.fromkeys(found))


def warnings() -> Iterator[str]:
    """Yield what is not wrong, and should be mended before customers come."""
    if "terms" not in legal().addresses("en_US"):
        yield (
            "shop/legal.toml has no link to the terms, so that customers accept what they cannot "
            'read. Add: terms = "https://..."'
        )
    if brand().logo and not brand().mail_logo:
        yield "shop/brand.toml has no logo.mail, so that mails have the name's initial. Add a PNG."
    yield from unread()


def main() -> int:
    """Write problems and warnings; return the exit status."""
    lines = problems()
    status = 1 if lines else 0
    lines = lines or [f"WARNING: {warning}" for warning in warnings()]
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return status


if __name__ == "__main__":
    sys.exit(main())
