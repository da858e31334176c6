"""Signing up with the form, as a person does in a browser."""

import pytest
from playwright.sync_api import expect

from local.cloud import Cloud
from tests.browser.people import (
    ALMOST_THERE,
    VALIDATED,
    WELCOME,
    Person,
    fill_in_sign_up,
    follow_link,
    link_in,
    mail_to,
    sign_up,
)
from tests.browser.stage import Stage
from tests.browser.visitors import PHONE, Visitors

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
NEW_PASSWORD = "quiet lantern meadow"


@BOTH
def test_another_browser_asks_for_the_password_and_confirms_by_it(
    visit: Visitors, cloud: Cloud, stage: Stage, scripts: bool
) -> None:
    person = stage.sign_up(Person.new())
    elsewhere = visit(scripts=scripts, width=PHONE)

    asked = follow_link(elsewhere, cloud, person.email)
    assert not stage.is_verified(person)
    asked.get_by_label("Your password", exact=True).fill(person.password)
    asked.get_by_role("button", name="Confirm", exact=True).click()

    expect(asked.get_by_text(WELCOME)).to_be_visible()
    assert stage.is_verified(person)


def test_another_browser_takes_a_new_password_too(
    visit: Visitors, cloud: Cloud, stage: Stage
) -> None:
    person = stage.sign_up(Person.new())

    asked = follow_link(visit(), cloud, person.email)
    asked.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    asked.get_by_label("Repeat new password", exact=True).fill(NEW_PASSWORD)
    asked.get_by_role("checkbox").check()
    asked.get_by_role("button", name="Save password and confirm").click()

    expect(asked.get_by_text(WELCOME)).to_be_visible()
    assert stage.is_verified(Person(email=person.email, password=NEW_PASSWORD))


def test_a_wrong_password_confirms_nothing_and_says_so(
    visit: Visitors, cloud: Cloud, stage: Stage
) -> None:
    person = stage.sign_up(Person.new())

    asked = follow_link(visit(), cloud, person.email)
    asked.get_by_label("Your password", exact=True).fill("not the right one")
    asked.get_by_role("button", name="Confirm", exact=True).click()

    expect(asked.get_by_role("alert")).to_contain_text("This is not the right password.")
    expect(asked.get_by_label("Your password", exact=True)).to_be_focused()
    assert not stage.is_verified(person)


@BOTH
def test_mistakes_are_shown_and_the_input_stays(
    visit: Visitors, cloud: Cloud, scripts: bool
) -> None:
    page, person = visit(scripts=scripts), Person.new()

    page.goto("/register")
    fill_in_sign_up(page, person)
    page.get_by_label("Repeat password", exact=True).fill("something else entirely")
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("alert")).to_contain_text("The passwords are not the same.")
    expect(page.get_by_label("First name", exact=True)).to_have_value(person.first_name)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_label("Repeat password", exact=True).fill(person.password)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(ALMOST_THERE)).to_be_visible()
    assert link_in(mail_to(cloud, person.email))


def test_a_new_link_can_be_had_and_replaces_the_first(visit: Visitors, cloud: Cloud) -> None:
    page, person = visit(), Person.new()
    sign_up(page, person)
    first = link_in(mail_to(cloud, person.email))

    page.goto("/login")
    page.get_by_role("link", name="Send a new link").click()
    page.get_by_label("Email address", exact=True).fill(person.email)
    page.get_by_role("button", name="Send new link").click()
    expect(page.get_by_text("a mail to it is on its way")).to_be_visible()
    confirmed = follow_link(page, cloud, person.email, count=2)

    expect(confirmed.get_by_text(VALIDATED)).to_be_visible()
    page.goto(first)
    expect(page.get_by_role("heading", name="There is a newer link")).not_to_be_visible()
    expect(page.get_by_text("Your email address was already confirmed.")).to_be_visible()
