"""What the directory costs: calls and rounds of a page, calls and write units of its entries."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from registration.adapters import clients
from registration.adapters.dynamodb import items
from registration.domain.customers import Customer, Origin, Status
from registration.domain.emails import EmailAddress
from tests.handlers.directory.test_index_customers import a_record, index, put
from tests.handlers.staff.test_back_office import staff
from tests.support.cloud import Call, Cloud
from tests.support.directory.rounds import Rounds
from tests.support.factories import NOW, a_customer, a_profile, a_verified_customer


def customers(count: int) -> list[Customer]:
    return [
        a_customer(
            reference=f"DE--{n:04}",
            email=EmailAddress(f"c{n}@example.com"),
            token_id=f"token-{n:04}",
            created_at=NOW + timedelta(seconds=n),
            expires_at=None,
        )
        for n in range(count)
    ]


def follow(cloud: Cloud, *changes: tuple[Customer | None, Customer | None]) -> list[Call]:
    """Return the calls that the directory needs to follow changes in one batch."""
    for _, after in changes:
        if after:
            put(cloud, after)
    cloud.calls.clear()
    answer = index(cloud, *(a_record(n, *change) for n, change in enumerate(changes)))
    assert answer == {"batchItemFailures": []}
    return [call for call in cloud.calls if call.service == "dynamodb"]


def units(calls: list[Call]) -> int:
    """Return the write units of some batches: one for each item, as none has a whole KB."""
    written = [
        request
        for call in calls
        for requests in call.parameters["RequestItems"].values()
        if call.operation == "BatchWriteItem"
        for request in requests
    ]
    assert max(len(json.dumps(request)) for request in written) < 1024
    return len(written)


@pytest.mark.parametrize(
    ("query", "rounds"),
    [
        ("", [1, 2, 2]),
        ("?status=unverified", [1, 5, 2]),
        ("?origin=form", [1, 2, 2]),
        ("?status=unverified&origin=form", [1, 1, 2]),
        ("?q=lovelace", [1, 1, 1, 1]),
        ("?q=lovelace+ada&origin=form", [1, 1, 1, 1]),
    ],
)
def test_a_page_is_read_in_few_rounds_of_parallel_calls(
    cloud: Cloud, query: str, rounds: list[int]
) -> None:
    browser = staff(cloud)
    follow(cloud, *((None, each) for each in customers(30)))
    path = f"/back-office/customers{query}"
    cloud.request("GET", path, cookies=browser)  # A cold start reads settings and keys.
    cloud.calls.clear()
    cloud.on_call = Rounds(rounds)

    answer = cloud.request("GET", path, cookies=browser)

    assert answer.status == 200
    assert answer.body.count('href="/back-office/customers/DE--') == 25
    assert [call.service for call in cloud.calls] == ["dynamodb"] * sum(rounds)


UNVERIFIED = a_customer()
LONG = a_profile(first_name="Ada Augusta", last_name="Byron-King Noel")


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        (None, UNVERIFIED, 5),
        (UNVERIFIED, a_verified_customer(), 2),
        (UNVERIFIED, replace(UNVERIFIED, token_id="token-of-a-new-link"), 2),
        (UNVERIFIED, replace(UNVERIFIED, profile=a_profile(first_name="Augusta")), 4),
        (UNVERIFIED, replace(UNVERIFIED, profile=LONG), 7),
        (UNVERIFIED, None, 5),
    ],
    ids=["signs up", "confirms", "new link", "another name", "long name", "is removed"],
)
def test_a_change_writes_the_entries_that_change(
    cloud: Cloud, before: Customer | None, after: Customer | None, written: int
) -> None:
    if before:
        follow(cloud, (None, before))
        if after is None:
            clients.dynamodb().delete_item(
                TableName=cloud.customers_table,
                Key={n: items.customer_item(before)[n] for n in ("PK", "SK")},
            )

    calls = follow(cloud, (before, after))

    assert units(calls) == written
    assert [call.operation for call in calls if call.operation != "BatchWriteItem"] == [
        "BatchGetItem"
    ]


def test_a_batch_reads_a_hundred_customers_a_call_and_writes_five(cloud: Cloud) -> None:
    calls = follow(cloud, *((None, each) for each in customers(100)))

    operations = [call.operation for call in calls]
    assert operations == ["BatchGetItem"] + ["BatchWriteItem"] * 20


def test_the_batches_of_a_change_are_written_at_once(cloud: Cloud) -> None:
    many = customers(20)
    for each in many:
        put(cloud, each)
    cloud.on_call = Rounds([1, 4])

    index(cloud, *(a_record(n, None, each) for n, each in enumerate(many)))

    cloud.on_call = None
    assert len(cloud.items(cloud.customers_table, "directory_term")) == 60


def test_what_a_batch_before_has_removed_is_written_again(cloud: Cloud) -> None:
    """A batch finds the customer with another name already; the next one has both changes."""
    ada = a_verified_customer()
    other = replace(ada, profile=a_profile(first_name="Augusta"))
    put(cloud, other)
    index(cloud, a_record(1, None, ada))

    follow(cloud, (ada, other), (other, ada))

    entries = cloud.items(cloud.customers_table, "directory_term")
    assert {entry["SK"].partition("#")[0] for entry in entries} == {
        "ada@example.com",
        "ada",
        "lovelace",
    }


def test_a_new_link_is_in_the_line_that_its_mail_is_read_by(cloud: Cloud) -> None:
    follow(cloud, (None, UNVERIFIED))
    follow(cloud, (UNVERIFIED, replace(UNVERIFIED, token_id="token-of-a-new-link")))

    lines = cloud.items(cloud.customers_table, "directory_line")

    assert {line["mail_id"] for line in lines} == {"token-of-a-new-link"}
    assert {line["PK"] for line in lines} == {"DIRECTORY-ALL#0", "DIRECTORY-UNVERIFIED#form#0"}
    assert UNVERIFIED.consent.origin is Origin.FORM
    assert UNVERIFIED.status is Status.UNVERIFIED
