"""A shop's own fields on pages, without the service around them."""

import re
from dataclasses import replace

import pytest

from registration.domain.customers import Evidence, GivenConsent
from registration.domain.fields.own import Agreement, OwnValue, as_text
from registration.entrypoints.back_office.pages import BackOfficeWriter, customer_form
from registration.entrypoints.rendering.own_fields import in_words
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import ShopError
from tests.support.every_page import Outline, confirm_page, inside, profile_page, register_page
from tests.support.every_page import visit as outside
from tests.support.factories import NOW, a_customer, a_verified_customer
from tests.support.people.staff import a_member
from tests.support.shops import OpenShop

ENGLISH = "en_US"
GIVEN = GivenConsent(Agreement("newsletter", "1", "Yes"), Evidence(NOW))
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def forms() -> list[str]:
    """Return the pages that ask what a shop asks."""
    back_office = BackOfficeWriter("Hawthorn & Finch", ENGLISH)
    form = customer_form(ENGLISH, a_verified_customer())
    return [
        register_page(outside(ENGLISH), {"from": "checkout", "again": "1"}),
        confirm_page(outside(ENGLISH), token="t", has_password=True, asks_terms=True),
        profile_page(inside(ENGLISH), a_verified_customer()),
        back_office.page("form", inside(ENGLISH), member=a_member(), **form),
    ]


def parts() -> list[str]:
    """Return what the pages call their parts and what they send, and what their addresses say."""
    pages = [Outline(page) for page in forms()]
    named = {tag.get("id") or "" for page in pages for _, tag in page.tags}
    named |= {tag.get("name") or "" for page in pages for tag in page.all("input", "select")}
    return sorted({"csrf_token", "notice", "suggested", *filter(NAME.fullmatch, named)})


def test_no_own_field_has_the_name_of_another_part_of_a_page(open_shop: OpenShop) -> None:
    found = parts()
    assert {"content", "email", "way", "from", "locale"} <= set(found)

    for name in found:
        open_shop({"fields.toml": f'[own.{name}]\ntype = "text"\nlabel = "X"\n'})
        with pytest.raises(ShopError, match="this name is taken"):
            customer_fields()


def test_a_consent_counts_once_the_address_is_confirmed_and_until_it_is_withdrawn() -> None:
    ended = replace(GIVEN, withdrawn=Evidence(NOW))

    assert a_customer(consents=(GIVEN,)).active_consents == ()
    assert a_verified_customer(consents=(ended,)).active_consents == ()
    assert a_verified_customer(consents=(ended, GIVEN)).active_consents == (GIVEN,)


def test_a_field_alone_in_its_row_is_asked_without_the_other(open_shop: OpenShop) -> None:
    open_shop({"fields.toml": '[gender]\nask = "no"\n[date_of_birth]\nask = "no"\n'})

    for page in forms():
        assert 'name="gender"' not in page
        assert 'name="date_of_birth"' not in page
        assert 'name="salutation"' in page


def test_a_shop_that_asks_for_a_name_only_has_no_empty_rows(open_shop: OpenShop) -> None:
    nothing = ("salutation", "gender", "date_of_birth", "phone", "company")
    open_shop({"fields.toml": "".join(f'[{name}]\nask = "no"\n' for name in nothing)})

    assert [page.count('class="pair"') for page in forms()] == [1, 2, 2, 2]


CHOICE = 'type = "choice"\noptions = {s = "Small"}'


@pytest.mark.parametrize(
    "kind", ['type = "text"\nlongest = 1', 'type = "date"', 'type = "number"', CHOICE]
)
@pytest.mark.parametrize(
    ("kept", "said"),
    [("some day", "some day"), ("2026-02-30", "2026-02-30"), (7, "7"), (True, "Yes"), (0, "0")],
)
def test_what_was_kept_before_a_field_changed_is_told_as_it_is(
    open_shop: OpenShop, kind: str, kept: OwnValue, said: str
) -> None:
    open_shop({"fields.toml": f'[own.party]\n{kind}\nlabel = "Party"\n'})

    assert in_words(ENGLISH, "party", kept) == said


@pytest.mark.parametrize(
    ("number", "typed", "german"),
    [
        (0.00001, "0.00001", "0,00001"),
        (0.000001, "0.000001", "0,000001"),
        (-0.00012, "-0.00012", "-0,00012"),
        (1.5, "1.5", "1,5"),
        (1234567.25, "1234567.25", "1.234.567,25"),
        (100, "100", "100"),
        (0, "0", "0"),
        (999999999999.5, "999999999999.5", "999.999.999.999,5"),
    ],
)
def test_a_number_is_typed_again_as_it_was_and_told_as_in_the_pages_language(
    open_shop: OpenShop, number: OwnValue, typed: str, german: str
) -> None:
    open_shop({"fields.toml": '[own.share]\ntype = "number"\nlabel = "Share"\n'})
    share = customer_fields().named["share"]

    assert as_text(number) == typed
    assert share.value_of(typed) == number
    assert in_words("de_DE", "share", number) == german


def test_a_number_is_written_out_in_what_is_wrong_with_another(open_shop: OpenShop) -> None:
    open_shop({"fields.toml": '[own.share]\ntype = "number"\nlabel = "Share"\nleast = 0.00001\n'})
    rule = customer_fields().named["share"].rule(required=False)

    flaw = rule.flaw_of(0, NOW.date())

    assert flaw
    assert flaw.limit == "0.00001"


def test_a_number_of_a_field_that_the_shop_asks_no_more_is_written_out() -> None:
    assert in_words(ENGLISH, "former", 0.00001) == "0.00001"


@pytest.mark.parametrize(
    ("bounds", "day", "limit"),
    [
        ("", "0001-01-01", "1900-01-01"),
        ('latest = "today"\n', "1899-12-31", "1900-01-01"),
        ("", "1900-01-01", None),
        ("earliest = 1492-10-12\n", "1492-10-12", None),
        ("earliest = 1492-10-12\n", "1492-10-11", "1492-10-12"),
    ],
)
def test_a_date_is_of_1900_or_later_unless_the_shop_says_another(
    open_shop: OpenShop, bounds: str, day: str, limit: str | None
) -> None:
    open_shop({"fields.toml": f'[own.day]\ntype = "date"\nlabel = "Day"\n{bounds}'})

    flaw = customer_fields().named["day"].rule(required=False).flaw_of(day, NOW.date())

    assert (flaw and flaw.limit) == limit


def test_a_latest_date_before_1900_needs_an_earliest(open_shop: OpenShop) -> None:
    open_shop({"fields.toml": '[own.d]\ntype = "date"\nlabel = "D"\nlatest = 1850-01-01\n'})

    with pytest.raises(ShopError, match="earliest is after latest: it is 1900-01-01 unless"):
        customer_fields()
