"""The list of customers: search terms, and the state of the mail in a line."""

from datetime import timedelta
from typing import Any

import pytest

from registration.application.directory import ListCustomers, Page
from registration.domain.customers import Origin, Status
from registration.domain.directory import fold, words_of
from registration.domain.errors import PageUnknown, SearchTooShort
from registration.domain.mail.deliveries import Delivery, DeliveryStatus
from tests.fakes.directory import FakeDirectory
from tests.fakes.mail import FakeOutbox
from tests.support.factories import NOW, a_line, a_mail

COMPLAINT = Delivery(DeliveryStatus.COMPLAINED, NOW)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Müller", "muller"),
        ("MU\u0308LLER", "muller"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Łukasz", "lukasz"),
        ("Søren", "soren"),
        ("Æsop", "aesop"),
        ("İpek I\u015f\u0131k", "ipek isik"),
        ("O'Brien", "obrien"),
        ("O\u2019Brien", "obrien"),
        ("D\u00b4Angelo", "dangelo"),
        ("Ελένη", "ελενη"),
        ("Юлия", "юлия"),
        ("ﬁona", "fiona"),
        ("李小龍", "李小龍"),
        ("\u0646\u06cc\u200c\u0646\u0627", "\u0646\u06cc\u0646\u0627"),
        ("Ada\ud800", "ada"),
        ("ada+shop@example.com", "ada+shop@example.com"),
    ],
)
def test_a_word_is_folded_for_the_search(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_folding_twice_is_folding_once() -> None:
    for text in ("Müller", "İpek", "ΌΣΟΣ", "\ufdfa", "ẞ", "Ǆ"):
        assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("names", "terms"),
    [
        ({}, ("ada@example.com", "lovelace", "ada")),
        ({"last_name": "Ada"}, ("ada@example.com", "ada")),
        ({"first_name": "Ada Augusta"}, ("ada@example.com", "lovelace", "ada", "augusta")),
        ({"last_name": "King-Noel"}, ("ada@example.com", "king-noel", "noel", "ada")),
        ({"last_name": "von der Heide"}, ("ada@example.com", "von", "der", "heide", "ada")),
        ({"first_name": "A", "last_name": "-"}, ("ada@example.com",)),
        ({"email": "AdA@Example.com"}, ("ada@Example.com".lower(), "lovelace", "ada")),
    ],
)
def test_a_customer_has_terms(names: dict[str, Any], terms: tuple[str, ...]) -> None:
    assert a_line(**names).terms == terms


def test_a_customer_has_eight_terms_at_the_most_and_each_is_bounded() -> None:
    line = a_line(first_name=" ".join(f"name{n}" for n in range(20)), last_name="\ufdfa" * 100)

    assert len(line.terms) == 8
    assert line.terms[0] == "ada@example.com"
    assert max(map(len, line.terms)) == 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ada  Lovelace b", ("lovelace", "ada", "b")),
        ("a ada Lovelace", ("lovelace", "ada")),
        ("ada ADA Adam", ("adam",)),
        ("ada '", ("ada",)),
    ],
)
def test_the_longest_word_finds_and_others_that_do_not_begin_it_pick_out(
    text: str, words: tuple[str, ...]
) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("text", ["", " ", "a", "ä", "a b c", "'", "\u0308\u0308"])
def test_one_character_is_too_little_to_search_for(text: str) -> None:
    with pytest.raises(SearchTooShort):
        words_of(text)


def test_a_text_of_many_words_and_of_many_characters_is_bounded() -> None:
    words = words_of(" ".join(f"word{n}" for n in range(500)) + " " + "x" * 5000)

    assert len(words) == 8
    assert max(map(len, words)) == 100


# The use case


def list_customers(directory: FakeDirectory, outbox: FakeOutbox | None = None) -> ListCustomers:
    return ListCustomers(directory, outbox or FakeOutbox(), lambda: NOW)


def references(page: Page) -> list[str]:
    return [row.customer.reference for row in page.rows]


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()


def test_pages_follow_one_another(directory: FakeDirectory) -> None:
    for n in range(30):
        directory.add(a_line(f"DE--{n:02}", created_at=NOW + timedelta(seconds=n)))

    first = list_customers(directory).newest()
    second = list_customers(directory).newest(cursor=first.cursor)

    assert references(first)[:2] == ["DE--29", "DE--28"]
    assert [len(first.rows), len(second.rows)] == [25, 5]
    assert second.cursor is None


def test_a_page_is_picked_out_by_status_and_origin(directory: FakeDirectory) -> None:
    for status in Status:
        for origin in Origin:
            directory.add(a_line(f"DE--{status}-{origin}", status=status, origin=origin))

    page = list_customers(directory).newest(Status.VERIFIED, Origin.IMPORT)

    assert references(page) == ["DE--verified-import"]


@pytest.mark.parametrize("text", ["ada@example.com", " ADA@Example.com ", "DE--1"])
def test_a_customer_not_in_the_directory_yet_is_found_by_the_exact_address_or_reference(
    directory: FakeDirectory, text: str
) -> None:
    directory.add(a_line("DE--1"))
    directory.search = lambda *_: type(directory)().search(*_)  # type: ignore[method-assign]

    assert references(list_customers(directory).search(text)) == ["DE--1"]


def test_the_exact_address_comes_first_and_once(directory: FakeDirectory) -> None:
    directory.add(a_line("DE--1", email="ada@example.co"))
    directory.add(a_line("DE--2", email="ada@example.com"))

    assert references(list_customers(directory).search("ada@example.co")) == ["DE--1", "DE--2"]


@pytest.mark.parametrize("text", ["ada@example.com", "DE--1"])
def test_the_exact_customer_is_omitted_if_another_status_is_wanted(
    directory: FakeDirectory, text: str
) -> None:
    directory.add(a_line("DE--1"))

    assert references(list_customers(directory).search(text, Status.VERIFIED)) == []


@pytest.mark.parametrize("text", ["ada@example.com", "DE--1"])
def test_the_exact_customer_who_has_expired_is_not_found(
    directory: FakeDirectory, text: str
) -> None:
    directory.add(a_line("DE--1", expires_at=NOW))

    assert references(list_customers(directory).search(text)) == []


@pytest.mark.parametrize("text", ["ada@exa mple.com", "ada@", "@example.com", "ädä@example.com"])
def test_an_invalid_address_finds_nobody_and_is_no_error(
    directory: FakeDirectory, text: str
) -> None:
    assert list_customers(directory).search(text) == Page((), None)


def test_errors_reach_the_client(directory: FakeDirectory) -> None:
    with pytest.raises(SearchTooShort):
        list_customers(directory).search("a")
    with pytest.raises(PageUnknown):
        list_customers(directory).search("ada", cursor="made up")
    with pytest.raises(PageUnknown):
        list_customers(directory).newest(cursor="made up")


@pytest.mark.parametrize(
    ("line", "mail"),
    [
        ({}, "sent"),
        *(({"delivery": Delivery(status, NOW)}, status.value) for status in DeliveryStatus),
        ({"status": Status.VERIFIED}, None),
        ({"status": Status.VERIFIED, "delivery": COMPLAINT}, "complained"),
    ],
)
def test_a_row_shows_the_state_of_the_mail(
    directory: FakeDirectory, line: dict[str, Any], mail: str | None
) -> None:
    directory.add(a_line("DE--1", **line))

    (row,) = list_customers(directory).newest().rows

    assert (row.mail, row.reason) == (mail, None)


def test_a_row_says_more_of_a_mail_that_came_back(directory: FakeDirectory) -> None:
    bounce = Delivery(DeliveryStatus.BOUNCED, NOW, "Permanent/NoEmail")
    directory.add(a_line("DE--1", delivery=bounce))

    (row,) = list_customers(directory).newest().rows

    assert (row.mail, row.reason) == ("bounced", "Permanent/NoEmail")


@pytest.mark.parametrize("delivery", [None, COMPLAINT])
def test_a_mail_that_is_under_way_is_newer_than_any_news(
    directory: FakeDirectory, delivery: Delivery | None
) -> None:
    directory.add(a_line("DE--1", mail_id="waits", delivery=delivery))
    directory.add(a_line("DE--2", mail_id="parked", delivery=delivery))
    outbox = FakeOutbox({each: a_mail(mail_id=each) for each in ("waits", "parked")})
    outbox.park("parked", "MessageRejected")

    rows = list_customers(directory, outbox).newest().rows

    assert {row.customer.reference: (row.mail, row.reason) for row in rows} == {
        "DE--1": ("waiting", None),
        "DE--2": ("parked", "MessageRejected"),
    }
