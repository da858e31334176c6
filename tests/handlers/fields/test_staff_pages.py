"""The Back Office: a shop's own fields, the consents of a customer, and what staff change."""

from datetime import timedelta

import pytest

from tests.conftest import MakeCloud
from tests.handlers.fields.test_account_page import NAMES, customer
from tests.handlers.fields.test_form_page import ANSWERS, OWN, fields_on
from tests.handlers.staff.test_back_office import LIST, created, staff
from tests.support.clock import later
from tests.support.cloud import Cloud
from tests.support.people.shoppers import text_of
from tests.support.shops import FIELDS, OpenShop

ASKED = FIELDS.replace('version = "2026-01"', 'version = "2026-01"\nback_office = "optional"')


@pytest.fixture
def shop(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop whose staff is asked for consents, too."""
    open_shop({"fields.toml": ASKED})
    return make_cloud()


def audited(cloud: Cloud) -> list[list[str]]:
    """Return the fields that staff changed, each time."""
    found = [item for item in cloud.items(cloud.customers_table) if item["PK"].startswith("AUDIT#")]
    edits = [item for item in found if item["action"] == "edited_customer"]
    return [item.get("fields", []) for item in sorted(edits, key=lambda item: item["SK"])]


def test_staff_are_asked_what_the_shop_asks_there(shop: Cloud) -> None:
    fields = fields_on(shop.get_page(f"{LIST}/new", cookies=staff(shop)).body)

    standard = ["salutation", "first_name", "last_name", "date_of_birth", "phone", "company"]
    assert list(fields) == ["email", "take_suggestion", *standard, "locale", *OWN]
    assert "checked" not in fields["newsletter"]


def test_staff_enter_and_edit_them_and_the_record_names_them(shop: Cloud) -> None:
    cookies = staff(shop)
    reference = created(shop, cookies, **ANSWERS, newsletter="false")
    form = {**ANSWERS, "vat_number": "", "adult": "true", "newsletter": "true"}

    shop.post_form(f"{LIST}/{reference}/edit", form, cookies=cookies)

    page = shop.get_page(f"{LIST}/{reference}", cookies=cookies)
    assert audited(shop) == [["vat_number", "newsletter"]]
    assert "VAT number, Yes, send me the newsletter" in text_of(page)
    assert "It counts once the address is confirmed." in text_of(page)
    edit = fields_on(shop.get_page(f"{LIST}/{reference}/edit", cookies=cookies).body)
    assert "checked" in edit["newsletter"]
    assert edit["children"]["value"] == "1.5"


def test_a_form_without_boxes_withdraws_nothing(shop: Cloud) -> None:
    cookies = staff(shop)
    reference = created(shop, cookies, **ANSWERS, newsletter="true")

    shop.post_form(f"{LIST}/{reference}/edit", {"phone": "1"}, cookies=cookies)

    assert audited(shop) == [["phone"]]
    (item,) = shop.customers()
    assert "withdrawn" not in item["consents"][0]
    assert item["own"]["adult"] is True


def test_a_customers_page_shows_answers_and_the_record_of_each_consent(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")
    with later(timedelta(days=2)):
        sonia.send("/account", **NAMES, newsletter="false")
        sonia.send("/account", **NAMES, newsletter="true")
        (item,) = shop.customers()

        shown = text_of(shop.get_page(f"{LIST}/{item['reference']}", cookies=staff(shop)))

    for told in ("VAT number FR40303265045", "Size Large", "Children 1.5", "I am of age Yes"):
        assert told in shown
    assert "Wedding February 29, 1904" in shown
    assert shown.count("Yes, send me the newsletter Version 2026-01, given") == 2
    assert shown.count("Withdrawn") == 1
    assert "It counts once" not in shown
    assert "Gender" not in shown


def test_what_was_answered_stays_to_be_seen_when_the_shop_asks_no_more(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop({"fields.toml": ASKED})
    cloud = make_cloud()
    cookies = staff(cloud)
    reference = created(cloud, cookies, **ANSWERS)
    cloud.post_form(f"{LIST}/{reference}/edit", {"size": "s"}, cookies=cookies)
    open_shop({"fields.toml": ""})
    cloud.forget_processes()

    page = cloud.get_page(f"{LIST}/{reference}", cookies=cookies)
    record = cloud.get_page("/back-office/record", cookies=cookies)

    assert "vat_number FR40303265045" in text_of(page)
    assert "size" in text_of(record)
    assert record.status == 200


def test_an_unticked_box_that_is_required_is_a_mistake(shop: Cloud) -> None:
    answer = shop.post_form(
        f"{LIST}/new",
        {"email": "grace@example.com", **NAMES, **ANSWERS, "adult": "false"},
        cookies=staff(shop),
    )

    assert answer.status == 422
    assert fields_on(answer.body)["adult"]["aria-invalid"] == "true"
