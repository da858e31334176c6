"""A shop that asks an import for fields of its own, of every kind, and for no gender."""

from registration.domain.fields.own import Place
from registration.domain.imports.columns import KnownColumns
from registration.entrypoints.shop.fields import customer_fields
from tests.support.imports.files import World
from tests.support.shops import OpenShop
from tests.support.stack import ROOT

OWN_FIELDS = (ROOT / "examples" / "own-fields" / "fields.toml").read_text("utf-8")


def a_shop_row(number: int = 1, /, **overrides: str) -> dict[str, str]:
    """Return a row that this shop takes; each number has its own address."""
    values = {
        "customer_reference": "",
        "email": f"customer-{number}@example.com",
        "phone": "+49 30 1234567",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "locale_name": "en_US",
        "vat_number": "FR40303265045",
        "note": "good customer",
        "size": "s",
        "turnover": "1234.5",
        "wedding": "2010-05-31",
        "trade": "yes",
        "newsletter": "1",
    }
    return values | overrides


def a_shop_world(open_shop: OpenShop, fields: str = OWN_FIELDS, locale: str = "en_US") -> World:
    """Return an import in memory of a shop with such fields."""
    open_shop({"fields.toml": fields})
    return World(known=KnownColumns(customer_fields().at(Place.IMPORT), locale))
