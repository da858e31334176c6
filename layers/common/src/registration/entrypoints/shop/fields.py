"""What a customer is asked: ``shop/fields.toml``."""

from functools import cache

from registration.domain.fields.asked import CustomerFields
from registration.entrypoints.shop.checked import checked


@cache
def customer_fields() -> CustomerFields:
    """Return what the shop asks customers.

    Raises
    ------
    ShopError
        Every problem of ``fields.toml``.
    """
    return checked("fields", _read)


def _read() -> CustomerFields:
    from registration.entrypoints.shop.reading.fields import read_fields  # noqa: PLC0415 - see checked

    return read_fields()
