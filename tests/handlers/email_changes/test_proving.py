"""The link to a new address: with the password it changes the address, and ends all sessions."""

import json
from datetime import timedelta

import pytest

from registration.domain.staff.members import Role
from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import SESSION, Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.people.accounts import bearer, confirmed, refresh, sign_in
from tests.support.people.email_changes import (
    NEW,
    NEW_PASSWORD,
    OLD,
    Customer,
    address_of,
    asked,
    changed,
    claims,
    mail_to,
    patch,
    proven,
)
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD, customer_document, email_document, key_document

ALREADY = "/login?notice=already-confirmed"


@pytest.fixture
def sonia(cloud: Cloud) -> Customer:
    """A confirmed customer who uses the API."""
    return confirmed(cloud), bearer(sign_in(cloud))


def test_the_page_asks_for_the_password_and_changes_nothing(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    before = cloud.state()

    page = cloud.get_page(f"/confirm-email?token={token}")
    head = cloud.request("HEAD", f"/confirm-email?token={token}")

    assert (page.status, head.status) == (200, 200)
    assert NEW in text_of(page)
    assert 'name="password"' in page.body
    # The mail may have gone to a stranger.
    assert OLD not in page.body
    assert "Sonia " not in text_of(page)
    assert cloud.state() == before


def test_the_password_changes_the_address_and_logs_in(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    shopper = Shopper(cloud)

    answer = shopper.send("/confirm-email", token=token, password=PASSWORD)

    assert (answer.status, answer.location) == (303, "/account?notice=email-changed")
    page = text_of(shopper.follow(answer))
    assert NEW in page
    assert "you log in with your new email address" in page
    assert address_of(cloud, sonia[0]) == NEW
    assert sign_in(cloud, NEW.upper()).status == 201
    assert sign_in(cloud, OLD).errors[0][0] == "003"


def test_all_earlier_sessions_end(cloud: Cloud, sonia: Customer) -> None:
    shopper = Shopper(cloud)
    shopper.log_in()
    refresh_token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]

    changed(cloud, sonia)

    assert cloud.request("GET", "/customers", headers=sonia[1]).errors[0][0] == "001"
    assert refresh(cloud, refresh_token).status == 401
    assert shopper.open("/account").location.startswith("/login")


def test_somebody_elses_session_in_the_browser_ends(cloud: Cloud, sonia: Customer) -> None:
    confirmed(cloud, email="anna@example.com")
    shopper = Shopper(cloud)
    shopper.log_in("anna@example.com")
    annas = shopper.session or ""

    shopper.send("/confirm-email", token=asked(cloud, sonia), password=PASSWORD)

    assert NEW in text_of(shopper.open("/account"))
    assert Shopper(cloud, {SESSION: annas}).open("/account").status == 303


@pytest.mark.parametrize("password", ["", "wrong", NEW_PASSWORD])
def test_a_wrong_password_changes_nothing(cloud: Cloud, sonia: Customer, password: str) -> None:
    token = asked(cloud, sonia)
    before = cloud.customers()

    answer = proven(cloud, token, password)

    assert answer.status == 400
    assert "This is not the right password." in text_of(answer)
    assert cloud.customers() == before


def test_guessing_the_password_is_limited(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="2")
    sonia = confirmed(cloud), bearer(sign_in(cloud))
    token = asked(cloud, sonia)

    answers = [proven(cloud, token, guess).status for guess in ("1", "2", PASSWORD)]

    assert answers == [400, 400, 429]


def test_guesses_at_a_link_keep_no_session_from_its_password(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="2")
    sonia = confirmed(cloud), bearer(sign_in(cloud))
    token = asked(cloud, sonia)
    for _ in range(3):
        proven(cloud, token, "wrong")

    new = "another good password"
    given = {"password": PASSWORD, "newPassword": new, "confirmPassword": new}
    document = {"data": {"type": "customer-password", "attributes": given}}
    path = f"/customer-password/{sonia[0]}"
    answer = cloud.request("PATCH", path, body=json.dumps(document), headers=sonia[1])

    assert answer.status == 204


def test_only_the_newest_link_works(cloud: Cloud, sonia: Customer) -> None:
    first = asked(cloud, sonia)
    second = asked(cloud, sonia, "other@example.org")

    assert proven(cloud, first).status == 410
    assert cloud.get_page(f"/confirm-email?token={first}").status == 410
    assert address_of(cloud, sonia[0]) == OLD
    assert proven(cloud, second).status == 303
    assert address_of(cloud, sonia[0]) == "other@example.org"


def test_a_link_expires(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)

    with later(timedelta(hours=25)):
        assert cloud.get_page(f"/confirm-email?token={token}").status == 410
        assert proven(cloud, token).status == 410
    assert address_of(cloud, sonia[0]) == OLD


def test_a_page_tells_no_more_of_an_address_after_the_sign_ups_lifetime(
    cloud: Cloud, sonia: Customer
) -> None:
    asked(cloud, sonia)

    with later(timedelta(days=31)):
        shopper = Shopper(cloud)
        shopper.log_in()
        assert NEW not in shopper.open("/account").body


@pytest.mark.parametrize("path", ["/confirm-email", "/restore-email"])
def test_other_tokens_do_nothing(cloud: Cloud, path: str) -> None:
    cloud.post_json("/customers", customer_document())
    tokens = ["", "x", mail_to(cloud, OLD).token]
    cloud.post_json("/customer-confirmation", key_document(tokens[-1]))
    sonia = cloud.customers()[0]["reference"], bearer(sign_in(cloud))
    token = asked(cloud, sonia)
    tokens += [token[:-1], token + "A"] + ([token] if path == "/restore-email" else [])
    before = cloud.customers()

    for each in tokens:
        page = cloud.get_page(f"{path}?token={each}")
        fields = {"token": each, "password": PASSWORD, "new_password": NEW_PASSWORD}
        sent = Shopper(cloud).send(path, **fields, repeat_password=NEW_PASSWORD)
        assert (page.status, sent.status) == (410, 410), each
    assert cloud.customers() == before


def test_a_link_of_a_change_opens_no_other_door(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)

    chosen = {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    assert Shopper(cloud).send("/restore-password", token=token, **chosen).status == 410
    assert Shopper(cloud).send("/confirm", token=token, way="password").status == 410


def test_a_second_confirmation_says_that_it_is_done(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    proven(cloud, token)
    before = cloud.customers()

    assert proven(cloud, token).location == ALREADY
    assert cloud.get_page(f"/confirm-email?token={token}").location == ALREADY
    assert cloud.customers() == before


def test_links_that_went_to_the_old_address_are_void(cloud: Cloud, sonia: Customer) -> None:
    kind = "customer-forgotten-password"
    cloud.post_json("/customer-forgotten-password", email_document(kind, OLD))
    token = mail_to(cloud, OLD).token

    changed(cloud, sonia)

    assert cloud.get_page(f"/restore-password?token={token}").status == 410


def test_the_new_address_gets_the_later_mails(cloud: Cloud, sonia: Customer) -> None:
    changed(cloud, sonia)
    kind = "customer-forgotten-password"

    cloud.post_json("/customer-forgotten-password", email_document(kind, NEW))

    assert "password" in mail_to(cloud, NEW).subject


def test_the_record_says_when_and_from_where(cloud: Cloud, sonia: Customer) -> None:
    changed(cloud, sonia)

    (item,) = cloud.customers()
    assert item["email_changed"]["user_agent"] == "Browser/1"
    assert item["confirmed"] != item["email_changed"]
    assert "new_email" not in item


def test_a_form_of_another_site_is_refused(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)

    answer = Shopper(cloud).send_as_is("/confirm-email", {"token": token, "password": PASSWORD})

    assert answer.status == 403
    assert address_of(cloud, sonia[0]) == OLD


def test_a_customer_without_a_password_confirms_by_the_form_alone(make_cloud: MakeCloud) -> None:
    """Imported as confirmed: the link of a mail that staff asked for."""
    cloud = make_cloud(TrustRegisteredColumn="true")
    cloud.drop("customers.csv", a_file(a_row(1, email=OLD, registered="2020-01-01", password="")))
    cloud.drain()
    staff = {"__Host-staff": editor(cloud)}
    reference = cloud.customers()[0]["reference"]
    form = {"salutation": "Ms", "first_name": "S", "last_name": "T", "gender": "Female"}
    path = f"/back-office/customers/{reference}/edit"
    assert cloud.post_form(path, {**form, "email": NEW}, cookies=staff).status == 303
    token = mail_to(cloud, NEW).token

    assert 'name="password"' not in cloud.get_page(f"/confirm-email?token={token}").body
    assert proven(cloud, token, "").status == 303
    assert address_of(cloud, reference) == NEW


def editor(cloud: Cloud) -> str:
    cloud.invoke("InviteStaffFunction", {"email": "ada@shop.example", "role": Role.EDITOR})
    chosen = {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    token = mail_to(cloud, "ada@shop.example").token
    answer = cloud.post_form("/back-office/invitation", {"token": token, **chosen})
    return answer.cookie("__Host-staff")


# Somebody else has the address meanwhile


def test_an_unconfirmed_sign_up_gives_way(cloud: Cloud, sonia: Customer) -> None:
    """Who signed up has not proven the address, and the link does."""
    token = asked(cloud, sonia)
    answered = cloud.post_json("/customers", customer_document(email=NEW)).json["data"]["id"]
    sign_up = mail_to(cloud, NEW).token

    assert proven(cloud, token).status == 303

    assert claims(cloud)[NEW.lower()] == sonia[0]
    assert [item["reference"] for item in cloud.customers()] == [sonia[0]]
    assert cloud.post_json("/customer-confirmation", key_document(sign_up)).errors[0][0] == "423"
    # A sign-up with the address is answered as before.
    again = cloud.post_json("/customers", customer_document(email=NEW)).json["data"]["id"]
    assert again == answered != sonia[0]


def test_a_confirmed_sign_up_keeps_the_address(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    other = confirmed(cloud, email=NEW)

    answer = proven(cloud, token)

    assert answer.status == 422
    assert "already has an account" in text_of(answer)
    assert claims(cloud) == {OLD: sonia[0], NEW.lower(): other}
    assert sign_in(cloud).status == 201


def test_an_imported_customer_keeps_the_address(cloud: Cloud, sonia: Customer) -> None:
    """What an import entered is no stranger's sign-up."""
    token = asked(cloud, sonia)
    cloud.drop("customers.csv", a_file(a_row(1, customer_reference="DE--21", email=NEW)))
    cloud.drain()
    before = cloud.customers()

    assert proven(cloud, token).status == 422
    assert cloud.customers() == before
    # Until the customer has expired.
    with later(timedelta(days=31)):
        assert proven(cloud, asked(cloud, (sonia[0], bearer(sign_in(cloud))))).status == 303
        assert claims(cloud)[NEW.lower()] == sonia[0]


def test_an_import_does_not_take_the_address_afterwards(cloud: Cloud, sonia: Customer) -> None:
    changed(cloud, sonia)

    rows = a_file(a_row(1, email=OLD), a_row(2, email=NEW), a_row(3))
    cloud.drop("customers.csv", rows)
    cloud.drain()

    assert {claims(cloud)[email] for email in (OLD, NEW.lower())} == {sonia[0]}
    assert len(cloud.customers()) == 2


def test_of_two_customers_the_first_to_prove_the_address_gets_it(
    cloud: Cloud, sonia: Customer
) -> None:
    anna = confirmed(cloud, email="anna@example.com")
    annas = asked(cloud, (anna, bearer(sign_in(cloud, "anna@example.com"))))
    sonias = asked(cloud, sonia)

    assert proven(cloud, sonias).status == 303
    assert proven(cloud, annas).status == 422
    assert address_of(cloud, anna) == "anna@example.com"


def test_a_deleted_customer_changes_nothing(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    cloud.request("DELETE", f"/customers/{sonia[0]}", headers=sonia[1])

    assert proven(cloud, token).status == 410
    assert claims(cloud) == {}
    assert NEW not in str(cloud.state())


def test_sign_ups_do_not_tell_that_two_addresses_are_one_customers(
    cloud: Cloud, sonia: Customer
) -> None:
    changed(cloud, sonia)

    told = [
        cloud.post_json("/customers", customer_document(email=email)).json["data"]["id"]
        for email in (OLD, NEW, NEW)
    ]

    assert told[0] == sonia[0]
    assert told[1] == told[2] != told[0]
    assert told[1].startswith("DE--")


def test_a_change_keeps_what_was_changed_meanwhile(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    patch(cloud, sonia, firstName="Sonja", localeName="de_DE")

    proven(cloud, token)

    (item,) = cloud.customers()
    assert (item["first_name"], item["email"]) == ("Sonja", NEW)
    assert "geändert" in mail_to(cloud, OLD).subject
