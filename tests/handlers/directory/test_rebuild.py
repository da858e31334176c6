"""The directory made anew: by a walk through the table, like an operator's."""

import json
from dataclasses import replace
from typing import Any

import pytest

from registration.adapters import clients
from registration.domain.emails import EmailAddress
from registration.entrypoints.function_app import Failed
from tests.handlers.directory.test_index_customers import (
    ENTITIES,
    delete,
    entries,
    found,
    listed,
    put,
)
from tests.support.cloud import Cloud, Context
from tests.support.factories import NOW, a_customer, a_profile
from tests.support.stack import Json

pytestmark = pytest.mark.clock(NOW)


def rebuild(cloud: Cloud, **event: Any) -> Json:
    """Scan to the end like an operator: each answer is the next event."""
    answer: Json = cloud.invoke("IndexCustomersFunction", {"rebuild": True, **event})
    while "cursor" in answer:
        answer = cloud.invoke("IndexCustomersFunction", json.loads(json.dumps(answer)))
    return answer


def test_customers_from_before_the_stream_are_taken_in(cloud: Cloud) -> None:
    for n in range(3):
        put(cloud, a_customer(reference=f"DE--{n}", email=EmailAddress(f"c{n}@example.com")))

    answer = rebuild(cloud)

    assert answer == {
        "rebuild": True,
        "segment": 0,
        "segments": 1,
        "customers": 3,
        "entries": answer["entries"],
    }
    assert len(entries(cloud)) == 15
    assert found(cloud, "c1@") == ["DE--1"]


def test_entries_of_removed_customers_are_removed(cloud: Cloud) -> None:
    put(cloud, a_customer())
    cloud.index()
    put(cloud, replace(a_customer(), profile=a_profile(last_name="King")))
    delete(cloud, a_customer().reference)

    rebuild(cloud)

    assert entries(cloud) == []


def test_entries_that_have_gone_astray_are_put_right(cloud: Cloud) -> None:
    customer = a_customer()
    put(cloud, customer)
    cloud.index()
    right = cloud.state()
    for entry in clients.dynamodb().scan(TableName=cloud.customers_table)["Items"]:
        if entry["entity"]["S"] in ENTITIES:
            astray = {**entry, "SK": {"S": "bo" + entry["SK"]["S"]}}
            clients.dynamodb().put_item(TableName=cloud.customers_table, Item=astray)
            clients.dynamodb().delete_item(
                TableName=cloud.customers_table, Key={name: entry[name] for name in ("PK", "SK")}
            )

    rebuild(cloud)

    assert cloud.state() == right


def test_a_walk_resumes_where_its_time_ended(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        put(cloud, a_customer(reference=f"DE--{n}", email=EmailAddress(f"c{n}@example.com")))
    monkeypatch.setattr(Context, "remaining_ms", 1_000)
    monkeypatch.setattr("registration.adapters.directory.index._WALKED_AT_ONCE", 2)

    first = cloud.invoke("IndexCustomersFunction", {"rebuild": True})
    answer = rebuild(cloud)

    assert first["cursor"]
    assert "@" not in first["cursor"]
    assert answer["customers"] == 5
    assert len(entries(cloud)) == 25


@pytest.mark.parametrize("segments", [1, 3])
def test_segments_are_all_of_it(cloud: Cloud, segments: int) -> None:
    for n in range(4):
        put(cloud, a_customer(reference=f"DE--{n}", email=EmailAddress(f"c{n}@example.com")))

    for segment in range(segments):
        rebuild(cloud, segment=segment, segments=segments)

    assert len(listed(cloud)) == 4


@pytest.mark.parametrize("event", [{}, {"rebuild": False}, {"rebuild": True, "cursor": "x"}])
def test_an_event_that_means_nothing_is_refused(cloud: Cloud, event: Json) -> None:
    with pytest.raises(Failed, match=r"rebuild|cursor"):
        cloud.invoke("IndexCustomersFunction", event)


def test_the_function_writes_entries_and_nothing_else(cloud: Cloud) -> None:
    put(cloud, a_customer())
    cloud.calls.clear()

    cloud.index()
    rebuild(cloud)

    operations = {call.operation for call in cloud.calls}
    assert operations == {"BatchGetItem", "BatchWriteItem", "Scan"}
    for call in cloud.calls:
        if call.operation == "BatchWriteItem":
            for request in call.parameters["RequestItems"][cloud.customers_table]:
                (change,) = request.values()
                key = change.get("Key") or change["Item"]
                assert key["PK"]["S"].startswith(("DIRECTORY-", "SEARCH#"))


FORMER = {
    "reference": {"S": a_customer().reference},
    "status": {"S": "unverified"},
    "email": {"S": "ada@example.com"},
}


def test_entries_of_the_former_kind_give_way_to_those_of_today(cloud: Cloud) -> None:
    put(cloud, a_customer())
    cloud.index()
    today = cloud.state()
    place = f"2026-11-22T12:00:00.000000+00:00#{a_customer().reference}"
    for partition, position, entity in (
        ("DIRECTORY-UNVERIFIED#3", place, "directory_line"),
        ("SEARCH#ad#2", f"ada#{a_customer().reference}", "directory_term"),
        ("SEARCH#go#2", "gone#DE--whom-nobody-knows", "directory_term"),
    ):
        key = {"PK": {"S": partition}, "SK": {"S": position}}
        item = {**key, "entity": {"S": entity}, **FORMER}
        clients.dynamodb().put_item(TableName=cloud.customers_table, Item=item)

    rebuild(cloud)

    assert cloud.state() == today
