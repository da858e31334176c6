"""Idempotency records and sign-up counts: the fake and DynamoDB obey the same rules."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.dynamodb.idempotency import DynamoDBIdempotencyRecords
from registration.application.ports import Conflict, Customers, IdempotencyRecords
from registration.domain.claims import Claim
from registration.domain.customers import Customer, Evidence
from registration.domain.emails import EmailAddress
from registration.domain.idempotency import KEPT, IdempotencyRecord, IdempotentRequest
from registration.domain.mail.mails import confirmation_mail
from registration.domain.rate_limits import WindowCount
from tests.fakes.customers import FakeCustomers
from tests.support.cloud import Cloud
from tests.support.factories import NOW, PASSWORD_HASH, a_customer

EMAIL = EmailAddress("ada@example.com")
REQUEST = IdempotentRequest.of("a key", {"email": "ada@example.com"})
ENDS = NOW + timedelta(hours=1)
ONE, TWO = WindowCount(1, ENDS), WindowCount(2, ENDS)


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[Customers, IdempotencyRecords]:
    if request.param == "fake":
        fake = FakeCustomers()
        return fake, fake
    cloud: Cloud = request.getfixturevalue("cloud")
    tables = (cloud.customers_table, cloud.outbox_table)
    return DynamoDBCustomers(*tables), DynamoDBIdempotencyRecords(cloud.customers_table)


@pytest.fixture
def customers(ports: tuple[Customers, IdempotencyRecords]) -> Customers:
    return ports[0]


@pytest.fixture
def records(ports: tuple[Customers, IdempotencyRecords]) -> IdempotencyRecords:
    return ports[1]


def a_record(**overrides: Any) -> IdempotencyRecord:
    values: dict[str, Any] = {
        "request": REQUEST,
        "password_hash": PASSWORD_HASH,
        "reference": "DE--answered",
        "answered_at": NOW,
    }
    return IdempotencyRecord(**values | overrides)


def write(customers: Customers, door: str, record: IdempotencyRecord | None = None) -> None:
    """Sign up with an address that is new, unconfirmed or known, up to the last write."""
    first = a_customer()
    if door == "new":
        register(customers, first, record=record)
        return
    register(customers, first, sign_ups=ONE)
    again = a_customer(attempt_id="attempt-2", token_id="token-2")
    mail = confirmation_mail(again, NOW)
    if door == "unconfirmed":
        customers.replace(again, mail, claim(customers), sign_ups=TWO, record=record)
    else:
        customers.confirm(first.confirm(Evidence(NOW)), NOW)
        customers.notify(mail, claim(customers), sign_ups=TWO, record=record)


def register(customers: Customers, customer: Customer, **more: Any) -> None:
    customers.register(customer, confirmation_mail(customer, NOW), customer.created_at, **more)


def claim(customers: Customers) -> Claim:
    found = customers.claim_on(EMAIL)
    assert found
    return found


@pytest.mark.parametrize("door", ["new", "unconfirmed", "known"])
def test_a_record_is_written_with_its_sign_up(
    customers: Customers, records: IdempotencyRecords, door: str
) -> None:
    assert records.find(REQUEST) is None

    write(customers, door, a_record())

    assert records.find(REQUEST) == a_record()


@pytest.mark.parametrize("door", ["new", "unconfirmed", "known"])
def test_a_key_that_was_used_lets_nothing_be_written(
    customers: Customers, records: IdempotencyRecords, door: str
) -> None:
    other = a_customer(
        reference="DE--2", email=EmailAddress("eve@example.com"), attempt_id="a", token_id="t"
    )
    register(customers, other, record=a_record())

    with pytest.raises(Conflict):
        write(customers, door, a_record(reference="DE--late"))

    assert records.find(REQUEST) == a_record()
    found = customers.claim_on(EMAIL)
    assert found is None if door == "new" else found and found.sign_ups == ONE


def test_a_key_is_free_once_its_record_has_expired(
    customers: Customers, records: IdempotencyRecords
) -> None:
    register(customers, a_customer(), record=a_record())
    later = a_record(answered_at=NOW + KEPT)
    early = a_record(answered_at=NOW + KEPT - timedelta(seconds=1))
    another = a_customer(
        reference="DE--2", email=EmailAddress("eve@example.com"), attempt_id="a", token_id="t"
    )

    with pytest.raises(Conflict):
        register(customers, another, record=early)
    register(customers, another, record=later)

    assert records.find(REQUEST) == later


def test_our_own_earlier_write_is_a_success(customers: Customers) -> None:
    write(customers, "new", a_record())
    register(customers, a_customer(), record=a_record())


# Sign-ups counted in the claim


@pytest.mark.parametrize("door", ["unconfirmed", "known"])
def test_sign_ups_are_counted_in_the_claim(customers: Customers, door: str) -> None:
    write(customers, door)

    assert claim(customers).sign_ups == TWO


def test_confirming_forgets_no_sign_up(customers: Customers) -> None:
    first = a_customer()
    register(customers, first, sign_ups=ONE)

    customers.confirm(first.confirm(Evidence(NOW)), NOW)

    assert claim(customers).sign_ups == ONE


def test_two_sign_ups_with_a_known_address_do_not_count_as_one(customers: Customers) -> None:
    write(customers, "known")
    seen = replace(claim(customers), sign_ups=ONE)
    third = confirmation_mail(a_customer(token_id="token-3"), NOW)

    with pytest.raises(Conflict):
        customers.notify(third, seen, sign_ups=TWO)

    customers.notify(third, claim(customers), sign_ups=WindowCount(3, ENDS))
    assert claim(customers).sign_ups == WindowCount(3, ENDS)


def test_a_known_address_that_was_never_counted_is_counted_once(customers: Customers) -> None:
    first = a_customer()
    register(customers, first)
    customers.confirm(first.confirm(Evidence(NOW)), NOW)
    seen = claim(customers)
    second = confirmation_mail(a_customer(token_id="token-2"), NOW)
    third = confirmation_mail(a_customer(token_id="token-3"), NOW)

    customers.notify(second, seen, sign_ups=ONE)
    with pytest.raises(Conflict):
        customers.notify(third, seen, sign_ups=ONE)

    assert claim(customers).sign_ups == ONE


def test_a_mail_that_is_not_of_a_sign_up_counts_none(customers: Customers) -> None:
    write(customers, "known")

    customers.notify(confirmation_mail(a_customer(token_id="t3"), NOW), claim(customers))

    assert claim(customers).sign_ups == TWO
