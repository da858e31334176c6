"""The shop that is shipped asks what Glue asks: its file says what the code does without one."""

import pytest

from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import shop_folder
from tests.support.shops import OpenShop


def test_the_shipped_shop_asks_what_glue_asks() -> None:
    assert (shop_folder() / "fields.toml").is_file()
    assert customer_fields() == GLUE_FIELDS


def test_a_shop_without_the_file_asks_what_glue_asks(open_shop: OpenShop) -> None:
    open_shop({})

    assert customer_fields() == GLUE_FIELDS


@pytest.mark.parametrize("place", Place)
def test_a_file_that_says_nothing_asks_what_glue_asks(open_shop: OpenShop, place: Place) -> None:
    open_shop({"fields.toml": "# nothing yet"})

    assert customer_fields().at(place).ask == GLUE_FIELDS.at(place).ask
