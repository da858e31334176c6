"""The pages of my account, carts and the checkout: fields and their purpose."""

import re

import pytest

from registration.entrypoints.carts.catalogue import ARTICLES
from registration.entrypoints.rendering.locales import locales
from registration.entrypoints.rendering.page_writing import PROFILE_FIELDS
from tests.support.every_page import (
    ADA,
    CARTS,
    WRITER,
    Outline,
    a_full_cart,
    delete_page,
    inside,
    password_page,
    profile_page,
    visit,
)


@pytest.fixture(params=locales())
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_profile_has_fields_that_browsers_know(locale: str) -> None:
    page = Outline(profile_page(inside(locale), ADA))

    (form,) = [form for form in page.all("form") if form["action"] == "/account"]
    fields = {found["name"]: found for found in page.all("input", "select")}
    assert form["method"] == "post"
    assert tuple(fields) == PROFILE_FIELDS
    assert {name: found["autocomplete"] for name, found in fields.items()} == {
        "salutation": "honorific-prefix",
        "gender": "sex",
        "first_name": "given-name",
        "last_name": "family-name",
        "date_of_birth": "bday",
        "phone": "tel",
        "company": "organization",
        "locale": "language",
    }
    required = {name for name, found in fields.items() if "required" in found}
    assert required == {"salutation", "gender", "first_name", "last_name"}


def test_password_pages_label_their_fields_for_password_managers(locale: str) -> None:
    pages = [
        Outline(password_page(inside(locale))),
        Outline(delete_page(inside(locale))),
    ]

    known = [[found.get("autocomplete") for found in page.all("input")] for page in pages]
    assert known == [
        ["username", "current-password", "new-password", "new-password"],
        ["username", "current-password"],
    ]
    for page in pages:
        (username,) = [found for found in page.all("input") if "name" not in found]
        assert username["value"] == "ada@example.com"
        assert "hidden" in username


def test_each_line_of_a_cart_is_a_labelled_form(locale: str) -> None:
    page = Outline(CARTS.cart(visit(locale), a_full_cart()))

    fields = [found for found in page.all("input") if found.get("type") == "number"]
    assert len(fields) == len(ARTICLES) + 1
    assert all((found["min"], found["max"]) == ("0", "1000000") for found in fields)
    names = [found["name"] for found in page.all("input", "button") if "name" in found]
    assert names == ["cart", "sku", "quantity", "remove"] * len(fields)


def test_the_demo_shop_offers_each_article_with_words_of_its_own(locale: str) -> None:
    html = WRITER.page("shop", visit(locale), articles=ARTICLES)

    page = Outline(html)
    assert len(page.all("h2")) == len(ARTICLES)
    assert len({found["value"] for found in page.all("input") if found["name"] == "sku"}) == 6
    assert len(set(re.findall(r"<svg.*?</svg>", html))) == len(ARTICLES)


def test_the_login_step_offers_three_ways(locale: str) -> None:
    page = Outline(CARTS.login_step(visit(locale), a_full_cart()))

    assert [form["action"] for form in page.all("form")] == ["/login", "/checkout/guest"]
    assert "/register?from=checkout" in {link["href"] for link in page.all("a")}
    assert page.named("to")["value"] == "checkout"
    assert len(page.all("section")) == 4
