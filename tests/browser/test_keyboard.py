"""Everything works without a mouse, and the focus is always visible."""

from playwright.sync_api import expect

from local.cloud import Cloud
from tests.browser.keyboard import Keyboard
from tests.browser.people import ALMOST_THERE, WELCOME, Person, link_in, mail_to
from tests.browser.visitors import DESKTOP, NARROW, Visitors


def test_signing_up_on_a_narrow_screen_and_confirming_on_a_wide_one(
    visit: Visitors, cloud: Cloud
) -> None:
    page, person = visit(width=NARROW), Person.new()
    keyboard = Keyboard(page)

    page.goto("/register")
    keyboard.type("Salutation", person.salutation)
    keyboard.type("Gender", person.gender)
    keyboard.type("First name", person.first_name)
    keyboard.type("Last name", person.last_name)
    keyboard.type("Email address", person.email)
    keyboard.type("Password", person.password)
    keyboard.type("Repeat password", person.password)
    keyboard.press("I accept the terms and conditions.", "Space")
    keyboard.press("Create account")
    expect(page.get_by_text(ALMOST_THERE)).to_be_visible()

    elsewhere = visit(width=DESKTOP)
    elsewhere.goto(link_in(mail_to(cloud, person.email)))
    keyboard = Keyboard(elsewhere)
    keyboard.type("Your password", person.password)
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.get_by_text(WELCOME)).to_be_visible()


def test_the_first_key_skips_to_the_content(visit: Visitors) -> None:
    page = visit()
    keyboard = Keyboard(page)

    page.goto("/login")
    assert keyboard.step()["text"] == "Skip to the content"
    page.keyboard.press("Enter")
    focused = keyboard.step()

    assert page.locator(f"main #{focused['id']}").count() == 1


def test_from_the_list_of_mistakes_to_the_field(visit: Visitors) -> None:
    page = visit()
    keyboard = Keyboard(page)

    page.goto("/register")
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    keyboard.press("Create account")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Salutation", exact=True)).to_be_focused()
    page.get_by_role("heading", level=1).click()
    keyboard.press("Please enter your last name.")

    expect(page.get_by_label("Last name", exact=True)).to_be_focused()
    described = page.get_by_label("Last name", exact=True).get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_have_text("Please enter your last name.")
