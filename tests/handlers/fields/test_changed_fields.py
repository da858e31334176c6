"""A shop changes its fields: what customers answered before is not lost when a form is saved."""

import pytest

from tests.conftest import MakeCloud
from tests.handlers.fields.test_account_page import NAMES, customer, kept
from tests.handlers.fields.test_form_page import fields_on
from tests.handlers.staff.test_back_office import LIST, created, staff
from tests.support.cloud import Cloud
from tests.support.every_page import Outline
from tests.support.people.shoppers import Shopper
from tests.support.requests import review_form
from tests.support.shops import OpenShop

LABEL = 'label = "Party"\n'
BEFORE = f'[own.party]\ntype = "text"\n{LABEL}'
CHOICE = 'type = "choice"\noptions = {s = "Small", l = "Large"}'
AFTER = [
    CHOICE,
    'type = "date"',
    'type = "checkbox"',
    'type = "number"',
    'type = "text"\nlongest = 3',
    'type = "text"\npattern = "[0-9]+"\nexample = "7"',
    'type = "date"\nask = "required"',
]


def changed(open_shop: OpenShop, cloud: Cloud, now: str) -> None:
    """Change the type of the shop's field."""
    open_shop({"fields.toml": f"[own.party]\n{now}\n{LABEL}"})
    cloud.forget_processes()


def sent_by_a_browser(page: str) -> dict[str, str]:
    """Return what a browser sends of the field if nobody touches it."""
    field = fields_on(page)["party"]
    chosen = {each["value"] for each in Outline(page).all("option") if "selected" in each}
    party = str(field.get("value", "some day" if "some day" in chosen else ""))
    if field.get("type") == "checkbox":
        party = "true" if "checked" in field else "false"
    if field.get("type") == "date":
        party = ""  # What is no date is sanitised to nothing (HTML, type=date).
    return {"party": party}


def own(cloud: Cloud) -> object:
    (item,) = cloud.customers()
    return item.get("own")


@pytest.fixture
def cloud(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop that asks for a line of text."""
    open_shop({"fields.toml": BEFORE})
    return make_cloud()


@pytest.mark.parametrize("now", AFTER)
def test_saving_the_account_keeps_it(open_shop: OpenShop, cloud: Cloud, now: str) -> None:
    sonia = customer(cloud, party="some day", gender="Female")
    changed(open_shop, cloud, now)
    sent = sent_by_a_browser(sonia.open("/account").body)

    answer = sonia.send("/account", **NAMES, **sent, company="Ltd")

    assert answer.location == "/account?notice=saved"
    assert own(cloud) == {"party": "some day"}
    assert cloud.customers()[0]["company"] == "Ltd"


@pytest.mark.parametrize("now", AFTER[:3])
def test_saving_in_the_back_office_keeps_it(open_shop: OpenShop, cloud: Cloud, now: str) -> None:
    cookies = staff(cloud)
    path = f"{LIST}/{created(cloud, cookies, party='some day')}/edit"
    changed(open_shop, cloud, now)
    sent = sent_by_a_browser(cloud.get_page(path, cookies=cookies).body)

    cloud.post_form(path, {**sent, "company": "Ltd"}, cookies=cookies)

    assert own(cloud) == {"party": "some day"}
    assert cloud.customers()[0]["company"] == "Ltd"


@pytest.mark.parametrize("now", AFTER[:3])
def test_reviewing_what_staff_entered_keeps_it(open_shop: OpenShop, cloud: Cloud, now: str) -> None:
    created(cloud, staff(cloud), party="some day")
    changed(open_shop, cloud, now)
    sent = sent_by_a_browser(cloud.get_page(cloud.mails[-1].link).body)

    form = review_form("gentle harbour lantern", token=cloud.mails[-1].token, **sent)
    answer = Shopper(cloud).send("/confirm", **form)

    assert answer.status == 303
    assert own(cloud) == {"party": "some day"}


@pytest.mark.parametrize(
    ("now", "sent", "own_after"),
    [
        (CHOICE, "", None),
        (CHOICE, "s", {"party": "s"}),
        ('type = "date"', "2026-03-07", {"party": "2026-03-07"}),
        ('type = "checkbox"', "true", {"party": True}),
        ('type = "number"', "", None),
        ('type = "number"', "7", {"party": 7}),
    ],
)
def test_another_answer_takes_its_place(
    open_shop: OpenShop, cloud: Cloud, now: str, sent: str, own_after: object
) -> None:
    sonia = customer(cloud, party="some day", gender="Female")
    changed(open_shop, cloud, now)

    sonia.send("/account", **NAMES, party=sent)

    assert (own(cloud) or None) == own_after


def test_a_former_option_is_offered_to_who_chose_it_and_to_nobody_else(
    open_shop: OpenShop, cloud: Cloud
) -> None:
    sonia = customer(cloud, party="some day", gender="Female")
    changed(open_shop, cloud, CHOICE)

    options = [each["value"] for each in Outline(sonia.open("/account").body).all("option")]
    refused = Shopper(cloud).sign_up(email="ada@example.com", party="some day")

    assert options.count("some day") == 1
    assert refused.status == 422
    assert "some day" not in cloud.get_page("/register").body


def test_a_box_that_becomes_a_consent_is_not_ticked_before(
    open_shop: OpenShop, cloud: Cloud
) -> None:
    changed(open_shop, cloud, 'type = "checkbox"')
    sonia = customer(cloud, party="true", gender="Female")
    path = f"{LIST}/{cloud.customers()[0]['reference']}/edit"
    changed(open_shop, cloud, 'type = "consent"\nversion = "1"\nback_office = "optional"')

    for page in (sonia.open("/account"), cloud.get_page(path, cookies=staff(cloud))):
        assert "checked" not in fields_on(page.body)["party"]

    sonia.send("/account", **NAMES, party="true")
    assert kept(cloud) == [("Party", False)]
