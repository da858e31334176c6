"""The directory: the fake and DynamoDB obey the same rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.directory.directory import DynamoDBDirectory
from registration.adapters.directory.items import entries_of
from registration.adapters.dynamodb import items, keys
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.application.directory import Directory, Lines
from registration.domain.claims import claim_of
from registration.domain.customers import Customer, Origin, Status
from registration.domain.directory import Listed, Wanted, words_of
from registration.domain.emails import EmailAddress
from registration.domain.errors import PageUnknown
from registration.domain.mail.deliveries import Delivery, DeliveryStatus
from tests.conftest import MakeCloud
from tests.fakes.directory import FakeDirectory
from tests.support.cloud import Cloud
from tests.support.factories import NOW, a_customer, a_line

Add = Callable[[Listed], None]


@dataclass
class Kept:
    """A directory, and a way to add a line."""

    directory: Directory
    add: Add


def on_dynamodb(cloud: Cloud) -> Kept:
    outbox = DynamoDBOutbox(cloud.outbox_table)
    directory = DynamoDBDirectory(cloud.customers_table, outbox)

    def add(line: Listed) -> None:
        for entry in entries_of(line, directory.table):
            clients.dynamodb().put_item(TableName=directory.table, Item=entry)
        customer = customer_of(line)
        for item in (items.customer_item(customer), items.claim_item(claim_of(customer))):
            clients.dynamodb().put_item(TableName=directory.table, Item=item)

    return Kept(directory, add)


def customer_of(line: Listed) -> Customer:
    bare = a_customer()
    return replace(
        bare,
        reference=line.reference,
        email=EmailAddress(line.email),
        profile=replace(bare.profile, first_name=line.first_name, last_name=line.last_name),
        status=line.status,
        consent=replace(bare.consent, origin=line.origin),
        token_id=line.mail_id,
        created_at=line.created_at,
        expires_at=line.expires_at,
        delivery=line.delivery,
    )


@pytest.fixture(params=["fake", "dynamodb"])
def kept(request: pytest.FixtureRequest, make_cloud: MakeCloud) -> Kept:
    if request.param == "fake":
        fake = FakeDirectory()
        return Kept(fake, fake.add)
    return on_dynamodb(make_cloud())


def wanted(text: str | None = None, **what: Any) -> Wanted:
    return Wanted(NOW, words=words_of(text) if text else (), **what)


def references(found: Lines) -> list[str]:
    return [line.reference for line in found.lines]


def every_page(read: Callable[[str | None], Lines]) -> Iterator[list[str]]:
    found = read(None)
    yield references(found)
    while found.cursor:
        found = read(found.cursor)
        yield references(found)


def test_an_empty_directory_has_one_empty_page(kept: Kept) -> None:
    assert kept.directory.newest(wanted(), 25) == Lines([], None)
    assert kept.directory.search(wanted("ada"), 25) == Lines([], None)


def test_a_line_comes_back_as_it_was_put(kept: Kept) -> None:
    bounce = Delivery(DeliveryStatus.BOUNCED, NOW, "Permanent/NoEmail", "confirmation")
    line = a_line(delivery=bounce, expires_at=NOW + timedelta(days=30))
    kept.add(line)

    assert kept.directory.newest(wanted(), 25).lines == [line]
    assert kept.directory.search(wanted("love"), 25).lines == [line]


def test_the_newest_come_first_of_both_statuses(kept: Kept) -> None:
    for n in range(9):
        status = list(Status)[n % 2]
        kept.add(a_line(f"DE--{n}", status=status, created_at=NOW + timedelta(seconds=n)))

    pages = list(every_page(lambda cursor: kept.directory.newest(wanted(), 4, cursor)))

    assert [len(page) for page in pages] == [4, 4, 1]
    assert list(chain(*pages)) == [f"DE--{n}" for n in reversed(range(9))]


def test_those_of_one_moment_are_each_listed_once(kept: Kept) -> None:
    for n in range(10):
        kept.add(a_line(f"DE--{n}"))

    pages = list(every_page(lambda cursor: kept.directory.newest(wanted(), 3, cursor)))

    assert sorted(chain(*pages)) == [f"DE--{n}" for n in range(10)]
    assert [len(page) for page in pages] == [3, 3, 3, 1]


@pytest.mark.parametrize("status", Status)
def test_a_status_has_a_list_of_its_own(kept: Kept, status: Status) -> None:
    for each in Status:
        kept.add(a_line(f"DE--{each}", status=each))

    found = kept.directory.newest(wanted(status=status), 25)

    assert references(found) == [f"DE--{status}"]


def test_an_origin_is_picked_out_page_by_page(kept: Kept) -> None:
    for n in range(30):
        origin = Origin.IMPORT if n % 3 else Origin.BACK_OFFICE
        kept.add(a_line(f"DE--{n:02}", origin=origin, created_at=NOW + timedelta(seconds=n)))

    of_staff = wanted(origin=Origin.BACK_OFFICE)
    pages = list(every_page(lambda cursor: kept.directory.newest(of_staff, 4, cursor)))

    assert list(chain(*pages)) == [f"DE--{n:02}" for n in reversed(range(0, 30, 3))]
    assert [len(page) for page in pages] == [4, 4, 2]


def test_expired_customers_are_not_listed_before_ttl_deletes_them(kept: Kept) -> None:
    kept.add(a_line("DE--late", expires_at=NOW))
    kept.add(a_line("DE--in-time", expires_at=NOW + timedelta(seconds=1)))

    assert references(kept.directory.newest(wanted(), 25)) == ["DE--in-time"]
    assert references(kept.directory.search(wanted("ada"), 25)) == ["DE--in-time"]


@pytest.mark.parametrize("text", ["ada@example.com", "ada@exa", "ADA@EXAMPLE", "ada", "Ad", "lov"])
@pytest.mark.parametrize("more", ["", " lovelace", " A", "  lo "])
def test_a_customer_is_found_by_the_beginning_of_a_term(kept: Kept, text: str, more: str) -> None:
    kept.add(a_line("DE--ada"))
    kept.add(a_line("DE--bo", email="bo@example.com", first_name="Bo", last_name="Lund"))

    assert references(kept.directory.search(wanted(text + more), 25)) == ["DE--ada"]


@pytest.mark.parametrize("text", ["da", "lace", "ada@example.org", "ada lund", "ada b", "adaa"])
def test_a_customer_is_not_found_by_anything_else(kept: Kept, text: str) -> None:
    kept.add(a_line("DE--ada"))

    assert references(kept.directory.search(wanted(text), 25)) == []


def test_a_customer_found_by_two_terms_is_found_once(kept: Kept) -> None:
    kept.add(a_line("DE--1", email="ada@example.com", first_name="Ada", last_name="Adams"))
    kept.add(a_line("DE--2", email="adam@example.com", first_name="Adam", last_name="Adamson"))

    pages = list(every_page(lambda cursor: kept.directory.search(wanted("ada"), 1, cursor)))

    assert list(chain(*pages)) == ["DE--1", "DE--2"]


def test_results_are_in_alphabetical_order(kept: Kept) -> None:
    for name in ("Marlow", "Marx", "Mara", "Marlene"):
        kept.add(a_line(f"DE--{name}", email=f"{name}@example.com", last_name=name))

    pages = list(every_page(lambda cursor: kept.directory.search(wanted("mar"), 3, cursor)))

    assert pages == [["DE--Mara", "DE--Marlene", "DE--Marlow"], ["DE--Marx"]]


@pytest.mark.parametrize(
    "what", [{"status": Status.VERIFIED}, {"origin": Origin.API}], ids=["status", "origin"]
)
def test_a_search_picks_out_a_status_or_an_origin(kept: Kept, what: dict[str, Any]) -> None:
    kept.add(a_line("DE--1"))
    kept.add(a_line("DE--2", **what))

    assert references(kept.directory.search(wanted("lovelace", **what), 25)) == ["DE--2"]


def test_hash_signs_in_addresses_and_names_do_no_harm(kept: Kept) -> None:
    kept.add(a_line("DE--1", email="#a#b@example.com", first_name="#1", last_name="Lovelace"))

    assert references(kept.directory.search(wanted("#a"), 25)) == ["DE--1"]
    assert references(kept.directory.search(wanted("#1"), 25)) == ["DE--1"]


@pytest.mark.parametrize("cursor", ["", "x", "#", "2026-11-22#DE--1", "\0", "9" * 5000])
def test_a_forged_cursor_is_refused(kept: Kept, cursor: str) -> None:
    with pytest.raises(PageUnknown):
        kept.directory.newest(wanted(), 25, cursor)
    with pytest.raises(PageUnknown):
        kept.directory.search(wanted("ada"), 25, cursor)


def test_a_cursor_of_a_search_may_be_any_text_and_is_no_failure(cloud: Cloud) -> None:
    directory = on_dynamodb(cloud).directory
    for cursor in ("ada\ud800#DE--1", "ada#" + "x" * 2000, "ada"):
        with pytest.raises(PageUnknown):
            directory.search(wanted("ada"), 25, cursor)
    assert directory.search(wanted("ada"), 25, "ada\0#\U0001f600") == Lines([], None)


def test_a_cursor_of_another_search_is_refused(kept: Kept) -> None:
    kept.add(a_line("DE--1"))
    kept.add(a_line("DE--2"))
    cursor = kept.directory.search(wanted("love"), 1).cursor

    with pytest.raises(PageUnknown):
        kept.directory.search(wanted("ada"), 1, cursor)


def test_an_address_or_a_reference_leads_to_its_customer(kept: Kept) -> None:
    line = a_line("DE--1", email="Ada@example.com")
    kept.add(line)

    assert kept.directory.with_email(EmailAddress("aDA@example.com")) == line
    assert kept.directory.with_email(EmailAddress("bo@example.com")) is None
    assert kept.directory.with_reference("DE--1") == line
    assert kept.directory.with_reference("DE--2") is None


def test_a_list_that_is_behind_shows_nothing_that_is_not_so(cloud: Cloud) -> None:
    kept = on_dynamodb(cloud)
    for n in range(3):
        kept.add(a_line(f"DE--{n}", created_at=NOW + timedelta(seconds=n)))
    key = keys.customer("DE--0")
    clients.dynamodb().delete_item(TableName=cloud.customers_table, Key=key)
    confirmed = customer_of(a_line("DE--1", status=Status.VERIFIED))
    clients.dynamodb().put_item(
        TableName=cloud.customers_table, Item=items.customer_item(confirmed)
    )

    of_any_status = kept.directory.newest(wanted(), 25)

    assert {line.reference: line.status for line in of_any_status.lines} == {
        "DE--1": Status.VERIFIED,
        "DE--2": Status.UNVERIFIED,
    }
    assert references(kept.directory.newest(wanted(status=Status.UNVERIFIED), 25)) == ["DE--2"]
    assert references(kept.directory.search(wanted("ada", status=Status.UNVERIFIED), 25)) == [
        "DE--2"
    ]


def test_times_with_and_without_fractions_are_in_order(kept: Kept) -> None:
    whole: datetime = NOW
    kept.add(a_line("DE--1", created_at=whole))
    kept.add(a_line("DE--2", created_at=whole + timedelta(microseconds=1)))

    assert references(kept.directory.newest(wanted(), 25)) == ["DE--2", "DE--1"]
