"""A timeline: one chronological list in several partitions of the table."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from registration.adapters import clients
from registration.adapters.dynamodb.items import ReadItem
from registration.adapters.dynamodb.timelines import DynamoDBTimeline
from registration.domain.errors import PageUnknown
from tests.support.cloud import Cloud
from tests.support.factories import NOW


@pytest.fixture
def timeline(cloud: Cloud) -> DynamoDBTimeline:
    return DynamoDBTimeline(cloud.customers_table, "AUDIT", shards=3)


def put(timeline: DynamoDBTimeline, at: datetime, entry_id: str) -> None:
    item = timeline.item(at, entry_id, {"entity": {"S": "audit"}, "id": {"S": entry_id}})
    clients.dynamodb().put_item(TableName=timeline.table, Item=item)


def ids(items: list[ReadItem]) -> list[str]:
    return [item["id"]["S"] for item in items]


def pages(timeline: DynamoDBTimeline, limit: int) -> Iterator[list[str]]:
    items, cursor = timeline.newest(limit)
    yield ids(items)
    while cursor:
        items, cursor = timeline.newest(limit, cursor)
        yield ids(items)


def test_an_empty_one_has_no_page_but_the_first(timeline: DynamoDBTimeline) -> None:
    assert timeline.newest(5) == ([], None)


def test_the_newest_come_first_whichever_shard_they_stand_in(timeline: DynamoDBTimeline) -> None:
    for n in range(20):
        put(timeline, NOW + timedelta(microseconds=n), f"entry-{n:02}")

    found = list(pages(timeline, 7))

    assert [len(page) for page in found] == [7, 7, 6]
    assert list(chain(*found)) == [f"entry-{n:02}" for n in reversed(range(20))]
    partitions = {timeline.key(NOW, f"entry-{n:02}")["PK"]["S"] for n in range(20)}
    assert partitions == {"AUDIT#0", "AUDIT#1", "AUDIT#2"}


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_entries_of_one_moment_are_each_shown_once(timeline: DynamoDBTimeline, limit: int) -> None:
    for n in range(6):
        put(timeline, NOW, f"entry-{n}")

    found = list(pages(timeline, limit))

    assert list(chain(*found)) == [f"entry-{n}" for n in reversed(range(6))]
    assert [] not in found, "no page is empty"


def test_all_in_one_shard_are_found_as_well(cloud: Cloud) -> None:
    timeline = DynamoDBTimeline(cloud.customers_table, "AUDIT", shards=1)
    for n in range(30):
        put(timeline, NOW + timedelta(seconds=n), f"entry-{n:02}")

    items, cursor = timeline.newest(25)

    assert ids(items) == [f"entry-{n:02}" for n in range(29, 4, -1)]
    assert cursor
    assert len(timeline.newest(25, cursor)[0]) == 5


def test_new_entries_do_not_move_the_next_page(timeline: DynamoDBTimeline) -> None:
    for n in range(4):
        put(timeline, NOW + timedelta(seconds=n), f"entry-{n}")
    _, cursor = timeline.newest(2)

    put(timeline, NOW + timedelta(hours=1), "new")

    assert ids(timeline.newest(2, cursor)[0]) == ["entry-1", "entry-0"]


def test_the_entry_that_a_cursor_names_may_be_gone(timeline: DynamoDBTimeline) -> None:
    for n in range(4):
        put(timeline, NOW + timedelta(seconds=n), f"entry-{n}")
    _, cursor = timeline.newest(2)

    key = timeline.key(NOW + timedelta(seconds=2), "entry-2")
    clients.dynamodb().delete_item(TableName=timeline.table, Key=key)

    assert ids(timeline.newest(2, cursor)[0]) == ["entry-1", "entry-0"]


def test_times_are_sorted_as_times(timeline: DynamoDBTimeline) -> None:
    whole = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    put(timeline, whole, "first")
    put(timeline, whole + timedelta(microseconds=1), "second")
    put(timeline, whole - timedelta(microseconds=1), "zeroth")

    assert ids(timeline.newest(3)[0]) == ["second", "first", "zeroth"]


def test_two_timelines_do_not_mix(timeline: DynamoDBTimeline) -> None:
    put(timeline, NOW, "ours")

    assert DynamoDBTimeline(timeline.table, "OTHER", shards=3).newest(5) == ([], None)


@pytest.mark.parametrize("cursor", ["", "#", "x" * 2000, "2026-11-22", "ada@example.com#DE--1"])
def test_a_forged_cursor_is_refused(timeline: DynamoDBTimeline, cursor: str) -> None:
    with pytest.raises(PageUnknown):
        timeline.newest(5, cursor)
