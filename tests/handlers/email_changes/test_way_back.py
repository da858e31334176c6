"""The notice to the former address: for seven days its link takes the account back."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.clock import later
from tests.support.cloud import Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.mail.mailing import ses_event
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import (
    NEW,
    NEW_PASSWORD,
    OLD,
    Customer,
    address_of,
    asked,
    brought_back,
    changed,
    claims,
    mail_to,
    patch,
    proven,
)
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import PASSWORD, customer_document, email_document

WEEK = timedelta(days=7)
RESTORED = "/login?notice=email-restored"


@pytest.fixture
def sonia(cloud: Cloud) -> Customer:
    """A customer whose address was changed."""
    who = confirmed(cloud), bearer(sign_in(cloud))
    changed(cloud, who)
    return who


def way_back(cloud: Cloud, address: str = OLD) -> str:
    return mail_to(cloud, address).token


def again(cloud: Cloud, who: Customer, username: str = NEW) -> Customer:
    """Return a customer with a new session."""
    return who[0], bearer(sign_in(cloud, username))


def test_the_notice_tells_neither_the_new_address_nor_the_password(
    cloud: Cloud, sonia: Customer
) -> None:
    mail = mail_to(cloud, OLD)

    assert "was changed" in mail.subject
    assert NEW.lower() not in (mail.text + mail.html).lower()
    assert "https://shop.example/restore-email?token=" in mail.text
    assert "7 days" in mail.text


def test_the_page_asks_for_a_new_password_and_changes_nothing(
    cloud: Cloud, sonia: Customer
) -> None:
    token = way_back(cloud)
    before = cloud.state()

    page = cloud.get_page(f"/restore-email?token={token}")
    cloud.request("HEAD", f"/restore-email?token={token}")

    assert page.status == 200
    assert OLD in text_of(page)
    assert 'name="new_password"' in page.body
    assert NEW not in page.body
    assert cloud.state() == before


def test_it_restores_the_address_with_a_new_password(cloud: Cloud, sonia: Customer) -> None:
    sonia = again(cloud, sonia)
    shopper = Shopper(cloud)
    shopper.log_in(NEW)

    answer = brought_back(cloud, way_back(cloud))

    assert (answer.status, answer.location) == (303, RESTORED)
    assert "Please log in" in text_of(Shopper(cloud).follow(answer))
    assert address_of(cloud, sonia[0]) == OLD
    assert claims(cloud) == {OLD: sonia[0]}
    assert sign_in(cloud, OLD, NEW_PASSWORD).status == 201
    for username, password in ((NEW, PASSWORD), (NEW, NEW_PASSWORD), (OLD, PASSWORD)):
        assert sign_in(cloud, username, password).status == 401
    assert cloud.request("GET", "/customers", headers=sonia[1]).status == 401
    assert shopper.open("/account").location.startswith("/login")
    assert "password" in mail_to(cloud, OLD).subject


@pytest.mark.parametrize(
    ("password", "repeat", "status"),
    [("short", "short", 400), (NEW_PASSWORD, "another one", 422), ("", "", 400)],
)
def test_the_new_password_has_to_be_one(
    cloud: Cloud, sonia: Customer, password: str, repeat: str, status: int
) -> None:
    before = cloud.customers()

    answer = brought_back(cloud, way_back(cloud), password, repeat_password=repeat)

    assert answer.status == status
    assert OLD in text_of(answer)
    assert cloud.customers() == before


def test_it_works_once(cloud: Cloud, sonia: Customer) -> None:
    token = way_back(cloud)
    brought_back(cloud, token)

    assert brought_back(cloud, token, "an altogether other one").status == 410
    assert sign_in(cloud, OLD, NEW_PASSWORD).status == 201


def test_the_link_to_the_later_address_is_void_afterwards(cloud: Cloud) -> None:
    who = confirmed(cloud), bearer(sign_in(cloud))
    changed(cloud, who)
    token = next(mail.token for mail in cloud.mails if mail.to == NEW)
    pending = asked(cloud, again(cloud, who), "third@example.org")
    brought_back(cloud, way_back(cloud))

    for each in (token, pending):
        assert proven(cloud, each, NEW_PASSWORD).status == 410
    assert address_of(cloud, who[0]) == OLD


def test_two_changes_in_a_row_leave_the_first_way_back_open(cloud: Cloud, sonia: Customer) -> None:
    """Else the thief of an account could close it by changing the address twice."""
    first = way_back(cloud)
    changed(cloud, again(cloud, sonia), "third@example.org")
    changed(cloud, again(cloud, sonia, "third@example.org"), "fourth@example.org")

    assert brought_back(cloud, first).location == RESTORED
    assert claims(cloud) == {OLD: sonia[0]}
    assert brought_back(cloud, way_back(cloud, NEW)).status == 410


def test_a_later_way_back_keeps_the_earlier_one(cloud: Cloud, sonia: Customer) -> None:
    first = way_back(cloud)
    changed(cloud, again(cloud, sonia), "third@example.org")

    assert brought_back(cloud, way_back(cloud, NEW)).location == RESTORED
    assert set(claims(cloud)) == {OLD, NEW.lower()}
    assert address_of(cloud, sonia[0]) == NEW
    assert brought_back(cloud, first, "an altogether other one").location == RESTORED
    assert claims(cloud) == {OLD: sonia[0]}


def test_ways_back_are_limited_so_that_each_can_be_gone(cloud: Cloud, sonia: Customer) -> None:
    first, email = way_back(cloud), NEW
    for n in range(9):
        changed(cloud, again(cloud, sonia, email), f"n{n}@example.org")
        email = f"n{n}@example.org"

    refused = proven(cloud, asked(cloud, again(cloud, sonia, email), "n10@example.org"))

    assert refused.status == 429
    assert 0 < int(refused.headers["retry-after"]) <= WEEK.total_seconds()
    assert brought_back(cloud, first).location == RESTORED
    assert claims(cloud) == {OLD: sonia[0]}


def test_changing_back_oneself_keeps_both_addresses_apart(cloud: Cloud, sonia: Customer) -> None:
    changed(cloud, again(cloud, sonia), OLD)

    assert address_of(cloud, sonia[0]) == OLD
    assert sign_in(cloud, OLD).status == 201
    assert sign_in(cloud, NEW).status == 401
    with later(WEEK + timedelta(hours=1)):
        assert confirmed(cloud, email=NEW) != sonia[0]
        assert sign_in(cloud, OLD).status == 201


@pytest.mark.parametrize("kind", ["Bounce", "Complaint", "Delivery"])
def test_a_report_on_the_notice_says_nothing_of_the_customer(
    cloud: Cloud, sonia: Customer, kind: str
) -> None:
    """Many change the address because the old mailbox is gone."""
    event = ses_event(kind, mail_to(cloud, OLD), datetime.now(UTC))

    cloud.invoke("RecordDeliveryFunction", event)

    assert "delivery" not in cloud.customers()[0]
    suppressed = cloud.items(cloud.customers_table, "suppression")
    assert len(suppressed) == (kind != "Delivery")


def test_a_notice_to_a_suppressed_address_says_nothing_of_the_customer(cloud: Cloud) -> None:
    who = confirmed(cloud), bearer(sign_in(cloud))
    event = ses_event("Complaint", mail_to(cloud, OLD), datetime.now(UTC))
    cloud.invoke("RecordDeliveryFunction", event)
    changed(cloud, who)
    cloud.mails.clear()

    cloud.drain()

    assert cloud.mails == []
    assert "delivery" not in cloud.customers()[0]


# In the meantime


def test_nobody_else_gets_the_address_before(cloud: Cloud, sonia: Customer) -> None:
    anna = confirmed(cloud, email="anna@example.com")
    way_back(cloud)
    before = claims(cloud)
    with later(WEEK - timedelta(minutes=1)):
        cloud.post_json("/customers", customer_document(email=OLD))
        of_sign_up = mail_to(cloud, OLD)
        patch(cloud, again(cloud, (anna, {}), "anna@example.com"), email=OLD)
        of_change = mail_to(cloud, OLD)
        cloud.drop("customers.csv", a_file(a_row(1, email=OLD)))
        cloud.drain()

    assert claims(cloud) == before
    assert of_sign_up != of_change
    assert "already have an account" in of_sign_up.subject
    assert "already have an account" in of_change.subject


def test_the_address_is_free_afterwards(cloud: Cloud, sonia: Customer) -> None:
    token = way_back(cloud)
    with later(WEEK):
        assert cloud.get_page(f"/restore-email?token={token}").status == 410
        assert brought_back(cloud, token).status == 410
        other = confirmed(cloud, email=OLD)

        assert claims(cloud) == {OLD: other, NEW.lower(): sonia[0]}
        assert brought_back(cloud, token).status == 410
        assert sign_in(cloud, NEW).status == 201


@pytest.mark.parametrize("days", [0, 8])
def test_the_former_address_gets_no_mail_for_a_forgotten_password(
    cloud: Cloud, sonia: Customer, days: int
) -> None:
    cloud.drain()
    cloud.mails.clear()
    with later(timedelta(days=days)):
        for path, kind in (
            ("/customer-forgotten-password", "customer-forgotten-password"),
            ("/customer-confirmation-requests", "customer-confirmation-requests"),
        ):
            assert cloud.post_json(path, email_document(kind, OLD)).status == 204
        cloud.drain()

    assert cloud.mails == []


@pytest.mark.parametrize("days", [0, 8])
def test_deleting_the_account_frees_all_of_its_addresses(
    cloud: Cloud, sonia: Customer, days: int
) -> None:
    token = way_back(cloud)
    with later(timedelta(days=days)):
        stranger = days and confirmed(cloud, email=OLD)
        headers = again(cloud, sonia)[1]
        assert cloud.request("DELETE", f"/customers/{sonia[0]}", headers=headers).status == 204
        assert brought_back(cloud, token).status == 410

    assert claims(cloud) == ({OLD: stranger} if days else {})
    assert NEW not in str(cloud.state())


def test_deleting_the_account_drops_the_notice_that_is_not_sent(cloud: Cloud) -> None:
    who = confirmed(cloud), bearer(sign_in(cloud))
    changed(cloud, who)
    headers = again(cloud, who)[1]

    cloud.request("DELETE", f"/customers/{who[0]}", headers=headers)

    assert cloud.items(cloud.outbox_table) == []


def test_a_notice_that_had_to_wait_promises_no_more_than_is_left(cloud: Cloud) -> None:
    changed(cloud, (confirmed(cloud), bearer(sign_in(cloud))))
    with later(timedelta(days=4)):
        cloud.sweep()

    mail = next(mail for mail in cloud.mails if "was changed" in mail.subject)
    assert "for 3 days," in mail.text
    with later(timedelta(days=6, hours=23)):
        assert cloud.get_page(f"/restore-email?token={mail.token}").status == 200
    with later(WEEK):
        assert cloud.get_page(f"/restore-email?token={mail.token}").status == 410
