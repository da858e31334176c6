"""The account's page: a shop's own fields, and consents that are given and withdrawn."""

from datetime import timedelta

import pytest

from tests.conftest import MakeCloud
from tests.handlers.fields.test_form_page import ANSWERS, OWN, fields_on
from tests.support.clock import later
from tests.support.cloud import Cloud
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD
from tests.support.shops import FIELDS, OpenShop

SENTENCE = "Yes, send me the newsletter"
NAMES = {"salutation": "Ms", "first_name": "Sonia", "last_name": "Torres"}


@pytest.fixture
def shop(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop that asks fields of its own."""
    open_shop()
    return make_cloud()


def customer(cloud: Cloud, **answers: str) -> Shopper:
    """Return a logged-in customer who signed up with the form."""
    shopper = Shopper(cloud)
    assert shopper.sign_up(**{**ANSWERS, **answers}).status == 303
    cloud.drain()
    assert shopper.open(cloud.mails[-1].link).status == 303
    assert shopper.log_in().status == 303
    return shopper


def kept(cloud: Cloud) -> list[tuple[str, bool]]:
    """Return the texts of the consents, and whether they are withdrawn."""
    (item,) = cloud.customers()
    return [(each["text"], "withdrawn" in each) for each in item.get("consents", [])]


def test_it_shows_what_is_kept(shop: Cloud) -> None:
    fields = fields_on(customer(shop, newsletter="true").open("/account").body)

    standard = ["salutation", "first_name", "last_name", "date_of_birth", "phone", "company"]
    assert list(fields) == [*standard, "locale", *OWN]
    assert fields["vat_number"]["value"] == "FR40303265045"
    assert fields["children"]["value"] == "1.5"
    assert "checked" in fields["adult"]
    assert "checked" in fields["newsletter"]


def test_zero_is_a_value(shop: Cloud) -> None:
    fields = fields_on(customer(shop, children="0").open("/account").body)

    assert fields["children"]["value"] == "0"


def test_what_is_changed_is_kept(shop: Cloud) -> None:
    sonia = customer(shop)

    answer = sonia.send("/account", **NAMES, vat_number="", size="s", adult="true")

    assert answer.location == "/account?notice=saved"
    (item,) = shop.customers()
    assert item["own"] == {"size": "s", "children": 1.5, "wedding": "1904-02-29", "adult": True}


def test_a_consent_is_given_with_the_sentence_of_the_page(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop({"fields.toml": FIELDS.replace("fr_FR", "de_DE")})
    cloud = make_cloud()
    sonia = customer(cloud)

    sonia.send("/account", **NAMES, locale="de_DE", newsletter="true")

    assert kept(cloud) == [(SENTENCE, False)]


def test_it_says_since_when_a_consent_holds_and_unticking_withdraws_it(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")
    assert "Untick the box to withdraw it." in text_of(sonia.open("/account"))

    with later(timedelta(days=3)):
        assert sonia.send("/account", **NAMES, newsletter="false").status == 303

        assert kept(shop) == [(SENTENCE, True)]
        page = sonia.open("/account")
        assert "checked" not in fields_on(page.body)["newsletter"]
        assert "Untick" not in page.body
    (item,) = shop.customers()
    (consent,) = item["consents"]
    assert consent["withdrawn"]["address"] == sonia.address
    assert consent["withdrawn"]["at"] > consent["given"]["at"]


def test_a_consent_that_is_given_again_is_another_record(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")

    for ticked in ("false", "true", "true"):
        sonia.send("/account", **NAMES, newsletter=ticked)

    assert kept(shop) == [(SENTENCE, True), (SENTENCE, False)]


def test_a_form_that_does_not_show_a_box_withdraws_nothing(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")

    assert sonia.send("/account", **NAMES, company="Ltd").status == 303

    assert kept(shop) == [(SENTENCE, False)]
    (item,) = shop.customers()
    assert item["own"]["adult"] is True
    assert item["own"]["size"] == "l"


def test_the_page_sends_each_box_ticked_or_not(shop: Cloud) -> None:
    page = customer(shop).open("/account").body

    for name in ("adult", "newsletter"):
        box, off = page.index(f'id="{name}"'), page.index(f'name="{name}" value="false"')
        assert box < off, "of a name that is sent twice, the first value counts"


def test_a_sentence_that_was_agreed_to_stays_as_it_was(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop()
    cloud = make_cloud()
    sonia = customer(cloud, newsletter="true")
    newer = FIELDS.replace(SENTENCE, "Yes, and by post").replace("2026-01", "2027-01")
    open_shop({"fields.toml": newer})
    cloud.forget_processes()

    assert SENTENCE in sonia.open("/account").body
    sonia.send("/account", **NAMES, newsletter="true")

    assert kept(cloud) == [(SENTENCE, False)]


FIXED = """
[own.number]
type = "text"
label = "Customer number"
customers_may_change = false
form = "no"

[own.level]
type = "choice"
label = "Level"
options = {g = "Gold"}
customers_may_change = false
"""


def test_what_customers_may_not_change_is_text(open_shop: OpenShop, make_cloud: MakeCloud) -> None:
    open_shop({"fields.toml": FIXED})
    cloud = make_cloud()
    sonia = customer(cloud, level="g", gender="Female")

    page = sonia.open("/account")
    refused = sonia.send("/account", **NAMES, level="")

    assert "level" not in fields_on(page.body)
    assert "Level Gold" in text_of(page)
    assert "Customer number" not in page.body
    assert refused.status == 422
    assert "This cannot be changed here." in refused.body
    assert cloud.customers()[0]["own"] == {"level": "g"}
    assert PASSWORD not in refused.body
