"""The form to sign up with asks what the shop asks, and nothing else."""

from html import unescape
from urllib.parse import urlencode

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Cloud
from tests.support.every_page import Outline
from tests.support.people.shoppers import FORM, Shopper, text_of
from tests.support.requests import registration_form
from tests.support.shops import FIELDS, OpenShop

OWN = ("vat_number", "size", "children", "wedding", "adult", "newsletter")
ANSWERS = {
    "vat_number": "FR40303265045",
    "size": "l",
    "children": "1,5",
    "wedding": "1904-02-29",
    "adult": "true",
}


@pytest.fixture
def shop(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop that asks fields of its own, and no gender."""
    open_shop({"fields.toml": f'[phone]\nform = "required"\n{FIELDS}'})
    return make_cloud()


def fields_on(page: str) -> dict[str, dict[str, str | None]]:
    """Return what can be filled in on a page, in its order."""
    found = Outline(page).all("input", "select")
    return {str(e["name"]): e for e in found if "name" in e and e.get("type") != "hidden"}


def test_it_asks_what_the_shop_asks_and_nothing_else(shop: Cloud) -> None:
    page = shop.get_page("/register").body

    standard = ["salutation", "first_name", "last_name", "phone"]
    around = ["email", "take_suggestion", "password", "confirm_password"]
    assert list(fields_on(page)) == [*standard, *around, *OWN, "accepted_terms"]
    fields = fields_on(page)
    assert fields["wedding"]["type"] == "date"
    assert fields["children"]["inputmode"] == "decimal"
    assert {name for name in OWN if "required" in fields[name]} == {"adult"}
    assert "Salutation (optional)" in unescape(page)
    assert "VAT number (optional)" in unescape(page)
    assert "Please fill in every field." not in page


def test_labels_are_in_the_language_of_the_page(open_shop: OpenShop, make_cloud: MakeCloud) -> None:
    open_shop({"fields.toml": FIELDS.replace("fr_FR", "de_DE")})
    cloud = make_cloud()

    english = cloud.get_page("/register").body
    german = cloud.get_page("/register", headers={"accept-language": "de"}).body

    for text in ("VAT number", ">Small<", "Yes, send me the newsletter"):
        assert text in english
        assert text not in german
    for text in ("Numéro de TVA (freiwillig)", ">Petit<", "Oui, envoyez-moi la lettre"):
        assert text in german


def test_a_consent_is_never_ticked_before(shop: Cloud) -> None:
    box = fields_on(shop.get_page("/register").body)["newsletter"]

    assert "checked" not in box
    assert "required" not in box


def test_what_is_answered_is_kept_with_the_sentence_of_a_consent(shop: Cloud) -> None:
    answer = Shopper(shop).sign_up(phone="1", **ANSWERS, newsletter="true")

    assert answer.status == 303
    (customer,) = shop.customers()
    assert customer["own"] == {
        "vat_number": "FR40303265045",
        "size": "l",
        "children": 1.5,
        "wedding": "1904-02-29",
        "adult": True,
    }
    (consent,) = customer["consents"]
    told = {name: consent[name] for name in ("name", "version", "text")}
    text = "Yes, send me the newsletter"
    assert told == {"name": "newsletter", "version": "2026-01", "text": text}
    assert "gender" not in customer


def test_a_box_that_nobody_ticks_is_no_consent(shop: Cloud) -> None:
    Shopper(shop).sign_up(phone="1", **ANSWERS, newsletter="false")

    (customer,) = shop.customers()
    assert "consents" not in customer


def test_mistakes_stand_beside_their_fields_in_the_order_of_the_page(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    said = 'problem = {fr_FR = "Non.", en_US = "It looks like FR40303265045."}'
    open_shop({"fields.toml": FIELDS.replace("staff_search = true", said)})
    wrong = {"vat_number": "DE1", "size": "xs", "children": "many", "wedding": "2999-01-01"}

    answer = Shopper(make_cloud()).sign_up(email="sonia", **wrong, adult="false")

    page = Outline(answer.body)
    assert answer.status == 422
    order = [str(link["href"]) for link in page.all("a") if str(link["href"]).startswith("#")]
    names = ["email", *OWN[:5]]
    assert [each for each in order if each != "#content"] == [f"#{name}" for name in names]
    assert text_of(answer).count("It looks like FR40303265045.") == 2
    fields = fields_on(answer.body)
    for name in names:
        assert fields[name]["aria-invalid"] == "true"
        assert (
            fields[name]["aria-describedby"]
            == f"{'email-hint ' if name == 'email' else ''}{name}-error"
        )
    assert fields["children"]["value"] == "many"


def test_a_missing_value_is_said_to_be_missing(open_shop: OpenShop, make_cloud: MakeCloud) -> None:
    said = 'ask = "required"\nproblem = "It looks like FR40303265045."'
    open_shop({"fields.toml": FIELDS.replace("staff_search = true", said)})

    answer = Shopper(make_cloud()).sign_up(adult="true", vat_number="")

    assert answer.status == 422
    assert "It looks like" not in answer.body


def test_another_address_fills_in_what_was_answered_but_no_consent(shop: Cloud) -> None:
    shopper = Shopper(shop)
    shopper.sign_up(phone="0123", **ANSWERS, newsletter="true")

    fields = fields_on(shopper.open("/register?again=1").body)

    values = {name: fields[name]["value"] for name in ("vat_number", "children", "phone")}
    assert values == {"vat_number": "FR40303265045", "children": "1,5", "phone": "0123"}
    assert "checked" in fields["adult"]
    assert "checked" not in fields["newsletter"]


def test_long_answers_do_not_make_the_cookie_longer_than_browsers_keep(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    notes = "".join(f'[own.note_{n}]\ntype = "text"\nlabel = "Note"\n' for n in range(40))
    open_shop({"fields.toml": notes})
    shopper = Shopper(make_cloud())

    answer = shopper.sign_up(**{f"note_{n}": "x" * 255 for n in range(40)})

    assert answer.status == 303
    (cookie,) = answer.cookies
    assert len(cookie) < 4_096
    again = fields_on(shopper.open("/register?again=1").body)
    assert (again["email"]["value"], again["note_0"]["value"]) == ("sonia@example.com", "")


def test_a_form_of_forty_boxes_is_no_form_too_large(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    boxes = [f"box_{n}" for n in range(40)]
    fields = "".join(f'[own.{box}]\ntype = "checkbox"\nlabel = "Box"\n' for box in boxes)
    open_shop({"fields.toml": fields})
    shopper = Shopper(make_cloud())
    told = {"csrf_token": shopper.csrf_token(), "from": "checkout", "again": "1", "phone": ""}
    ticked = [(box, value) for box in boxes for value in ("true", "false")]
    body = urlencode([*registration_form(**told).items(), *ticked])

    headers = {"content-type": FORM, "accept": "text/html"}
    cloud, cookies = shopper.cloud, shopper.cookies
    answer = cloud.request("POST", "/register", body=body, headers=headers, cookies=cookies)

    assert answer.status == 303
    (customer,) = cloud.customers()
    assert customer["own"] == dict.fromkeys(boxes, True)


@pytest.mark.parametrize("letter", ["x", "é", "ł", "語", "ب"])
def test_a_form_of_forty_long_answers_is_no_form_too_large(
    open_shop: OpenShop, make_cloud: MakeCloud, letter: str
) -> None:
    notes = {f"note_{n}": letter * 255 for n in range(40)}
    fields = "".join(f'[own.{note}]\ntype = "text"\nlabel = "Note"\n' for note in notes)
    open_shop({"fields.toml": fields})
    shopper = Shopper(make_cloud())

    answer = shopper.sign_up(**notes)

    assert answer.status == 303
    (customer,) = shopper.cloud.customers()
    assert customer["own"] == notes


def test_a_form_that_is_larger_than_any_of_ours_is_refused(shop: Cloud) -> None:
    shopper = Shopper(shop)

    assert shopper.sign_up(company="x" * 200_000).status == 400
