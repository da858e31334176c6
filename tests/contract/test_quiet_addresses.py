"""The port ``QuietAddresses``: the fake and DynamoDB obey the same rules."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registration.adapters.customers.accounts import DynamoDBAccounts
from registration.adapters.customers.quiet import DynamoDBQuietAddresses
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.customers.not_me import QuietAddresses
from registration.application.mail.ports import Outbox
from registration.application.ports import Conflict
from registration.domain.claims import Claim, claim_of, quiet_claim
from registration.domain.customers import Customer, Evidence, LinkedEmail
from registration.domain.emails import EmailAddress
from registration.domain.mail.mails import already_registered_mail, confirmation_mail
from registration.domain.rate_limits import WindowCount
from tests.fakes.customers import FakeCustomers
from tests.support.cloud import Cloud
from tests.support.factories import LIFETIME, NOW, a_customer

NEW = EmailAddress("ada@example.org")
LATER = NOW + timedelta(minutes=5)
SIGN_UPS = WindowCount(2, NOW.replace(microsecond=0) + timedelta(hours=1))


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[QuietAddresses, Outbox]:
    if request.param == "fake":
        fake = FakeCustomers()
        return fake, fake.outbox
    cloud: Cloud = request.getfixturevalue("cloud")
    tables = (cloud.customers_table, cloud.outbox_table)
    return DynamoDBQuietAddresses(*tables), DynamoDBOutbox(cloud.outbox_table)


@pytest.fixture
def addresses(ports: tuple[QuietAddresses, Outbox]) -> QuietAddresses:
    return ports[0]


def registered(addresses: QuietAddresses) -> Customer:
    customer = a_customer()
    mail = confirmation_mail(customer, NOW)
    addresses.register(customer, mail, NOW, sign_ups=SIGN_UPS)
    return customer


def a_quiet_claim(customer: Customer, **overrides: Any) -> Claim:
    over = replace(claim_of(customer), sign_ups=SIGN_UPS)
    quiet = quiet_claim(customer, over, "quiet-0000000001", LATER, LIFETIME)
    assert quiet.expires_at
    return replace(quiet, expires_at=quiet.expires_at.replace(microsecond=0), **overrides)


def withheld(mail_id: str = "mail-00000000001") -> Any:
    mail = already_registered_mail(
        to="ada@example.com",
        reference="NOBODY--1",
        mail_id=mail_id,
        locale=None,
        promised_at=LATER,
        lifetime=LIFETIME,
    )
    return replace(mail, withheld=True)


def kept_quiet(addresses: QuietAddresses) -> Claim:
    customer = registered(addresses)
    quiet = a_quiet_claim(customer)
    addresses.remove(customer, quiet)
    return quiet


def asking(addresses: QuietAddresses) -> Customer:
    """Return a verified customer who waits for another address."""
    confirmed = registered(addresses).confirm(Evidence(NOW))
    addresses.confirm(confirmed, NOW)
    new = LinkedEmail(NEW, "token-of-new-001", NOW + LIFETIME)
    waiting = replace(confirmed, new_email=new)
    if isinstance(addresses, FakeCustomers):
        addresses.customers[waiting.reference] = waiting
    elif isinstance(addresses, DynamoDBQuietAddresses):
        tables = addresses.customers_table, addresses.outbox_table
        DynamoDBAccounts(*tables).save(waiting, confirmed)
    return waiting


def test_the_customer_goes_and_the_claim_stays(addresses: QuietAddresses) -> None:
    quiet = kept_quiet(addresses)

    assert addresses.get(a_customer().reference) is None
    assert addresses.claim_on(a_customer().email) == quiet
    assert quiet.alias == a_customer().reference
    assert quiet.sign_ups == SIGN_UPS


def test_a_second_try_of_the_same_removal_succeeds(addresses: QuietAddresses) -> None:
    quiet = kept_quiet(addresses)

    addresses.remove(a_customer(), quiet)

    with pytest.raises(Conflict):
        addresses.remove(a_customer(), replace(quiet, attempt_id="another"))


@pytest.mark.parametrize("changed", ["token_id", "attempt_id"])
def test_a_newer_link_or_sign_up_stays(addresses: QuietAddresses, changed: str) -> None:
    customer = registered(addresses)
    seen: Customer = replace(customer, **{changed: "older"})  # type: ignore[arg-type]

    with pytest.raises(Conflict):
        addresses.remove(seen, a_quiet_claim(customer))

    assert addresses.get(customer.reference) == customer


def test_a_confirmed_customer_stays(addresses: QuietAddresses) -> None:
    customer = registered(addresses)
    addresses.confirm(customer.confirm(Evidence(NOW)), NOW)

    with pytest.raises(Conflict):
        addresses.remove(customer, a_quiet_claim(customer))


def test_a_sign_up_with_a_quiet_address_is_counted_and_its_mail_withheld(
    ports: tuple[QuietAddresses, Outbox],
) -> None:
    addresses, outbox = ports
    quiet, more = kept_quiet(addresses), replace(SIGN_UPS, count=3)

    addresses.notify(withheld(), quiet, sign_ups=more)

    claim = addresses.claim_on(a_customer().email)
    assert claim == replace(quiet, sign_ups=more)
    assert outbox.get("mail-00000000001") is None
    with pytest.raises(Conflict):
        addresses.notify(withheld("another"), quiet, sign_ups=more)


def test_the_owner_is_told_once(ports: tuple[QuietAddresses, Outbox]) -> None:
    addresses, outbox = ports
    quiet = kept_quiet(addresses)
    mail = replace(withheld(), withheld=False)

    addresses.notify(mail, quiet, told_at=LATER)
    addresses.notify(mail, quiet, told_at=LATER)  # our own second try

    assert outbox.get(mail.mail_id) == mail
    assert addresses.claim_on(a_customer().email) == replace(quiet, told_at=LATER)
    another = replace(mail, mail_id="mail-00000000002")
    with pytest.raises(Conflict):
        addresses.notify(another, quiet, told_at=LATER)
    assert outbox.get(another.mail_id) is None


def test_nobody_confirms_or_replaces_a_removed_sign_up(addresses: QuietAddresses) -> None:
    quiet, customer = kept_quiet(addresses), a_customer()

    with pytest.raises(Conflict):
        addresses.confirm(customer.confirm(Evidence(NOW)), NOW)
    second = replace(customer, attempt_id="second", token_id="second")
    with pytest.raises(Conflict):
        addresses.replace(second, confirmation_mail(second, NOW), claim_of(customer))

    assert addresses.claim_on(customer.email) == quiet


@pytest.mark.parametrize("free", [True, False])
def test_an_address_is_taken_out_of_an_account(addresses: QuietAddresses, free: bool) -> None:
    waiting = asking(addresses)
    quiet = a_quiet_claim(replace(waiting, email=NEW)) if free else None
    seen = replace(waiting, updated_at=LATER)

    addresses.take_out(seen, quiet)
    addresses.take_out(seen, quiet)  # our own second try

    assert addresses.get(waiting.reference) == replace(seen, new_email=None)
    assert addresses.claim_on(NEW) == quiet


def test_an_address_that_is_not_wanted_any_more_is_not_taken_out(
    addresses: QuietAddresses,
) -> None:
    waiting = asking(addresses)
    earlier = LinkedEmail(NEW, "an-earlier-token", NOW + LIFETIME)

    with pytest.raises(Conflict):
        addresses.take_out(replace(waiting, new_email=earlier, updated_at=LATER), None)

    assert addresses.get(waiting.reference) == waiting


def test_the_quiet_ends_once(addresses: QuietAddresses) -> None:
    quiet = kept_quiet(addresses)

    with pytest.raises(Conflict):
        addresses.end_quiet(replace(quiet, attempt_id="another"))
    addresses.end_quiet(quiet)

    assert addresses.claim_on(a_customer().email) is None
    with pytest.raises(Conflict):
        addresses.end_quiet(quiet)
