"""A page of the directory in a few calls, however many customers there are."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.directory.directory import DynamoDBDirectory
from registration.application.directory import Lines
from registration.domain.customers import Origin, Status
from registration.domain.directory import Wanted, words_of
from tests.fakes.mail import FakeOutbox
from tests.support.directory.large_shops import Kind, LargeShop
from tests.support.factories import NOW

SIZES = [0, 10_000, 1_000_000]
PAGE = 25
# Of twelve: the session is read before, and the mails of a search after it.
MOST_CALLS = 10

RARE = {
    1: Kind(Status.VERIFIED, Origin.BACK_OFFICE),
    2: Kind(Status.UNVERIFIED, Origin.BACK_OFFICE),
    3: Kind(Status.VERIFIED, Origin.API),
    4: Kind(Status.UNVERIFIED, Origin.IMPORT),
}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    def open_shop(shop: LargeShop) -> DynamoDBDirectory:
        monkeypatch.setattr(clients, "dynamodb", lambda: shop)
        return DynamoDBDirectory("customers", FakeOutbox())

    return open_shop


def search(text: str, **what: Any) -> Wanted:
    return Wanted(NOW, words=words_of(text), **what)


def every_page(directory: DynamoDBDirectory, wanted: Wanted) -> Iterator[Lines]:
    read = directory.search if wanted.words else directory.newest
    page = read(wanted, PAGE)
    yield page
    while page.cursor:
        page = read(wanted, PAGE, page.cursor)
        yield page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("status", "origin"), list(product([None, *Status], [None, *Origin])), ids=str
)
def test_a_page_of_each_status_and_origin_is_full(
    opened: Any, size: int, status: Status | None, origin: Origin | None
) -> None:
    shop = LargeShop(size, every=10_000, kinds=RARE)
    like = {"status": status, "origin": origin}
    there = len(shop.numbers(**{name: value for name, value in like.items() if value}))

    page = opened(shop).newest(Wanted(NOW, status, origin), PAGE)

    assert len(page.lines) == min(there, PAGE)
    assert (page.cursor is not None) == (there > PAGE)
    assert len(shop.calls) <= 6


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("every", "pairs", "schmidts", "marias"),
    [
        (50, [0], [1], [2]),  # as frequent alone as with the other
        (100, [0], range(1, 10), range(10, 20)),  # a tenth of them
        (20_000, [0], range(1, 2000), range(2000, 2002)),  # a frequent and a rare one
        (20_000, [0], range(1, 3), range(3, 2000)),  # a rare and a frequent one
        (20_000, [0], range(1, 980), range(980, 2000)),  # hardly ever one with the other
        (1, [0], [], []),  # all of them
        (2, [], [0], [1]),  # nobody, though all have one of them
    ],
)
def test_a_page_of_two_words_is_full(
    opened: Any, size: int, every: int, pairs: Any, schmidts: Any, marias: Any
) -> None:
    kinds = dict.fromkeys(pairs, Kind(last_name="Schmidt", first_name="Maria"))
    kinds |= dict.fromkeys(schmidts, Kind(last_name="Schmidt"))
    kinds |= dict.fromkeys(marias, Kind(first_name="Maria"))
    shop = LargeShop(size, every, kinds)
    there = len(shop.numbers(last_name="Schmidt", first_name="Maria"))

    page = opened(shop).search(search("maria schmidt"), PAGE)

    assert len(page.lines) == min(there, PAGE)
    assert len(shop.calls) <= MOST_CALLS


def test_each_customer_of_two_words_is_on_one_page(opened: Any) -> None:
    kinds = {n: Kind(last_name="Schmidt") for n in range(50)}
    kinds |= {n: Kind(last_name="Schmidt", first_name="Maria") for n in (7, 31, 99)}
    shop = LargeShop(10_000, every=100, kinds=kinds)

    pages = list(every_page(opened(shop), search("schm mari")))

    found = [line.reference for page in pages for line in page.lines]
    pairs = shop.numbers(last_name="Schmidt", first_name="Maria")
    assert found == [f"DE--{number:09}" for number in pairs]
    assert [len(page.lines) for page in pages] == [PAGE] * 12


def test_a_search_beyond_the_bound_goes_on_and_loses_nobody(opened: Any) -> None:
    """Half are Schmidt, half Maria, ten are both: one in 10,000 Schmidts."""
    kinds = {0: Kind(last_name="Schmidt", first_name="Maria")}
    kinds |= {n: Kind(last_name="Schmidt") for n in range(1, 10_000)}
    shop = LargeShop(200_000, every=20_000, kinds=kinds, usual=Kind(first_name="Maria"))
    directory = opened(shop)

    pages, calls = [], []
    for page in every_page(directory, search("schmidt maria")):
        pages.append(page)
        calls.append(len(shop.calls))
        shop.calls.clear()

    assert sum(len(page.lines) for page in pages) == 10
    assert max(calls) <= MOST_CALLS
    assert [bool(page.lines) for page in pages] == [True, True]


@pytest.mark.parametrize("size", SIZES)
def test_a_search_for_a_status_reads_on_in_the_customers(opened: Any, size: int) -> None:
    kinds = {n: Kind(Status.UNVERIFIED, last_name="Schmidt") for n in range(0, 1000, 20)}
    shop = LargeShop(size, every=1000, kinds=kinds, usual=Kind(last_name="Schmidt"))

    page = opened(shop).search(search("schmidt", status=Status.UNVERIFIED), PAGE)

    assert len(page.lines) == min(size, PAGE)
    assert len(shop.calls) <= MOST_CALLS


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("origin", [Origin.BACK_OFFICE, Origin.FORM])
def test_a_search_for_an_origin_is_full(opened: Any, size: int, origin: Origin) -> None:
    """One in a hundred is Schmidt, a thousandth of them entered by staff."""
    kinds = {n: Kind(last_name="Schmidt") for n in range(0, 100_000, 100)}
    kinds[0] = Kind(Status.VERIFIED, Origin.BACK_OFFICE, "Schmidt")
    shop = LargeShop(size, every=100_000, kinds=kinds)
    there = len(shop.numbers(last_name="Schmidt", origin=origin))

    page = opened(shop).search(search("schmi", origin=origin), PAGE)

    assert len(page.lines) == min(there, PAGE)
    assert len(shop.calls) <= MOST_CALLS


def test_customers_who_are_gone_leave_no_page_empty(opened: Any) -> None:
    """The newest and the oldest hundred have entries, but were removed a moment ago."""
    shop = LargeShop(10_000, gone={*range(100), *range(9_900, 10_000)})

    for wanted in (Wanted(NOW), search("lovelace")):
        shop.calls.clear()
        page = next(every_page(opened(shop), wanted))

        assert len(page.lines) == PAGE
        assert len(shop.calls) <= MOST_CALLS
