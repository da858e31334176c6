"""The port ``Limits``: the fake and DynamoDB obey the same rules."""

from collections.abc import Iterator
from datetime import timedelta
from math import inf
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from registration.adapters import clients
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.application.ports import Customers
from registration.application.rate_limits import Limits
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy
from registration.domain.mail.mails import confirmation_mail
from registration.domain.rate_limits import Counter, Limit, LimitedAction
from tests.fakes.customers import FakeCustomers, FakeLimits
from tests.support.busy import cancelled
from tests.support.cloud import Call, Cloud
from tests.support.factories import NOW, a_customer

HOUR = timedelta(hours=1)
EMAIL = EmailAddress("ada@example.com")
CLIENT = Counter.of_client(LimitedAction.LOGIN, "203.0.113.7", Limit(5, HOUR), NOW)
ADDRESS = Counter.of_email(LimitedAction.LOGIN, EMAIL, Limit(5, HOUR), NOW)


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[Limits, Customers]:
    if request.param == "fake":
        customers = FakeCustomers()
        return FakeLimits(customers), customers
    cloud: Cloud = request.getfixturevalue("cloud")
    tables = (cloud.customers_table, cloud.outbox_table)
    return DynamoDBLimits(cloud.customers_table), DynamoDBCustomers(*tables)


@pytest.fixture
def limits(ports: tuple[Limits, Customers]) -> Limits:
    return ports[0]


def test_attempts_are_numbered_from_1(limits: Limits) -> None:
    assert [limits.count(CLIENT) for _ in range(3)] == [1, 2, 3]
    assert limits.count(ADDRESS) == 1


def test_some_are_counted_at_once(limits: Limits) -> None:
    limits.count(CLIENT)

    limits.count_all([CLIENT, ADDRESS])

    assert limits.claim_on(EMAIL, [CLIENT, ADDRESS], NOW) == (None, {CLIENT: 2, ADDRESS: 1})


def test_an_unused_counter_is_0(limits: Limits) -> None:
    limits.count(ADDRESS)

    assert limits.claim_on(EMAIL, [CLIENT, ADDRESS], NOW) == (None, {CLIENT: 0, ADDRESS: 1})
    assert limits.claim_on(EMAIL, [], NOW) == (None, {})


def test_the_claim_comes_with_the_counts(ports: tuple[Limits, Customers]) -> None:
    limits, customers = ports
    customer = a_customer(email=EMAIL)
    customers.register(customer, confirmation_mail(customer, NOW), NOW)
    limits.count(CLIENT)

    claim, counts = limits.claim_on(EMAIL, [CLIENT, ADDRESS], NOW)

    assert claim == customers.claim_on(EMAIL)
    assert counts == {CLIENT: 1, ADDRESS: 0}


# DynamoDB alone


@pytest.fixture
def counters(cloud: Cloud) -> DynamoDBLimits:
    return DynamoDBLimits(cloud.customers_table)


def test_a_counter_expires_with_its_window_and_names_nobody(
    cloud: Cloud, counters: DynamoDBLimits
) -> None:
    counters.count_all([CLIENT, ADDRESS])

    kept = cloud.items(cloud.customers_table, "limit")
    assert {item["expires_at"] for item in kept} == {int((NOW + HOUR).timestamp())}
    assert all(set(item) == {"PK", "SK", "entity", "expires_at", "attempts"} for item in kept)
    assert "203.0.113.7" not in str(kept)
    assert "ada" not in str(kept)


def test_counting_and_reading_are_one_call_each(cloud: Cloud, counters: DynamoDBLimits) -> None:
    counters.count(CLIENT)
    counters.count_all([CLIENT, ADDRESS])
    counters.claim_on(EMAIL, [CLIENT, ADDRESS], NOW)

    assert [call.operation for call in cloud.calls] == [
        "UpdateItem",
        "TransactWriteItems",
        "BatchGetItem",
    ]
    (read,) = cloud.calls[-1].parameters["RequestItems"].values()
    assert read["ConsistentRead"] is True


def error(code: str, status: int, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "UpdateItem")


AWAY = [
    EndpointConnectionError(endpoint_url="https://dynamodb"),
    error("InternalServerError", 500),
    error("ProvisionedThroughputExceededException", 400),
    error("ThrottlingException", 400),
]
OUR_MISTAKE = [error("AccessDeniedException", 400), error("ValidationException", 400)]


def all_ways(counters: DynamoDBLimits) -> Iterator[Any]:
    yield lambda: counters.count(CLIENT)
    yield lambda: counters.count_all([CLIENT, ADDRESS])
    yield lambda: counters.claim_on(EMAIL, [CLIENT], NOW)


@pytest.mark.parametrize("reason", AWAY, ids=str)
def test_a_database_that_is_away_is_told(
    cloud: Cloud, counters: DynamoDBLimits, reason: Exception
) -> None:
    def fail(_call: Call) -> None:
        raise reason

    cloud.on_call = fail

    for way in all_ways(counters):
        with pytest.raises(Busy):
            way()


@pytest.mark.parametrize("mistake", OUR_MISTAKE, ids=str)
def test_a_mistake_of_ours_opens_no_door(
    cloud: Cloud, counters: DynamoDBLimits, mistake: ClientError
) -> None:
    def fail(_call: Call) -> None:
        raise mistake

    cloud.on_call = fail

    for way in all_ways(counters):
        with pytest.raises(ClientError):
            way()


@pytest.mark.parametrize("conflicts", [1, 7, inf])
def test_failures_at_the_same_time_are_all_counted_or_it_is_told(
    cloud: Cloud, counters: DynamoDBLimits, conflicts: float
) -> None:
    left = conflicts

    def interfere(call: Call) -> None:
        nonlocal left
        if left:
            left -= 1
            raise cancelled(call, "TransactionConflict")

    cloud.on_call = interfere
    if conflicts < inf:
        counters.count_all([CLIENT, ADDRESS])
    else:
        with pytest.raises(Busy):
            counters.count_all([CLIENT, ADDRESS])
    cloud.on_call = None

    assert counters.claim_on(EMAIL, [CLIENT], NOW)[1] == {CLIENT: int(conflicts < inf)}


@pytest.mark.parametrize("always", [False, True])
def test_counters_that_were_left_out_are_read_again_and_never_taken_for_0(
    counters: DynamoDBLimits, monkeypatch: pytest.MonkeyPatch, always: bool
) -> None:
    counters.count(CLIENT)
    client, asked = clients.dynamodb(), 0
    read = client.batch_get_item

    def busy(**request: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 1 or always:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
        return read(**request)

    monkeypatch.setattr(client, "batch_get_item", busy)

    if always:
        with pytest.raises(Busy):
            counters.claim_on(EMAIL, [CLIENT, ADDRESS], NOW)
    else:
        assert counters.claim_on(EMAIL, [CLIENT, ADDRESS], NOW) == (None, {CLIENT: 1, ADDRESS: 0})
