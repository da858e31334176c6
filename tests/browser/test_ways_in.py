"""The five channels of registration, each from the first click to the customer's account."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local.cloud import Cloud
from tests.browser.people import (
    ALMOST_THERE,
    VALIDATED,
    Person,
    fill_in_sign_up,
    follow_link,
    log_in,
    wait_for,
)
from tests.browser.places import CUSTOMERS, as_member, at
from tests.browser.stage import Stage, file_of
from tests.browser.visitors import Visitors

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
# The list of customers is eventually consistent.
SOON = 20_000


def expect_account(page: Page, person: Person) -> None:
    """Check that the page shows a person's own account."""
    expect(page.get_by_role("heading", name=f"Hello, {person.first_name}")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(person.email)
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()


def choose_password(page: Page, person: Person) -> None:
    """Choose the first password on the page of the mail's link."""
    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
    page.get_by_label("New password", exact=True).fill(person.password)
    page.get_by_label("Repeat new password", exact=True).fill(person.password)
    page.get_by_label("I accept the terms and conditions.").check()
    page.get_by_role("button", name="Save password and confirm").click()


def expect_listed(office: Page, person: Person, status: str) -> None:
    """Search for a person until the list, which follows within seconds, shows the status."""
    row = office.get_by_role("row").filter(has_text=person.email)

    def is_listed() -> bool:
        office.goto(CUSTOMERS)
        office.get_by_label("Email or name").fill(person.email)
        office.get_by_role("button", name="Search").click()
        return row.get_by_text(status, exact=True).count() == 1

    assert wait_for(is_listed), office.get_by_role("main").inner_text()


@BOTH
def test_by_the_form(visit: Visitors, cloud: Cloud, stage: Stage, scripts: bool) -> None:
    page, person = visit(scripts=scripts), Person.new()

    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="Register").click()
    fill_in_sign_up(page, person)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(ALMOST_THERE)).to_be_visible()
    assert not stage.is_verified(person)
    confirmed = follow_link(page, cloud, person.email)
    expect(confirmed.get_by_text(VALIDATED)).to_be_visible()
    assert confirmed.url.startswith(f"{cloud.url}/login")
    assert stage.is_verified(person)
    again = follow_link(page, cloud, person.email)
    expect(again.get_by_text("Your email address was already confirmed.")).to_be_visible()
    log_in(again, person)

    expect_account(again, person)


def fill_a_cart(page: Page) -> str:
    """Add two articles to a guest's cart; return its id."""
    page.goto("/")
    for article in ("Earl Grey", "Stoneware mug"):
        page.get_by_role("listitem").filter(has_text=article).get_by_role("button").click()
        expect(page.get_by_text("It is in your cart.")).to_be_visible()
        page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="Cart").click()
    return page.locator("input[name=cart]").first.input_value()


def sign_up_from_checkout(page: Page, person: Person) -> None:
    """Go from the cart to the checkout, and sign up at its login step."""
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("main").get_by_role("link", name="Create account").click()
    fill_in_sign_up(page, person)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(ALMOST_THERE)).to_be_visible()


def expect_cart(page: Page, cart_id: str) -> None:
    """Check that the account has the guest's cart, with the same id and items."""
    page.goto("/account/carts")
    cart = page.get_by_role("main").get_by_role("listitem").filter(has_text="2 items")
    cart.get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"/account/carts/{re.escape(cart_id)}$"))
    expect(page.get_by_role("main")).to_contain_text("Earl Grey")
    expect(page.get_by_role("main")).to_contain_text("Stoneware mug")


def test_from_the_checkout_without_scripts(visit: Visitors, cloud: Cloud) -> None:
    page, person = visit(scripts=False), Person.new()

    cart_id = fill_a_cart(page)
    sign_up_from_checkout(page, person)
    confirmed = follow_link(page, cloud, person.email)
    expect(confirmed.get_by_text(VALIDATED)).to_be_visible()
    log_in(confirmed, person)

    expect(confirmed.get_by_role("heading", name="Delivery and payment")).to_be_visible()
    expect(confirmed.get_by_role("main")).to_contain_text(person.email)
    expect_cart(confirmed, cart_id)
    confirmed.goto("/account")
    expect_account(confirmed, person)


def test_through_the_back_office_without_scripts(
    visit: Visitors, cloud: Cloud, stage: Stage
) -> None:
    office, person = visit(scripts=False), Person.new("Emily")

    as_member(at(CUSTOMERS))(office, stage)
    office.get_by_role("link", name="New customer").click()
    office.get_by_label("Email address", exact=True).fill(person.email)
    office.get_by_label("Salutation", exact=True).select_option(label=person.salutation)
    office.get_by_label("Gender", exact=True).select_option(label=person.gender)
    office.get_by_label("First name", exact=True).fill(person.first_name)
    office.get_by_label("Last name", exact=True).fill(person.last_name)
    office.get_by_role("button", name="Create customer and send mail").click()
    expect(office.get_by_role("status")).to_contain_text("the mail with the link is on its way")
    expect_listed(office, person, "Unverified")
    chosen = follow_link(visit(scripts=False), cloud, person.email)
    choose_password(chosen, person)

    expect_account(chosen, person)
    expect_listed(office, person, "Verified")


def test_by_the_api(visit: Visitors, cloud: Cloud, stage: Stage) -> None:
    person = stage.sign_up(Person.new())

    page = follow_link(visit(), cloud, person.email)
    page.get_by_label("Your password", exact=True).fill(person.password)
    page.get_by_role("button", name="Confirm", exact=True).click()

    expect_account(page, person)


def test_by_the_api_and_confirmed_by_it(visit: Visitors, stage: Stage) -> None:
    person, page = stage.customer, visit()

    page.goto("/login")
    log_in(page, person)

    expect_account(page, person)


@BOTH
def test_by_a_file(
    visit: Visitors, cloud: Cloud, stage: Stage, scripts: bool, tmp_path: Path
) -> None:
    office, person = visit(scripts=scripts), Person.new("Noah")
    file = tmp_path / "customers.csv"
    file.write_text(file_of(person, Person("Nobody", email="no address")), "utf-8")

    as_member(at("/back-office/imports"))(office, stage)
    office.get_by_role("button", name="Upload a file").click()
    office.get_by_label("CSV file").set_input_files(file)
    office.get_by_role("button", name="Upload and import").click()
    expect(office.get_by_role("heading", name="customers.csv")).to_be_visible(timeout=SOON)
    expect(office.get_by_role("link", name="Download")).to_be_visible(timeout=SOON)
    expect(office.get_by_role("main")).to_contain_text("email")
    chosen = follow_link(visit(scripts=scripts), cloud, person.email)
    choose_password(chosen, person)

    expect_account(chosen, person)
    expect_listed(office, person, "Verified")


def test_staff_are_invited_by_mail_and_see_the_customers(
    visit: Visitors, cloud: Cloud, stage: Stage
) -> None:
    member = Person.new("Grace")

    stage.invite(member)
    office = follow_link(visit(), cloud, member.email)
    office.get_by_label("New password", exact=True).fill(member.password)
    office.get_by_label("Repeat new password", exact=True).fill(member.password)
    office.get_by_role("button", name="Save password and log in").click()
    expect(office.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    office.locator("summary").filter(has_text=member.first_name).click()
    office.get_by_role("button", name="Log out", exact=True).click()
    expect(office.get_by_role("heading", name="Log in to the Back Office")).to_be_visible()
    log_in(office, member)

    expect(office.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
