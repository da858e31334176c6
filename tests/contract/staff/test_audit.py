"""The port ``AuditRecord``: the fake and DynamoDB obey the same rules."""

from collections.abc import Callable
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.application.staff.audit import AuditRecord, Unrecorded
from registration.domain.errors import PageUnknown
from registration.domain.staff.audit import AuditAction, AuditEntry, AuditOutcome
from tests.fakes.staff import FakeAuditRecord
from tests.support.cloud import Call, Cloud
from tests.support.factories import NOW
from tests.support.people.staff import an_entry

OTHER = "DE--Zz9Yy8Xx7Ww6Vv5U"


@pytest.fixture(params=["fake", "dynamodb"])
def record(request: pytest.FixtureRequest) -> AuditRecord:
    if request.param == "fake":
        return FakeAuditRecord()
    cloud: Cloud = request.getfixturevalue("cloud")
    return DynamoDBAuditRecord(cloud.customers_table)


def written(record: AuditRecord, number: int, **overrides: Any) -> AuditEntry:
    entry = an_entry(
        entry_id=f"entry-{number:010}", at=NOW + timedelta(milliseconds=number), **overrides
    )
    record.write(entry)
    return entry


def in_pages(
    read: Callable[[str | None], tuple[list[AuditEntry], str | None]],
) -> list[list[AuditEntry]]:
    page, before = read(None)
    pages = [page]
    while before:
        page, before = read(before)
        pages.append(page)
    return pages


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(),
        an_entry(action=AuditAction.EDITED_CUSTOMER, fields=("phone", "first_name")),
        an_entry(
            customer=None, client=None, action=AuditAction.UPLOADED_IMPORT, import_id="import-1"
        ),
        an_entry().failed("Busy"),
    ],
)
def test_an_entry_comes_back_as_it_was_written(record: AuditRecord, entry: AuditEntry) -> None:
    record.write(entry)

    assert record.newest(5) == ([entry], None)


def test_the_entry_of_an_actions_end_replaces_that_of_its_beginning(record: AuditRecord) -> None:
    record.write(an_entry())

    record.write(an_entry().done())

    assert record.newest(5) == ([an_entry().done()], None)
    assert record.of_customer(an_entry().customer or "", 5) == ([an_entry().done()], None)


def test_a_customer_who_is_known_only_at_the_end_has_a_copy_then(record: AuditRecord) -> None:
    begun = an_entry(action=AuditAction.CREATED_CUSTOMER, customer=None)
    done = an_entry(action=AuditAction.CREATED_CUSTOMER, outcome=AuditOutcome.DONE)

    record.write(begun)
    record.write(done)

    assert record.newest(5) == ([done], None)
    assert record.of_customer(done.customer or "", 5) == ([done], None)


def test_the_record_is_read_newest_first_in_pages(record: AuditRecord) -> None:
    entries = [written(record, number) for number in range(7)]

    pages = in_pages(lambda before: record.newest(3, before))

    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == entries[::-1]


def test_a_customers_history_has_the_entries_about_that_customer(record: AuditRecord) -> None:
    own = [written(record, number, customer=OTHER) for number in range(0, 10, 2)]
    for number in range(1, 10, 2):
        written(record, number)

    pages = in_pages(lambda before: record.of_customer(OTHER, 2, before))

    assert [len(page) for page in pages] == [2, 2, 1]
    assert list(chain(*pages)) == own[::-1]
    assert record.of_customer("DE--nobody", 2) == ([], None)


# DynamoDB alone


@pytest.mark.parametrize("before", ["x", "2026", "CUSTOMER", "\N{SNOWMAN}"])
def test_text_that_is_no_place_in_the_record_is_refused(cloud: Cloud, before: str) -> None:
    record = DynamoDBAuditRecord(cloud.customers_table)

    with pytest.raises(PageUnknown):
        record.newest(5, before)
    with pytest.raises(PageUnknown):
        record.of_customer(OTHER, 5, before)


def test_an_entry_and_its_copy_are_written_together_in_several_partitions(cloud: Cloud) -> None:
    record = DynamoDBAuditRecord(cloud.customers_table)
    for number in range(20):
        written(record, number)

    items = cloud.items(cloud.customers_table, "audit_entry")
    keys = {item["PK"] for item in items}
    assert [call.operation for call in cloud.calls][:20] == ["TransactWriteItems"] * 20
    assert keys == {"CUSTOMER#DE--Aa1Bb2Cc3Dd4Ee5F", *(f"AUDIT#{shard}" for shard in range(4))}


def error(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "TransactWriteItems")


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (EndpointConnectionError(endpoint_url="https://dynamodb"), Unrecorded),
        (error("InternalServerError", 500), Unrecorded),
        (error("ThrottlingException", 400), Unrecorded),
        (error("AccessDeniedException", 400), ClientError),
    ],
    ids=str,
)
def test_a_record_that_is_away_is_told(
    cloud: Cloud, failure: Exception, told: type[Exception]
) -> None:
    def fail(_call: Call) -> None:
        raise failure

    cloud.on_call = fail

    with pytest.raises(told):
        DynamoDBAuditRecord(cloud.customers_table).write(an_entry())
