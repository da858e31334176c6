"""Asking for another e-mail address, with the API and in my account: the old one stays."""

from collections.abc import Callable

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import (
    NEW,
    OLD,
    Customer,
    address_of,
    asked,
    claims,
    mail_to,
    patch,
)
from tests.support.people.quiet import quieted
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD, customer_document, key_document

IN_USE = "anna@example.net"


def customer(cloud: Cloud) -> Customer:
    reference = confirmed(cloud)
    return reference, bearer(sign_in(cloud))


@pytest.fixture
def sonia(cloud: Cloud) -> Customer:
    """A confirmed customer who uses the API."""
    return customer(cloud)


# With the API


def test_the_address_stays_until_the_new_one_is_proven(cloud: Cloud, sonia: Customer) -> None:
    answer = patch(cloud, sonia, email=NEW, phone="+49 30 1")

    attributes = answer.json["data"]["attributes"]
    assert (answer.status, attributes["email"], attributes["phone"]) == (200, OLD, "+49 30 1")
    assert address_of(cloud, sonia[0]) == OLD
    assert claims(cloud) == {OLD: sonia[0]}
    assert sign_in(cloud).status == 201


def test_a_mail_with_a_link_goes_to_the_new_address_alone(cloud: Cloud, sonia: Customer) -> None:
    cloud.mails.clear()

    patch(cloud, sonia, email=NEW)
    cloud.drain()

    (mail,) = cloud.mails
    assert mail.to == NEW
    assert "https://shop.example/confirm-email?token=" in mail.text
    assert "Sonia Torres" in mail.text
    assert OLD not in mail.text + mail.html


@pytest.mark.parametrize("same", [OLD, "SONIA@example.com", " sonia@EXAMPLE.com "])
def test_ones_own_address_changes_nothing(cloud: Cloud, sonia: Customer, same: str) -> None:
    """A client may send the whole profile back."""
    cloud.mails.clear()

    assert patch(cloud, sonia, email=same).status == 200

    cloud.drain()
    assert cloud.mails == []
    assert address_of(cloud, sonia[0]) == OLD


def test_the_whole_profile_sent_back_keeps_a_change_under_way(
    cloud: Cloud, sonia: Customer
) -> None:
    token = asked(cloud, sonia)

    patch(cloud, sonia, email=OLD, firstName="Sonja")

    assert cloud.get_page(f"/confirm-email?token={token}").status == 200


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("nobody", ("901", 422, "email => This value is not a valid email address.")),
        ("", ("901", 422, "email => This value should not be blank.")),
        (None, ("901", 422, "email => This value should not be blank.")),
        (["a@b.example"], ("901", 422, "email => This value is not a valid email address.")),
        ("a@b..c", ("416", 422, "Invalid Email address format.")),
        (
            f"{'a' * 60}@{'b' * 50}.example",
            ("417", 422, "Email is too long. It should have 100 characters or less."),
        ),
    ],
)
def test_an_address_has_to_be_one(
    cloud: Cloud, sonia: Customer, email: object, error: tuple[str, int, str]
) -> None:
    before = cloud.state()

    answer = patch(cloud, sonia, email=email, firstName="Sonja")

    assert answer.errors == [error]
    assert cloud.state() == before


def test_flaws_of_the_address_and_the_profile_are_told_together(
    cloud: Cloud, sonia: Customer
) -> None:
    answer = patch(cloud, sonia, firstName="", email="nobody")

    assert [detail for _, _, detail in answer.errors] == [
        "email => This value is not a valid email address.",
        "firstName => This value should not be blank.",
    ]


@pytest.mark.parametrize("unconfirmed", [False, True])
def test_an_address_in_use_is_concealed(cloud: Cloud, unconfirmed: bool) -> None:
    """Same answer, same calls; the owner learns that somebody used the address."""
    sonia = customer(cloud)
    cloud.post_json("/customers", customer_document(email=IN_USE))
    cloud.drain()
    if not unconfirmed:
        cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))
    quieted(cloud, "quiet@example.org")
    patch(cloud, sonia, phone="+49 30 1")  # the process has read its secrets
    told = {}
    for email in (NEW, IN_USE, "quiet@example.org"):
        cloud.calls.clear()
        answer = patch(cloud, sonia, email=email)
        operations = [
            (call.operation, len(call.parameters.get("TransactItems", []))) for call in cloud.calls
        ]
        body = answer.json["data"]["attributes"]
        del body["updatedAt"]
        told[email] = (answer.status, body, operations)

    assert told[NEW] == told[IN_USE] == told["quiet@example.org"]
    mail = mail_to(cloud, IN_USE)
    assert ("confirm-email" in mail.text) is unconfirmed
    assert unconfirmed or "already have an account" in mail.subject
    assert "Sonia" not in mail.text or unconfirmed


def test_an_address_in_use_is_told_where_that_is_the_setting(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ExistingEmail="reveal")
    confirmed(cloud, email=IN_USE)
    sonia = customer(cloud)
    before = cloud.customers()

    answer = patch(cloud, sonia, email=IN_USE.upper(), firstName="Sonja")

    assert [(code, status) for code, status, _ in answer.errors] == [("400", 422)]
    assert cloud.customers() == before
    cloud.drain()
    assert cloud.mails[-1].to != IN_USE.upper()


def test_mails_to_one_address_are_limited(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ForgottenPasswordsPerEmail="2")
    others = [confirmed(cloud, email=f"c{n}@example.com") for n in range(3)]
    answers = []
    for n, reference in enumerate(others):
        who = reference, bearer(sign_in(cloud, f"c{n}@example.com"))
        answers.append(patch(cloud, who, email=NEW).status)

    # Nobody learns what others have asked for, nor can keep them from it.
    assert answers == [200, 200, 200]
    cloud.drain()
    assert [mail.to for mail in cloud.mails].count(NEW) == 2


def test_nobody_can_use_up_what_another_customer_may_ask_for(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ForgottenPasswordsPerEmail="2")
    sonia = customer(cloud)
    reference = confirmed(cloud, email="mallory@example.com")
    mallory = reference, bearer(sign_in(cloud, "mallory@example.com"))
    assert [patch(cloud, mallory, email=OLD).status for _ in range(3)] == [200, 200, 429]

    assert patch(cloud, sonia, email=NEW).status == 200
    cloud.drain()
    assert [mail.to for mail in cloud.mails].count(NEW) == 1


def test_the_mails_of_one_customer_are_limited(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ForgottenPasswordsPerEmail="2")
    sonia = customer(cloud)

    answers = [patch(cloud, sonia, email=f"n{n}@example.org") for n in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_mails_from_one_client_are_limited(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ForgottenPasswordsPerClient="1")
    sonia = customer(cloud)
    patch(cloud, sonia, email=NEW)

    assert patch(cloud, sonia, email="other@example.org").status == 429
    assert patch(cloud, sonia, phone="+49 30 1").status == 200


def test_the_key_of_the_mail_confirms_nothing_without_the_password(
    cloud: Cloud, sonia: Customer
) -> None:
    """Else a stolen access token were enough to take an account over."""
    token = asked(cloud, sonia)
    before = cloud.state()

    answer = cloud.post_json("/customer-confirmation", key_document(token))

    assert answer.errors[0][0] == "423"
    assert cloud.state() == before


# In my account


@pytest.fixture
def shopper(cloud: Cloud) -> Shopper:
    """A logged-in customer."""
    confirmed(cloud)
    made = Shopper(cloud)
    made.log_in()
    return made


def test_my_account_leads_to_the_change_and_tells_of_it(shopper: Shopper) -> None:
    assert 'href="/account/email"' in shopper.open("/account").body
    assert OLD in shopper.open("/account/email").body

    answer = shopper.send("/account/email", email=NEW, password=PASSWORD)

    assert (answer.status, answer.location) == (303, "/account?notice=email-asked")
    page = text_of(shopper.follow(answer))
    assert "mail" in page
    assert NEW in page
    assert OLD in page
    assert "/confirm-email" in mail_to(shopper.cloud, NEW).link


@pytest.mark.parametrize(
    ("typed", "status", "text"),
    [
        ({"password": "wrong"}, 400, "This is not the right password."),
        ({"password": ""}, 400, "This is not the right password."),
        ({"email": "nobody"}, 422, "Please enter an email address like name@example.com."),
        ({"email": ""}, 422, "Please enter your email address."),
        ({"email": "a@b..c"}, 422, "We cannot send mail to this address."),
    ],
)
def test_mistakes_are_shown(
    shopper: Shopper, typed: dict[str, str], status: int, text: str
) -> None:
    before = [item.get("new_email") for item in shopper.cloud.customers()]
    shopper.cloud.mails.clear()

    fields = {"email": NEW, "password": PASSWORD, **typed}
    answer = shopper.send("/account/email", **fields)

    assert answer.status == status
    assert text in text_of(answer)
    assert f'value="{fields["email"]}"' in answer.body
    shopper.cloud.drain()
    assert shopper.cloud.mails == []
    assert [item.get("new_email") for item in shopper.cloud.customers()] == before


def test_an_address_in_use_looks_like_any_other_on_the_page(shopper: Shopper) -> None:
    confirmed(shopper.cloud, email=IN_USE)
    pages = []
    for email in (NEW, IN_USE):
        answer = shopper.send("/account/email", email=email, password=PASSWORD)
        pages.append(shopper.follow(answer).body.replace(email, "…"))

    assert pages[0] == pages[1]


def test_the_setting_tells_of_an_address_in_use_on_the_page(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ExistingEmail="reveal")
    confirmed(cloud, email=IN_USE)
    confirmed(cloud)
    shopper = Shopper(cloud)
    shopper.log_in()

    answer = shopper.send("/account/email", email=IN_USE, password=PASSWORD)

    assert answer.status == 422
    assert "already has an account" in text_of(answer)


def test_ones_own_address_is_told_to_be_unchanged(shopper: Shopper) -> None:
    answer = shopper.send("/account/email", email=OLD.upper(), password=PASSWORD)

    assert answer.location == "/account?notice=saved"


@pytest.mark.parametrize("send", [Shopper.open, Shopper.send])
def test_a_visitor_is_sent_to_the_login(cloud: Cloud, send: Callable[..., object]) -> None:
    answer = send(Shopper(cloud), "/account/email")

    assert answer.location.startswith("/login")  # type: ignore[attr-defined]
