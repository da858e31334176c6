"""Staff and imports with a quiet address: told why, and staff can end the quiet."""

from datetime import timedelta

import pytest

from registration.domain.staff.members import Role
from tests.handlers.staff.test_back_office import LIST, created, staff
from tests.handlers.staff.test_back_office import NEW as ENTERED
from tests.support.clock import later
from tests.support.cloud import Answer, Call, Cloud
from tests.support.imports.files import a_file, a_row, read_report
from tests.support.imports.runs import counts, job, report
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import asked, claims, proven
from tests.support.people.quiet import (
    EMAIL,
    claim_on,
    is_quiet,
    mails_to,
    not_me_token,
    quieted,
    say_not_me,
    sign_up,
)
from tests.support.people.shoppers import text_of


def search(cloud: Cloud, cookies: dict[str, str], text: str = EMAIL) -> str:
    return text_of(cloud.get_page(f"{LIST}?q={text.replace('@', '%40')}", cookies=cookies))


def lift(cloud: Cloud, cookies: dict[str, str], email: str = EMAIL) -> Answer:
    return cloud.post_form(f"{LIST}/allow-mails", {"email": email}, cookies=cookies)


def acts(cloud: Cloud) -> list[tuple[str, str, str | None]]:
    found = cloud.items(cloud.customers_table, "audit_entry")
    own = [item for item in found if item["PK"].startswith("AUDIT#")]
    return [(item["action"], item["outcome"], item.get("customer")) for item in own]


def drop(cloud: Cloud, *rows: dict[str, str], key: str = "customer.csv") -> tuple[int, ...]:
    """Import rows; return their number, and their counts by outcome."""
    cloud.drop(key, a_file(*rows))
    cloud.drain()
    return counts(job(cloud, key))


def test_staff_who_search_for_the_address_see_why_it_is_gone(cloud: Cloud) -> None:
    quieted(cloud)
    cookies = staff(cloud)

    for text in (EMAIL, EMAIL.upper(), f"%20{EMAIL}%20"):
        assert "somebody else who signed up" in search(cloud, cookies, text)
    for text in ("sonia", "sonia@example", "other@example.com", "DE--1"):
        assert "somebody else who signed up" not in search(cloud, cookies, text)
    with later(timedelta(days=31)):
        assert "somebody else who signed up" not in search(cloud, staff(cloud))


def test_an_editor_ends_the_quiet_on_record(cloud: Cloud) -> None:
    reference = quieted(cloud)
    cookies = staff(cloud)

    answer = lift(cloud, cookies)

    assert answer.location == f"{LIST}?notice=mails-allowed"
    assert "can be mailed again" in text_of(cloud.get_page(answer.location, cookies=cookies))
    assert claim_on(cloud) is None
    assert ("allowed_mails", "done", reference) in acts(cloud)
    assert EMAIL not in str(cloud.items(cloud.customers_table, "audit_entry"))
    sign_up(cloud)
    assert mails_to(cloud) == 2


def test_a_viewer_sees_it_and_cannot_end_it(cloud: Cloud) -> None:
    quieted(cloud)
    cookies = staff(cloud, role=Role.VIEWER)

    page = cloud.get_page(f"{LIST}?q=sonia%40example.com", cookies=cookies)

    assert "somebody else who signed up" in text_of(page)
    assert "allow-mails" not in page.body
    assert lift(cloud, cookies).status == 403
    assert is_quiet(cloud)


def test_a_form_of_another_site_ends_nothing(cloud: Cloud) -> None:
    quieted(cloud)
    cookies = staff(cloud)

    answer = cloud.request(
        "POST",
        f"{LIST}/allow-mails",
        body="email=sonia%40example.com",
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "text/html"},
        cookies=cookies,
    )

    assert answer.status == 403
    assert is_quiet(cloud)


@pytest.mark.parametrize("email", ["other@example.com", "no address", "", EMAIL])
def test_no_other_claim_is_removed(cloud: Cloud, email: str) -> None:
    confirmed(cloud)
    cookies = staff(cloud)
    before = claim_on(cloud)

    assert lift(cloud, cookies, email).status == 303
    assert claim_on(cloud) == before
    assert "allowed_mails" not in str(acts(cloud))


def test_staff_cannot_enter_a_quiet_address(cloud: Cloud) -> None:
    quieted(cloud)
    cookies = staff(cloud)

    answer = cloud.post_form(f"{LIST}/new", {**ENTERED, "email": EMAIL}, cookies=cookies)

    assert answer.status == 422
    assert 'id="email-error"' in answer.body
    assert "gets no mail until" in text_of(answer)
    assert "{until}" not in answer.body
    assert cloud.customers() == []
    lift(cloud, cookies)
    created(cloud, cookies, email=EMAIL)


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_staff_cannot_correct_to_a_quiet_address(cloud: Cloud, is_confirmed: bool) -> None:
    quieted(cloud)
    cookies = staff(cloud)
    reference = confirmed(cloud, "other@example.com") if is_confirmed else created(cloud, cookies)

    path = f"{LIST}/{reference}/edit"
    answer = cloud.post_form(path, {**ENTERED, "email": EMAIL}, cookies=cookies)

    assert answer.status == 422
    assert "gets no mail until" in text_of(answer)
    assert is_quiet(cloud)


def test_german_staff_read_it_in_german(cloud: Cloud) -> None:
    quieted(cloud)
    cookies, german = staff(cloud), {"accept-language": "de"}

    page = cloud.get_page(f"{LIST}?q=sonia%40example.com", cookies=cookies, headers=german)

    assert "bleibt bis" in text_of(page)


def test_a_row_with_a_quiet_address_is_rejected_with_the_time(cloud: Cloud) -> None:
    quieted(cloud)

    rows = a_row(1), a_row(2, email=EMAIL.upper()), a_row(3)

    assert drop(cloud, *rows) == (3, 2, 0, 0, 1)
    (row,) = read_report(report(cloud, "failed.csv"))
    assert (row["line"], row["column"], row["email"]) == ("3", "email", EMAIL.upper())
    until = claim_on(cloud)
    assert until
    assert "somebody else who signed up" in row["reason"]
    assert "UTC" in row["reason"]
    assert is_quiet(cloud)
    assert mails_to(cloud) == 1


def test_the_row_is_created_when_the_quiet_has_ended(cloud: Cloud) -> None:
    quieted(cloud)

    with later(timedelta(days=31)):
        assert drop(cloud, a_row(1, email=EMAIL)) == (1, 1, 0, 0, 0)


def test_a_dry_run_says_so_too(cloud: Cloud) -> None:
    quieted(cloud)

    assert drop(cloud, a_row(1, email=EMAIL), key="dry-run/customer.csv") == (1, 0, 0, 0, 1)


def test_an_address_that_becomes_quiet_during_the_import_is_rejected(cloud: Cloud) -> None:
    acted: list[int] = []

    def on_call(call: Call) -> None:
        if call.operation == "TransactWriteItems" and "customer-2" in str(call.parameters):
            cloud.on_call = None
            sign_up(cloud, "customer-2@example.com")
            acted.append(say_not_me(cloud, not_me_token(cloud, "customer-2@example.com")).status)

    cloud.on_call = on_call

    assert drop(cloud, a_row(1), a_row(2)) == (2, 1, 0, 0, 1)
    assert acted == [200]


def test_an_imported_customer_goes_and_the_answers_keep_its_alias(cloud: Cloud) -> None:
    drop(cloud, a_row(1, email=EMAIL, customer_reference="DE--21"))
    alias = sign_up(cloud).json["data"]["id"]

    assert say_not_me(cloud, not_me_token(cloud)).status == 200
    assert cloud.customers() == []
    assert alias != "DE--21"
    assert sign_up(cloud).json["data"]["id"] == alias
    drop(cloud, a_row(1, customer_reference="DE--21"), key="again.csv")
    assert [item["reference"] for item in cloud.customers()] == ["DE--21"]
    assert is_quiet(cloud)


def test_a_link_from_before_proves_the_address_with_the_password(cloud: Cloud) -> None:
    """The owner has an account, and wanted this address for it; a stranger signed up with it."""
    who = confirmed(cloud, "owner@example.com"), bearer(sign_in(cloud, "owner@example.com"))
    link = asked(cloud, who, EMAIL)
    alias = quieted(cloud)

    answer = proven(cloud, link)

    assert answer.location == "/account?notice=email-changed", answer.body
    assert claims(cloud)[EMAIL] == who[0]
    assert not is_quiet(cloud)
    assert sign_up(cloud).json["data"]["id"] == alias
