"""Imported rows and their chunks: the fake and DynamoDB obey the same rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from registration.adapters.customers.customers import DynamoDBCustomers
from registration.adapters.dynamodb.transient import is_transient
from registration.adapters.imports.chunk_queue import SqsChunkQueue
from registration.adapters.imports.items import chunk_of, message_of
from registration.adapters.imports.rows import DynamoDBImportedRows
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.imports.ports import (
    Batch,
    BatchTaken,
    ImportedCustomer,
    ImportedRows,
    RowOwner,
    RowsTaken,
    TryLater,
    Written,
)
from registration.application.mail.ports import Outbox
from registration.application.ports import Customers
from registration.domain.customers import Consent, Evidence, ImportSource, Origin
from registration.domain.emails import EmailAddress
from registration.domain.imports.jobs import (
    Chunk,
    Duplicate,
)
from registration.domain.mail.mails import confirmation_mail
from tests.fakes.customers import FakeCustomers
from tests.fakes.imports import (
    FakeImportedRows,
)
from tests.support.busy import BUSY, CONTENDED, Always, cancelled
from tests.support.calls.exchanges import Exchange, Told, watched
from tests.support.cloud import Call, Cloud
from tests.support.factories import LIFETIME, NOW, a_customer
from tests.support.stack import Json


def no_pause(_seconds: float) -> None:
    pass


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[ImportedRows, Customers, Outbox]:
    if request.param == "fake":
        customers = FakeCustomers()
        return FakeImportedRows(customers), customers, customers.outbox
    cloud: Cloud = request.getfixturevalue("cloud")
    tables = cloud.customers_table, cloud.outbox_table
    return (
        DynamoDBImportedRows(*tables, no_pause),
        DynamoDBCustomers(*tables),
        DynamoDBOutbox(cloud.outbox_table),
    )


@pytest.fixture
def rows(ports: tuple[ImportedRows, Customers, Outbox]) -> ImportedRows:
    return ports[0]


@pytest.fixture
def customers(ports: tuple[ImportedRows, Customers, Outbox]) -> Customers:
    return ports[1]


@pytest.fixture
def outbox(ports: tuple[ImportedRows, Customers, Outbox]) -> Outbox:
    return ports[2]


def an_imported_customer(number: int, **overrides: Any) -> ImportedCustomer:
    values: dict[str, Any] = {
        "reference": f"DE--{number}",
        "email": EmailAddress(f"Customer-{number}@example.com"),
        "attempt_id": f"attempt-{number}",
        "token_id": f"token-{number}",
        "browser": None,
        "consent": Consent(Origin.IMPORT, None, Evidence(NOW)),
        "imported": ImportSource("import", number, "2019-01-31"),
    }
    return ImportedCustomer(number, a_customer(**values | overrides), f"DE--alias-{number}")


def a_confirmed_customer(number: int) -> ImportedCustomer:
    row = an_imported_customer(number)
    return replace(row, customer=row.customer.confirm(Evidence(NOW)))


def a_batch(*imported_customers: ImportedCustomer, number: int = 0) -> Batch:
    return Batch("import", 3, number, imported_customers)


def sign_up(customers: Customers, **overrides: Any) -> None:
    customer = a_customer(**overrides)
    customers.register(customer, confirmation_mail(customer, NOW), customer.created_at)


LAPSED = {"created_at": NOW - 2 * LIFETIME, "expires_at": NOW}


def test_a_batch_writes_customers_claims_and_mails(
    rows: ImportedRows, customers: Customers, outbox: Outbox
) -> None:
    one, two = an_imported_customer(1), an_imported_customer(2)

    rows.write(a_batch(one, two))

    assert customers.get("DE--1") == one.customer
    claim = customers.claim_on(two.customer.email)
    assert claim
    assert (claim.reference, claim.alias, claim.verified) == ("DE--2", "DE--alias-2", False)
    assert outbox.get("token-2") == two.mail


def test_an_already_confirmed_customer_gets_no_mail(
    rows: ImportedRows, customers: Customers, outbox: Outbox
) -> None:
    rows.write(a_batch(a_confirmed_customer(1)))

    assert customers.get("DE--1")
    assert outbox.get("token-1") is None


def test_written_rows_are_remembered_by_chunk(rows: ImportedRows) -> None:
    rows.write(a_batch(*map(an_imported_customer, (2, 3, 4, 9))))
    rows.write(a_batch(an_imported_customer(11), number=1))

    assert rows.written("import", 3) == Written(frozenset({2, 3, 4, 9, 11}), 2)
    assert rows.written("import", 4) == Written(frozenset(), 0)


def test_a_batch_is_written_once(rows: ImportedRows, customers: Customers) -> None:
    rows.write(a_batch(an_imported_customer(1)))

    with pytest.raises(BatchTaken):
        rows.write(a_batch(an_imported_customer(1)))
    with pytest.raises(BatchTaken):
        rows.write(a_batch(an_imported_customer(2)))
    assert customers.get("DE--2") is None


def test_a_row_that_was_written_knows_itself(rows: ImportedRows) -> None:
    rows.write(a_batch(an_imported_customer(1)))

    assert rows.owners([an_imported_customer(1), an_imported_customer(2)]) == {1: RowOwner.ITSELF}
    with pytest.raises(RowsTaken) as taken:
        rows.write(a_batch(an_imported_customer(1), an_imported_customer(2), number=1))
    assert taken.value.owners == {1: RowOwner.ITSELF}


def test_addresses_and_references_that_are_taken_are_found(
    rows: ImportedRows, customers: Customers
) -> None:
    sign_up(customers, reference="DE--1", email=EmailAddress("someone@example.com"))
    sign_up(
        customers,
        reference="DE--x",
        email=EmailAddress("customer-2@example.com"),
        attempt_id="x",
        token_id="x",
    )
    imported_customers = [an_imported_customer(1), an_imported_customer(2), an_imported_customer(3)]
    both = an_imported_customer(4, reference="DE--1", email=EmailAddress("customer-2@example.com"))

    expected = {1: RowOwner.ANOTHER_REFERENCE, 2: RowOwner.ANOTHER_EMAIL}
    assert rows.owners(imported_customers, references=True) == expected
    assert rows.owners(imported_customers) == {2: RowOwner.ANOTHER_EMAIL}
    assert rows.owners([both]) == {4: RowOwner.ANOTHER_EMAIL}
    with pytest.raises(RowsTaken) as taken:
        rows.write(a_batch(*imported_customers))
    assert taken.value.owners == expected
    assert customers.get("DE--3") is None
    assert rows.written("import", 3) == Written(frozenset(), 0)


def test_an_expired_customer_owns_nothing(rows: ImportedRows, customers: Customers) -> None:
    sign_up(customers, reference="DE--1", email=EmailAddress("customer-1@example.com"), **LAPSED)

    assert rows.owners([an_imported_customer(1)]) == {}
    rows.write(a_batch(an_imported_customer(1)))

    assert customers.get("DE--1") == an_imported_customer(1).customer


# DynamoDB alone


def test_keys_that_a_read_leaves_over_are_read_again(cloud: Cloud, waits: list[float]) -> None:
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, no_pause)
    imported_customers = [replace(an_imported_customer(n), alias=None) for n in (1, 2)]

    def item(number: int) -> Any:
        return {"PK": {"S": f"EMAIL#customer-{number}@example.com"}, "attempt_id": {"S": "x"}}

    def key(number: int) -> Any:
        return {"PK": {"S": f"EMAIL#customer-{number}@example.com"}, "SK": {"S": "CLAIM"}}

    def answer(read: list[int], left: list[int]) -> Any:
        unprocessed = {cloud.customers_table: {"Keys": [key(n) for n in left]}} if left else {}
        return {
            "Responses": {cloud.customers_table: [item(n) for n in read]},
            "UnprocessedKeys": unprocessed,
        }

    with answering(answer([1], [2]), answer([], [2]), answer([2], [])):
        owners = rows.owners(imported_customers)

    assert owners == {1: RowOwner.ANOTHER_EMAIL, 2: RowOwner.ANOTHER_EMAIL}
    assert len(waits) == 2


@contextmanager
def answering(*answers: Any) -> Iterator[None]:
    """Answer the next batch reads, with errors by their codes, and no other call."""
    left = iter(answers)

    def tell(_service: str, operation: str, _parameters: Json, _ask: Exchange) -> Told:
        assert operation == "BatchGetItem"
        told = next(left)
        if isinstance(told, str):
            return 400, {"Error": {"Code": told}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return 200, told

    with watched(tell, "dynamodb"):
        yield
    assert next(left, None) is None


def test_a_read_that_is_throttled_is_tried_again(cloud: Cloud, waits: list[float]) -> None:
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, no_pause)

    busy = "ProvisionedThroughputExceededException", "ThrottlingException"
    with answering(*busy, {"Responses": {}, "UnprocessedKeys": {}}):
        assert rows.owners([an_imported_customer(1)]) == {}

    assert len(waits) == 2


def test_a_table_that_stays_busy_is_waited_for_as_long_as_the_worker_has_time(
    cloud: Cloud,
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 5:
            raise TryLater

    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, pause)
    cloud.on_call = Always(BUSY["throttled"])

    with pytest.raises(TryLater):
        rows.owners([an_imported_customer(1)])


@pytest.mark.parametrize("kind", [*BUSY, *CONTENDED])
def test_a_transient_error_is_to_be_tried_later(cloud: Cloud, kind: str) -> None:
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, no_pause)
    cloud.on_call = Always({**BUSY, **CONTENDED}[kind])

    with pytest.raises(TryLater):
        rows.write(a_batch(a_confirmed_customer(1)))


def test_a_row_that_is_taken_is_told_even_if_another_was_throttled(cloud: Cloud) -> None:
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, no_pause)

    def contend(call: Call) -> None:
        raise cancelled(call, "None", "None", "ConditionalCheckFailed", "ThrottlingError")

    cloud.on_call = contend

    with pytest.raises(RowsTaken) as told:
        rows.write(a_batch(*map(a_confirmed_customer, (1, 2))))
    assert told.value.owners == {1: RowOwner.ANOTHER_EMAIL}


def test_a_permanent_error_is_raised() -> None:
    reasons = [{"Code": "None"}, {"Code": "ValidationError"}]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": reasons,
    }

    assert not is_transient(ClientError(response, "TransactWriteItems"))
    assert not is_transient(ClientError({"Error": {"Code": "AccessDenied"}}, "TransactWriteItems"))


def test_messages_hold_all_of_a_chunk_in_few_bytes() -> None:
    duplicates = tuple(Duplicate(n, n - 1, "email") for n in range(10_000_000, 10_004_000))
    chunk = Chunk("i" * 32, 5, 10_000_000, 2, 900, 4000, duplicates)

    assert chunk_of(message_of(chunk)) == chunk
    assert len(message_of(chunk)) < 200_000


def test_chunks_are_sent_in_as_few_calls_as_they_fit_in(cloud: Cloud) -> None:
    queue = SqsChunkQueue(cloud.stack.names["Chunks"])
    long = tuple(Duplicate(n, n - 1, "email") for n in range(10_000_000, 10_004_000))
    chunks = [Chunk("import", n, 2, 0, 9, 1) for n in range(12)]
    chunks += [Chunk("import", n, 2, 0, 9, 1, long) for n in range(12, 15)]

    queue.send(chunks)

    calls = [call for call in cloud.calls if call.operation == "SendMessageBatch"]
    assert [len(call.parameters["Entries"]) for call in calls] == [10, 4, 1]
    received = [
        chunk_of(entry["MessageBody"]) for call in calls for entry in call.parameters["Entries"]
    ]
    assert received == chunks
