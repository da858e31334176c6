"""The directory follows the changes of customers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.customers.accounts import DynamoDBAccounts
from registration.adapters.directory.directory import DynamoDBDirectory
from registration.adapters.dynamodb import items, keys
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.directory import ListCustomers
from registration.domain.customers import Customer, Origin, Status
from registration.domain.emails import EmailAddress
from registration.domain.mail.deliveries import Delivery, DeliveryStatus
from tests.support.cloud import Call, Cloud
from tests.support.factories import NOW, a_customer, a_mail, a_profile, a_verified_customer
from tests.support.requests import customer_document, key_document
from tests.support.stack import Json

pytestmark = pytest.mark.clock(NOW)

ENTITIES = ("directory_line", "directory_term")


def entries(cloud: Cloud) -> list[Json]:
    return [item for entity in ENTITIES for item in cloud.items(cloud.customers_table, entity)]


def places(cloud: Cloud) -> set[tuple[str, str]]:
    return {(entry["PK"], entry["SK"]) for entry in entries(cloud)}


def directory(cloud: Cloud) -> ListCustomers:
    outbox = DynamoDBOutbox(cloud.outbox_table)
    found = DynamoDBDirectory(cloud.customers_table, outbox)
    return ListCustomers(found, outbox, lambda: datetime.now(UTC))


def listed(cloud: Cloud, **what: Any) -> list[str]:
    return [row.customer.reference for row in directory(cloud).newest(**what).rows]


def found(cloud: Cloud, text: str) -> list[str]:
    # No word is a whole address or a reference, because this does not search for those.
    return [row.customer.reference for row in directory(cloud).search(text).rows]


def put(cloud: Cloud, customer: Customer, **more: Any) -> None:
    item = {**items.customer_item(customer), **more}
    clients.dynamodb().put_item(TableName=cloud.customers_table, Item=item)


def delete(cloud: Cloud, reference: str) -> None:
    clients.dynamodb().delete_item(TableName=cloud.customers_table, Key=keys.customer(reference))


def a_record(sequence: int, before: Customer | None, after: Customer | None) -> Json:
    name = "MODIFY" if before and after else "INSERT" if after else "REMOVE"
    images = {"OldImage": before, "NewImage": after}
    shown = {n: items.customer_item(c) for n, c in images.items() if c}
    return {
        "eventName": name,
        "dynamodb": {"SequenceNumber": str(sequence), **shown},
    }


def index(cloud: Cloud, *records: Json) -> Any:
    return cloud.invoke("IndexCustomersFunction", {"Records": list(records)})


def test_a_new_customer_is_listed_and_found(cloud: Cloud) -> None:
    document = customer_document(email="Ada.Byron@Example.com", firstName="Ada", lastName="Müller")
    reference = cloud.post_json("/customers", document).json["data"]["id"]

    cloud.index()

    (row,) = directory(cloud).newest().rows
    assert row.customer.reference == reference
    assert (row.customer.status, row.customer.origin) == (Status.UNVERIFIED, Origin.API)
    assert (row.customer.email, row.customer.last_name) == ("Ada.Byron@example.com", "Müller")
    assert row.mail == "waiting"
    for text in ("ada", "ada.byron@ex", "muller", "MÜLL", "Ada Müller"):
        assert found(cloud, text) == [reference], text
    cloud.drain()
    assert directory(cloud).newest().rows[0].mail == "sent"


def test_confirming_moves_a_customer_to_the_other_list(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document())
    cloud.index()
    cloud.drain()
    (reference,) = listed(cloud, status=Status.UNVERIFIED)

    cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))
    cloud.index()

    assert listed(cloud, status=Status.UNVERIFIED) == []
    assert listed(cloud, status=Status.VERIFIED) == [reference]
    assert len(entries(cloud)) == 5


def test_a_new_name_takes_the_place_of_the_old_one(cloud: Cloud) -> None:
    before = a_verified_customer()
    put(cloud, before)
    cloud.index()

    put(cloud, replace(before, profile=a_profile(first_name="Augusta", last_name="King")))
    cloud.index()

    assert found(cloud, "king") == [before.reference]
    assert found(cloud, "lovelace") == []
    place = f"2026-11-22T12:00:00.000000+00:00#{before.reference}"
    assert places(cloud) == {
        ("DIRECTORY-ALL#0", place),
        ("DIRECTORY-VERIFIED#form#0", place),
        ("SEARCH#ad", f"ada@example.com#{before.reference}"),
        ("SEARCH#ki", f"king#{before.reference}"),
        ("SEARCH#au", f"augusta#{before.reference}"),
    }


def test_following_a_customer_logs_nothing(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    put(cloud, a_customer())

    cloud.index()

    assert len(entries(cloud)) == 5
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda customer: customer.with_password("another", NOW + timedelta(days=1)),
        lambda customer: replace(customer, delivery=Delivery(DeliveryStatus.DELIVERED, NOW)),
    ],
    ids=["password", "delivery"],
)
def test_a_change_of_no_search_term_costs_no_write(
    cloud: Cloud, change: Callable[[Customer], Customer]
) -> None:
    before = a_customer()
    put(cloud, before)
    cloud.index()
    cloud.calls.clear()

    put(cloud, change(before))
    cloud.index()

    assert [c.operation for c in cloud.calls if c.service == "dynamodb"] == ["PutItem"]


def test_an_anonymised_customer_is_gone_with_the_event(cloud: Cloud) -> None:
    customer = a_verified_customer()
    accounts = DynamoDBAccounts(cloud.customers_table, cloud.outbox_table)
    accounts.register(replace(customer, status=Status.UNVERIFIED), a_mail(), NOW)
    put(cloud, customer)
    cloud.index()
    assert listed(cloud) == [customer.reference]

    accounts.anonymise(customer, NOW)
    cloud.index()

    assert entries(cloud) == []


def test_a_customer_that_ttl_removes_is_gone(cloud: Cloud) -> None:
    put(cloud, a_customer())
    cloud.index()

    delete(cloud, a_customer().reference)
    cloud.index()

    assert entries(cloud) == []


def test_a_bounce_is_shown(cloud: Cloud) -> None:
    delivery = {"status": {"S": "bounced"}, "at": {"S": NOW.isoformat()}, "detail": {"S": "5.1.1"}}
    put(cloud, a_customer(), delivery={"M": delivery})

    cloud.index()

    (row,) = directory(cloud).newest().rows
    assert (row.mail, row.reason) == ("bounced", "5.1.1")


def test_a_mail_that_ses_refused_is_shown_with_the_reason(cloud: Cloud) -> None:
    customer = a_customer()
    outbox = DynamoDBOutbox(cloud.outbox_table)
    mail = items.mail_item(a_mail(mail_id=customer.token_id))
    clients.dynamodb().put_item(TableName=cloud.outbox_table, Item=mail)
    outbox.park(customer.token_id, "MessageRejected")
    put(cloud, customer)

    cloud.index()

    (row,) = directory(cloud).newest().rows
    assert (row.mail, row.reason) == ("parked", "MessageRejected")


def test_only_customers_call_the_function(cloud: Cloud) -> None:
    called: list[Json] = []
    invoke = cloud.invoke

    def counting(function: str, event: Json) -> Any:
        called.append(event)
        return invoke(function, event)

    cloud.post_json("/customers", customer_document())
    cloud.invoke = counting  # type: ignore[method-assign]
    cloud.index()
    cloud.index()

    # The claim beside the customer, and the entries that the first call writes, do not.
    (event,) = called
    (record,) = event["Records"]
    assert record["dynamodb"]["NewImage"]["entity"] == {"S": "customer"}


# Order, repetition, races


def test_records_brought_again_change_nothing(cloud: Cloud) -> None:
    before, after = a_customer(), a_verified_customer()
    put(cloud, after)
    records = [a_record(1, None, before), a_record(2, before, after)]
    index(cloud, *records)
    once = cloud.state()

    index(cloud, *records)

    assert cloud.state() == once


def test_an_old_record_after_a_newer_one_brings_nothing_old_back(cloud: Cloud) -> None:
    before, after = a_customer(), a_verified_customer()
    put(cloud, after)
    index(cloud, a_record(2, before, after))

    index(cloud, a_record(1, None, before))

    assert listed(cloud, status=Status.UNVERIFIED) == []
    assert listed(cloud, status=Status.VERIFIED) == [after.reference]


def test_an_old_record_of_somebody_who_is_gone_brings_nobody_back(cloud: Cloud) -> None:
    index(cloud, a_record(1, None, a_customer()))

    assert entries(cloud) == []


def test_a_removed_customers_reference_may_be_reused(cloud: Cloud) -> None:
    gone = a_customer()
    follows = a_customer(email=EmailAddress("bo@example.com"), created_at=NOW + timedelta(days=40))
    put(cloud, gone)
    cloud.index()

    put(cloud, follows)
    cloud.index()

    assert listed(cloud) == found(cloud, "bo@") == [follows.reference]
    assert found(cloud, "ada@") == []
    assert len(entries(cloud)) == 5


def test_concurrent_writers_leave_the_newest_state(cloud: Cloud) -> None:
    before, after = a_customer(), a_verified_customer()
    put(cloud, before)

    def overtake() -> None:
        put(cloud, after)
        index(cloud, a_record(2, before, after))

    cloud.on_call = once_before("BatchWriteItem", overtake)

    # Has read the customer as it was; before it writes, the customer is confirmed, and that
    # is followed.
    cloud.invoke("IndexCustomersFunction", {"rebuild": True})

    assert listed(cloud, status=Status.UNVERIFIED) == []
    assert listed(cloud, status=Status.VERIFIED) == [after.reference]
    assert len(entries(cloud)) == 5


def once_before(operation: str, act: Callable[[], object]) -> Callable[[Call], None]:
    """Return a hook that acts once before a call of an operation."""
    done: list[bool] = []

    def hook(call: Call) -> None:
        if call.operation == operation and not done:
            done.append(True)
            act()

    return hook


# Failures


def test_unprocessed_items_are_written_by_the_next_call(
    cloud: Cloud, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cloud, a_customer())
    write = clients.dynamodb().batch_write_item

    def half(RequestItems: Json) -> Json:  # noqa: N803 - boto3's name
        ((table, requests),) = RequestItems.items()
        if len(waits) == 2:
            return dict(write(RequestItems=RequestItems))
        write(RequestItems={table: requests[:1]})
        return {"UnprocessedItems": {table: requests[1:]}}

    monkeypatch.setattr(clients.dynamodb(), "batch_write_item", half)
    cloud.index()

    assert len(entries(cloud)) == 5
    assert len(waits) == 2


def test_a_table_that_stays_busy_fails_the_batch(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(RequestItems: Json) -> Json:  # noqa: N803 - boto3's name
        return {"UnprocessedItems": RequestItems}

    monkeypatch.setattr(clients.dynamodb(), "batch_write_item", nothing)
    put(cloud, a_customer())
    cloud.index()

    assert cloud.sources.given_up == [{"DDBStreamBatchInfo": {"batchSize": 1}}]


def test_a_customer_that_cannot_be_read_does_not_stop_the_others(cloud: Cloud) -> None:
    for n in range(7):
        customer = a_customer(reference=f"DE--{n}", email=EmailAddress(f"c{n}@example.com"))
        put(cloud, customer, **({"status": {"S": "odd"}} if n == 4 else {}))

    cloud.index()

    assert set(listed(cloud)) == {f"DE--{n}" for n in range(7) if n != 4}
    assert cloud.sources.given_up == [{"DDBStreamBatchInfo": {"batchSize": 1}}]


def test_records_before_a_failure_are_not_redelivered(cloud: Cloud) -> None:
    good, odd = a_customer(), a_record(2, None, a_customer(reference="DE--2"))
    odd["dynamodb"]["NewImage"]["status"] = {"S": "odd"}
    put(cloud, good)

    answer = index(cloud, a_record(1, None, good), odd)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert listed(cloud) == [good.reference]


def test_a_name_that_grows_when_it_is_folded_is_indexed(cloud: Cloud) -> None:
    # One character that expands to 18.
    put(cloud, a_customer(profile=a_profile(first_name="\ufdfa" * 100)))

    cloud.index()

    assert len(entries(cloud)) == 5
    assert cloud.sources.given_up == []


def test_no_log_holds_an_address_or_a_name(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    put(cloud, a_customer())
    put(cloud, a_customer(reference="DE--2"), status={"S": "odd"})

    cloud.index()

    logged = "\n".join(str(vars(record)) for record in caplog.records).lower()
    assert "record failed" in logged
    assert "ada@" not in logged
    assert "lovelace" not in logged
