"""The language of a shop: that of `brand.toml`, unless the template's parameter names another."""

import pytest

from registration.entrypoints.shop import check
from tests.conftest import MakeCloud
from tests.support.shops import OpenShop


def language_of(cloud: MakeCloud, **parameters: str) -> str:
    body = cloud(**parameters).request("GET", "/login").body
    return body.partition('<html lang="')[2].partition('"')[0]


def test_the_shop_speaks_its_language(open_shop: OpenShop, make_cloud: MakeCloud) -> None:
    open_shop({"brand.toml": 'language = "de_DE"'})

    assert language_of(make_cloud) == "de-DE"


def test_the_templates_parameter_comes_first(open_shop: OpenShop, make_cloud: MakeCloud) -> None:
    open_shop({"brand.toml": 'language = "de_DE"'})

    assert language_of(make_cloud, DefaultLocale="en_US") == "en-US"


def test_a_language_of_the_shops_own_may_be_its_first(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    own = "[login]\nheading = 'Inloggning'"
    open_shop({"brand.toml": 'language = "sv_SE"', "texts/sv_SE/own.toml": own})

    assert language_of(make_cloud) == "sv-SE"
    assert check.problems() == []


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ('"de_De"', "there are no texts in 'de_De'. Did you mean 'de_DE'?"),
        ('"de"', "there are no texts in 'de'."),
        ('""', "there are no texts in ''."),
        ("1", "write a text in quotation marks"),
    ],
)
def test_a_language_without_texts_is_refused(open_shop: OpenShop, language: str, told: str) -> None:
    open_shop({"brand.toml": f"language = {language}"})

    (problem,) = check.problems()

    assert problem.startswith("shop/brand.toml, language: ")
    assert told in problem
