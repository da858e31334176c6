"""A change of the address, and something else at the very moment of its write."""

from collections.abc import Callable

import pytest

from tests.support.cloud import Call, Cloud
from tests.support.imports.files import a_file, a_row
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
from tests.support.people.shoppers import text_of
from tests.support.requests import customer_document, email_document, key_document

FORGET = "customer-forgotten-password"


@pytest.fixture
def sonia(cloud: Cloud) -> Customer:
    """A confirmed customer who uses the API."""
    return confirmed(cloud), bearer(sign_in(cloud))


def before_the_write(cloud: Cloud, act: Callable[[], object], email: str = NEW) -> None:
    """Let something happen right before the transaction that gives an address to a customer."""

    def on_call(call: Call) -> None:
        key = f"EMAIL#{email.lower()}"
        if call.operation == "TransactWriteItems" and key in str(call.parameters):
            cloud.on_call = None
            act()

    cloud.on_call = on_call


def notices(cloud: Cloud) -> list[str]:
    """Return the addresses that were told of a change."""
    cloud.drain()
    return [mail.to for mail in cloud.mails if "was changed" in mail.subject]


def test_two_confirmations_change_the_address_once(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    answers = []
    before_the_write(cloud, lambda: answers.append(proven(cloud, token).location))

    answers.append(proven(cloud, token).location)

    assert answers == ["/account?notice=email-changed", "/login?notice=already-confirmed"]
    assert notices(cloud) == [OLD]
    (item,) = cloud.customers()
    assert [former["email"] for former in item["former_emails"]] == [OLD]


def test_a_newer_change_makes_the_link_void(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    before_the_write(cloud, lambda: patch(cloud, sonia, email="third@example.org"))

    assert proven(cloud, token).status == 410
    assert claims(cloud) == {OLD: sonia[0]}
    assert proven(cloud, mail_to(cloud, "third@example.org").token).status == 303


@pytest.mark.parametrize("earlier", [False, True])
def test_a_sign_up_gives_way(cloud: Cloud, sonia: Customer, earlier: bool) -> None:
    """Also one that replaces an earlier sign-up with the address."""
    token = asked(cloud, sonia)
    if earlier:
        cloud.post_json("/customers", customer_document(email=NEW))
    before_the_write(cloud, lambda: cloud.post_json("/customers", customer_document(email=NEW)))

    assert proven(cloud, token).status == 303
    assert claims(cloud)[NEW.lower()] == sonia[0]
    assert len(cloud.customers()) == 1


def test_a_sign_up_that_is_confirmed_keeps_the_address(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    cloud.post_json("/customers", customer_document(email=NEW))
    key = mail_to(cloud, NEW).token
    before_the_write(cloud, lambda: cloud.post_json("/customer-confirmation", key_document(key)))

    assert proven(cloud, token).status == 422
    assert claims(cloud)[NEW.lower()] != sonia[0]
    assert address_of(cloud, sonia[0]) == OLD
    assert sign_in(cloud, NEW).status == 201


def test_a_change_at_the_moment_of_a_sign_ups_confirmation(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    cloud.post_json("/customers", customer_document(email=NEW))
    key = mail_to(cloud, NEW).token
    before_the_write(cloud, lambda: proven(cloud, token))

    answer = cloud.post_json("/customer-confirmation", key_document(key))

    assert answer.status == 422
    assert claims(cloud)[NEW.lower()] == sonia[0]


def test_an_import_keeps_the_address(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)

    def run_import() -> None:
        cloud.drop("customers.csv", a_file(a_row(1, email=NEW)))
        cloud.drain()

    before_the_write(cloud, run_import)

    assert proven(cloud, token).status == 422
    assert len(cloud.customers()) == 2
    assert claims(cloud)[NEW.lower()] != sonia[0]


def test_an_import_at_the_moment_of_the_change_finds_the_address_taken(
    cloud: Cloud, sonia: Customer
) -> None:
    token = asked(cloud, sonia)
    cloud.drop("customers.csv", a_file(a_row(1, email=NEW), a_row(2)))
    before_the_write(cloud, lambda: proven(cloud, token))

    cloud.drain()

    assert claims(cloud)[NEW.lower()] == sonia[0]
    assert len(cloud.customers()) == 2


def test_deleting_the_account_wins(cloud: Cloud, sonia: Customer) -> None:
    token = asked(cloud, sonia)
    path = f"/customers/{sonia[0]}"
    before_the_write(cloud, lambda: cloud.request("DELETE", path, headers=sonia[1]))

    assert proven(cloud, token).status == 410
    assert claims(cloud) == {}
    assert cloud.customers() == []


def test_a_change_at_the_moment_of_deleting_frees_the_new_address_too(
    cloud: Cloud, sonia: Customer
) -> None:
    token = asked(cloud, sonia)
    before_the_write(cloud, lambda: proven(cloud, token), OLD)

    answer = cloud.request("DELETE", f"/customers/{sonia[0]}", headers=sonia[1])

    assert answer.status == 503
    again = bearer(sign_in(cloud, NEW))
    assert cloud.request("DELETE", f"/customers/{sonia[0]}", headers=again).status == 204
    assert claims(cloud) == {}


def test_a_forgotten_password_holds_the_change_up_for_a_moment_only(
    cloud: Cloud, sonia: Customer
) -> None:
    token = asked(cloud, sonia)
    document = email_document(FORGET, OLD)
    before_the_write(cloud, lambda: cloud.post_json(f"/{FORGET}", document))

    assert proven(cloud, token).status == 303
    assert "reset_token_id" not in cloud.customers()[0]


def test_a_forgotten_password_read_before_the_change_sends_no_link_to_the_old_address(
    cloud: Cloud, sonia: Customer
) -> None:
    token = asked(cloud, sonia)
    before_the_write(cloud, lambda: proven(cloud, token), OLD)

    cloud.post_json(f"/{FORGET}", email_document(FORGET, OLD))

    assert "reset_token_id" not in cloud.customers()[0]
    cloud.drain()
    assert not [mail for mail in cloud.mails if "password" in mail.subject]


def test_a_log_in_with_the_old_address_at_that_moment_opens_nothing(
    cloud: Cloud, sonia: Customer
) -> None:
    token = asked(cloud, sonia)
    sessions = []
    before_the_write(cloud, lambda: sessions.append(bearer(sign_in(cloud))))

    proven(cloud, token)

    assert cloud.request("GET", "/customers", headers=sessions[0]).status == 401


def test_a_change_at_the_moment_of_the_way_back_changes_nothing(
    cloud: Cloud, sonia: Customer
) -> None:
    changed(cloud, sonia)
    back = mail_to(cloud, OLD).token
    again = sonia[0], bearer(sign_in(cloud, NEW))
    third = asked(cloud, again, "third@example.org")
    before_the_write(cloud, lambda: proven(cloud, third), OLD)

    assert brought_back(cloud, back).location == "/login?notice=email-restored"
    assert claims(cloud) == {OLD: sonia[0]}


def test_the_way_back_at_the_moment_of_a_change_wins(cloud: Cloud, sonia: Customer) -> None:
    changed(cloud, sonia)
    back = mail_to(cloud, OLD).token
    third = asked(cloud, (sonia[0], bearer(sign_in(cloud, NEW))), "third@example.org")
    before_the_write(cloud, lambda: brought_back(cloud, back), "third@example.org")

    assert proven(cloud, third).status == 410
    assert claims(cloud) == {OLD: sonia[0]}


def test_two_ways_back_at_once_choose_one_password(cloud: Cloud, sonia: Customer) -> None:
    changed(cloud, sonia)
    back = mail_to(cloud, OLD).token
    before_the_write(cloud, lambda: brought_back(cloud, back), OLD)

    answer = brought_back(cloud, back, "an altogether other one")

    assert answer.status == 410
    assert "does not work any more" in text_of(answer)
    assert sign_in(cloud, OLD, NEW_PASSWORD).status == 201
