"""The review before confirming: what a stranger answered with somebody's address counts no more."""

import pytest

from tests.conftest import MakeCloud
from tests.handlers.fields.test_account_page import SENTENCE, kept
from tests.handlers.fields.test_form_page import ANSWERS, OWN, fields_on
from tests.handlers.staff.test_back_office import created, staff
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import sign_in
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import review_form
from tests.support.shops import FIELDS, OpenShop

OWNERS = "gentle harbour lantern"
GRACE = "grace@example.com"
STAFFS = """
[own.number]
type = "text"
label = "Customer number"
customers_may_change = false
form = "no"

[own.note]
type = "text"
label = "Note"
account = "no"

[own.newsletter]
type = "consent"
version = "1"
label = "Yes, send me the newsletter"
back_office = "optional"
"""


@pytest.fixture
def shop(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop that asks fields of its own."""
    open_shop()
    return make_cloud()


def a_stranger_signs_up(cloud: Cloud, **answers: str) -> None:
    answer = Shopper(cloud).sign_up(**{**ANSWERS, "newsletter": "true", **answers})
    assert answer.status == 303
    cloud.drain()


def reviewed(cloud: Cloud, **answers: str) -> Answer:
    """Confirm with a new password in the owner's browser."""
    form = review_form(OWNERS, token=cloud.mails[-1].token, **answers)
    return Shopper(cloud).send("/confirm", **form)


def test_the_review_shows_what_was_answered_and_no_consent_is_ticked(shop: Cloud) -> None:
    a_stranger_signs_up(shop)

    fields = fields_on(shop.get_page(shop.mails[-1].link).body)

    assert set(OWN) <= set(fields)
    assert fields["vat_number"]["value"] == "FR40303265045"
    assert "checked" not in fields["newsletter"]


@pytest.mark.parametrize("sent", [{}, {"newsletter": "false"}])
def test_what_a_stranger_ticked_is_no_consent_of_the_owner(
    shop: Cloud, sent: dict[str, str]
) -> None:
    a_stranger_signs_up(shop)

    assert reviewed(shop, **{**ANSWERS, "vat_number": ""}, **sent).status == 303

    (item,) = shop.customers()
    assert item["status"] == "verified"
    assert "consents" not in item
    assert "vat_number" not in item["own"]
    assert sign_in(shop, password=OWNERS).status == 201


def test_what_the_owner_ticks_is_a_consent_in_the_language_of_the_page(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop({"fields.toml": FIELDS.replace("fr_FR", "de_DE")})
    cloud = make_cloud()
    a_stranger_signs_up(cloud)

    answer = reviewed(cloud, **ANSWERS, newsletter="true", locale="de_DE")

    assert answer.status == 303
    assert kept(cloud) == [(SENTENCE, False)]
    (item,) = cloud.customers()
    assert item["consents"][0]["given"] == item["confirmed"]


def test_mistakes_keep_what_the_owner_ticked(shop: Cloud) -> None:
    a_stranger_signs_up(shop)

    answer = reviewed(shop, **{**ANSWERS, "size": "xs"}, newsletter="true")

    assert answer.status == 422
    fields = fields_on(answer.body)
    assert fields["size"]["aria-invalid"] == "true"
    assert "checked" in fields["newsletter"]


def test_with_the_password_of_the_sign_up_its_consents_count(shop: Cloud) -> None:
    a_stranger_signs_up(shop)
    token, password = shop.mails[-1].token, "sturdy teapot orbit"

    answer = Shopper(shop).send("/confirm", token=token, way="password", password=password)

    assert answer.status == 303
    assert kept(shop) == [(SENTENCE, False)]


def test_what_staff_entered_and_the_page_does_not_ask_stays(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop({"fields.toml": STAFFS})
    cloud = make_cloud()
    created(cloud, staff(cloud), email=GRACE, number="K-7", note="likes tea", newsletter="true")
    page = cloud.get_page(cloud.mails[-1].link)

    answer = reviewed(cloud, number="K-1", note="mine")

    assert "Customer number K-7" in text_of(page)
    assert not {"number", "note"} & set(fields_on(page.body))
    assert answer.status == 303
    (item,) = cloud.customers()
    assert item["own"] == {"number": "K-7", "note": "likes tea"}
    assert "consents" not in item


@pytest.mark.parametrize(
    "tightened",
    [
        'type = "text"\npattern = "[0-9]+"\nexample = "7"',
        'type = "text"\nlongest = 1',
        'type = "choice"\noptions = {a = "A"}',
        'type = "date"',
        'type = "number"\nask = "required"',
    ],
)
def test_what_staff_alone_may_change_keeps_nobody_from_confirming(
    open_shop: OpenShop, make_cloud: MakeCloud, tightened: str
) -> None:
    open_shop({"fields.toml": STAFFS})
    cloud = make_cloud()
    created(cloud, staff(cloud), email=GRACE, number="K-7")
    open_shop({"fields.toml": STAFFS.replace('type = "text"', tightened, 1)})
    cloud.forget_processes()
    page = cloud.get_page(cloud.mails[-1].link)

    answer = reviewed(cloud, number="K-1")

    assert "Customer number K-7" in text_of(page)
    assert answer.status == 303
    (item,) = cloud.customers()
    assert item["status"] == "verified"
    assert item["own"] == {"number": "K-7"}


def test_of_a_stranger_nothing_stays_that_the_page_does_not_ask(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop({"fields.toml": STAFFS.replace('form = "no"\n', "")})
    cloud = make_cloud()
    a_stranger_signs_up(cloud, number="K-7", note="a lie")
    fields = fields_on(cloud.get_page(cloud.mails[-1].link).body)

    assert fields["number"]["value"] == "K-7"
    assert reviewed(cloud, number="K-8").status == 303

    (item,) = cloud.customers()
    assert item["own"] == {"number": "K-8"}


def test_a_strangers_consent_for_somebody_whom_staff_entered_does_not_count(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop({"fields.toml": STAFFS})
    cloud = make_cloud()
    created(cloud, staff(cloud), email=GRACE)
    a_stranger_signs_up(cloud, email=GRACE)

    assert reviewed(cloud).status == 303

    (item,) = cloud.customers()
    assert "consents" not in item


def test_the_newest_sign_up_says_which_consents_there_are(shop: Cloud) -> None:
    a_stranger_signs_up(shop)
    owner = Shopper(shop)
    owner.sign_up(**{**ANSWERS, "newsletter": "false"})
    shop.drain()

    assert owner.open(shop.mails[-1].link).status == 303

    (item,) = shop.customers()
    assert item["status"] == "verified"
    assert "consents" not in item
