"""A near miss of a common domain is asked about, and never changed by itself."""

import re
from html import unescape

import pytest

from tests.handlers.staff.test_back_office import LIST, NEW, staff
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import confirmed
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD

WAITING = "/register/almost-there"
TAKEN = "/register?again=1&suggested=1"
MISTYPED, MEANT = "Sonia+tea@gmial.com", "Sonia+tea@gmail.com"
ASKED = f"Did you mean {MEANT}?"
_BOX = re.compile(r'<input id="take_suggestion"[^>]* value="([^"]*)"')


def asked_in(page: Answer) -> str:
    """Return the suggestion that the form on a page shows, if it shows one."""
    box = _BOX.search(page.body)
    assert box, page.body
    assert ('<div class="tick suggestion" hidden>' in page.body) != bool(box[1])
    return unescape(box[1])


def entered(cloud: Cloud, field: str = "email") -> str:
    (customer,) = cloud.customers()
    return str(customer[field])


def test_the_page_that_waits_asks_and_leads_to_the_form_with_the_address(cloud: Cloud) -> None:
    desk = Shopper(cloud)
    desk.sign_up(MISTYPED, first_name="Sonja")
    page = desk.open(WAITING)
    assert ASKED in text_of(page)
    assert TAKEN.replace("&", "&amp;") in page.body

    form = desk.open(TAKEN)
    assert f'value="{MEANT}"' in form.body
    assert 'value="Sonja"' in form.body
    assert asked_in(form) == ""

    desk.sign_up(MEANT)
    cloud.drain()
    assert [mail.to for mail in cloud.mails] == [MISTYPED, MEANT]
    assert "Did you mean" not in text_of(desk.open(WAITING))


def test_no_address_stands_in_an_address_of_a_page(cloud: Cloud) -> None:
    desk = Shopper(cloud)
    desk.sign_up(MISTYPED)

    links = re.findall(r'(?:href|action)="([^"]*)"', desk.open(WAITING).body)

    assert not [link for link in links if "sonia" in link.lower() or "@" in link]


@pytest.mark.parametrize("email", ["sonia@example.com", "sonia@gmail.com", "sonia@gmx.at"])
def test_the_page_that_waits_asks_nothing_about_other_addresses(cloud: Cloud, email: str) -> None:
    desk = Shopper(cloud)
    desk.sign_up(email)

    assert "Did you mean" not in text_of(desk.open(WAITING))
    assert f'value="{email}"' in desk.open(TAKEN).body


def test_without_a_sign_up_there_is_nothing_to_take(cloud: Cloud) -> None:
    assert asked_in(Shopper(cloud).open(TAKEN)) == ""


def test_a_form_with_other_mistakes_asks(cloud: Cloud) -> None:
    page = Shopper(cloud).sign_up(MISTYPED, first_name="")

    assert page.status == 422
    assert f'value="{MISTYPED}"' in page.body
    assert asked_in(page) == MEANT
    assert ASKED in text_of(page).replace(" ?", "?")


def test_a_comma_in_the_domain_is_asked_about(cloud: Cloud) -> None:
    assert asked_in(Shopper(cloud).sign_up("sonia@gmail,com")) == "sonia@gmail.com"


def test_ticking_it_takes_it(cloud: Cloud) -> None:
    assert Shopper(cloud).sign_up(MISTYPED, take_suggestion=MEANT).status == 303

    assert entered(cloud) == MEANT


@pytest.mark.parametrize(
    "email", [MISTYPED, "sonia@gmial.com", "sonia@hotmial.com", "maria@example.com"]
)
@pytest.mark.parametrize(
    "taken", ["", "true", "mallory@gmail.com", "maria@gmail.com", "x" * 10_000]
)
def test_nothing_else_changes_what_was_typed(cloud: Cloud, email: str, taken: str) -> None:
    """An address that was typed after the question is not the one that the question was about."""
    assert Shopper(cloud).sign_up(email, take_suggestion=taken).status == 303

    assert entered(cloud) == email


def test_a_near_miss_is_sent_as_it_is(cloud: Cloud) -> None:
    assert Shopper(cloud).sign_up(MISTYPED).status == 303

    assert entered(cloud) == MISTYPED


def test_in_german(cloud: Cloud) -> None:
    page = cloud.request(
        "GET", WAITING, cookies=signed_up(cloud).cookies, headers={"accept-language": "de"}
    )

    assert f"Meinten Sie {MEANT}?" in text_of(page)


def signed_up(cloud: Cloud, email: str = MISTYPED) -> Shopper:
    desk = Shopper(cloud)
    desk.sign_up(email)
    return desk


def test_a_known_address_is_asked_about_like_a_new_one(cloud: Cloud) -> None:
    """Also if the one that is suggested is known, or the typed one."""
    confirmed(cloud, "sonia@gmail.com")
    confirmed(cloud, "maria@gmial.com")
    pages = {
        who: signed_up(cloud, f"{who}@gmial.com").open(WAITING).body
        for who in ("sonia", "maria", "paula")
    }

    plain = {re.sub(r'value="[^"]*"', "", body.replace(who, "")) for who, body in pages.items()}

    assert len(plain) == 1
    assert "Did you mean" in plain.pop()


def test_the_account_asks_about_another_address(cloud: Cloud) -> None:
    confirmed(cloud, "sonia@example.com")
    desk = Shopper(cloud)
    desk.log_in()

    assert asked_in(desk.open("/account/email")) == ""
    wrong = desk.send("/account/email", email=MISTYPED, password="wrong")
    assert asked_in(wrong) == MEANT
    fields = {"email": MISTYPED, "take_suggestion": MEANT, "password": PASSWORD}
    assert desk.send("/account/email", **fields).status == 303
    cloud.drain()

    assert cloud.mails[-1].to == MEANT


def test_staff_are_asked_and_take_it(cloud: Cloud) -> None:
    cookies = staff(cloud)
    lacking = cloud.post_form(
        f"{LIST}/new", {**NEW, "email": MISTYPED, "phone": "x" * 300}, cookies=cookies
    )
    assert (lacking.status, asked_in(lacking)) == (422, MEANT)

    fields = {**NEW, "email": MISTYPED, "take_suggestion": MEANT}
    assert cloud.post_form(f"{LIST}/new", fields, cookies=cookies).status == 303

    assert entered(cloud) == MEANT
