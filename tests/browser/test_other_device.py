"""Signing up at a desk, and reading the mail on a phone."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from local.cloud import Cloud
from tests.browser.axe import assert_accessible
from tests.browser.keyboard import Keyboard
from tests.browser.people import (
    VALIDATED,
    Person,
    fill_in_sign_up,
    link_in,
    log_in,
    mail_to,
    sign_up,
)
from tests.browser.stage import Stage
from tests.browser.test_ways_in import (
    expect_account,
    expect_cart,
    fill_a_cart,
    sign_up_from_checkout,
)
from tests.browser.visitors import NARROW, PHONE, Visitors

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
# The page asks after three seconds for the first time.
SOON = 30_000


def code_in(mail: dict[str, str]) -> str:
    """Return the code in a mail, grouped as it stands there."""
    found = re.search(r"\b\d{4} \d{4}\b", mail["text"])
    assert found
    assert found[0] in mail["html"]
    return found[0]


def confirm_on(phone: Page, cloud: Cloud, person: Person) -> None:
    """Open the link of the mail, and confirm with the password."""
    phone.goto(link_in(mail_to(cloud, person.email)))
    phone.get_by_label("Your password", exact=True).fill(person.password)
    phone.get_by_role("button", name="Confirm", exact=True).click()
    expect(phone.get_by_role("heading", name=f"Hello, {person.first_name}")).to_be_visible()


@BOTH
def test_the_code_of_another_mail_leads_to_the_login_page(
    visit: Visitors, cloud: Cloud, scripts: bool
) -> None:
    desk, person = visit(scripts=scripts), Person.new()
    sign_up(desk, person)
    expect(desk.get_by_role("main")).to_contain_text(person.email)
    mail_to(cloud, person.email)

    desk.get_by_role("button", name="Send the email again").click()
    expect(desk.get_by_role("status")).to_contain_text("A new email is on its way.")
    code = code_in(mail_to(cloud, person.email, count=2))
    desk.get_by_label("Code from the email", exact=True).fill(code)
    desk.get_by_role("button", name="Confirm", exact=True).click()

    expect(desk.get_by_text(VALIDATED)).to_be_visible()
    log_in(desk, person)
    expect(desk.get_by_role("heading", name=f"Hello, {person.first_name}")).to_be_visible()


def test_the_desk_goes_on_once_the_phone_has_confirmed(visit: Visitors, cloud: Cloud) -> None:
    desk, person = visit(), Person.new()
    sign_up(desk, person)

    confirm_on(visit(width=PHONE), cloud, person)

    expect(desk.get_by_text(VALIDATED)).to_be_visible(timeout=SOON)
    log_in(desk, person)
    expect(desk.get_by_role("heading", name=f"Hello, {person.first_name}")).to_be_visible()


def test_the_checkout_goes_on_with_the_cart_without_scripts(visit: Visitors, cloud: Cloud) -> None:
    desk, phone, person = visit(scripts=False), visit(width=PHONE), Person.new()
    cart_id = fill_a_cart(desk)
    sign_up_from_checkout(desk, person)

    confirm_on(phone, cloud, person)
    expect_account(phone, person)
    expect_cart(phone, cart_id)

    desk.get_by_role("link", name="I have confirmed").click()
    expect(desk.get_by_text(VALIDATED)).to_be_visible()
    log_in(desk, person)
    expect(desk.get_by_role("heading", name="Delivery and payment")).to_be_visible()
    expect_cart(desk, cart_id)


def test_the_code_leads_on_to_the_checkout(visit: Visitors, cloud: Cloud) -> None:
    desk, person = visit(), Person.new()
    cart_id = fill_a_cart(desk)
    sign_up_from_checkout(desk, person)

    desk.get_by_label("Code from the email", exact=True).fill(code_in(mail_to(cloud, person.email)))
    desk.get_by_role("button", name="Confirm", exact=True).click()
    log_in(desk, person)

    expect(desk.get_by_role("heading", name="Delivery and payment")).to_be_visible()
    expect_cart(desk, cart_id)


def test_in_german_on_a_narrow_screen(visit: Visitors, cloud: Cloud, stage: Stage) -> None:
    desk, person = visit(locale="de-DE", width=NARROW), Person.new("Anna")
    desk.goto("/register")
    expect(desk.locator("html")).to_have_attribute("lang", "de-DE")
    desk.get_by_label("Anrede", exact=True).select_option(label="Frau")
    desk.get_by_label("Geschlecht", exact=True).select_option(label="Weiblich")
    desk.get_by_label("Vorname", exact=True).fill(person.first_name)
    desk.get_by_label("Nachname", exact=True).fill("Müller")
    desk.get_by_label("E-Mail-Adresse", exact=True).fill(person.email)
    desk.get_by_label("Passwort", exact=True).fill(person.password)
    desk.get_by_label("Passwort wiederholen", exact=True).fill(person.password)
    desk.get_by_role("checkbox").check()
    desk.get_by_role("button", name="Konto anlegen").click()
    expect(desk.get_by_role("main")).to_contain_text(person.email)
    expect(desk).to_have_url(f"{cloud.url}/register/almost-there")
    assert_accessible(desk)
    width = desk.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW

    mail = mail_to(cloud, person.email)
    assert "Guten Tag Anna Müller" in mail["text"]
    code = code_in(mail)
    desk.get_by_label("Code aus der E-Mail", exact=True).fill(code.replace(" ", "-"))
    desk.get_by_role("button", name="Bestätigen", exact=True).click()

    expect(desk.get_by_text("Ihre E-Mail-Adresse ist bestätigt.")).to_be_visible()
    assert stage.is_verified(person)


def test_by_keyboard_alone(visit: Visitors, cloud: Cloud, stage: Stage) -> None:
    desk, person = visit(), Person.new()
    sign_up(desk, person)
    keyboard = Keyboard(desk)

    keyboard.type("Code from the email", "0000 0000")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("This is not the code")
    expect(desk.get_by_label("Code from the email", exact=True)).to_be_focused()
    assert_accessible(desk)
    desk.keyboard.type(code_in(mail_to(cloud, person.email)))
    desk.keyboard.press("Enter")

    expect(desk.get_by_text(VALIDATED)).to_be_visible()
    assert stage.is_verified(person)


@BOTH
def test_a_mistyped_address_is_put_right(
    visit: Visitors, cloud: Cloud, stage: Stage, scripts: bool
) -> None:
    desk, person, mistyped = visit(scripts=scripts), Person.new(), Person.new("Sonja")
    sign_up(desk, mistyped)
    old = link_in(mail_to(cloud, mistyped.email))

    desk.get_by_role("link", name="Use another address").click()
    expect(desk.get_by_label("First name", exact=True)).to_have_value("Sonja")
    expect(desk.get_by_label("Email address", exact=True)).to_have_value(mistyped.email)
    fill_in_sign_up(desk, person)
    desk.get_by_role("button", name="Create account").click()
    expect(desk.get_by_role("main")).to_contain_text(person.email)
    desk.get_by_label("Code from the email", exact=True).fill(code_in(mail_to(cloud, person.email)))
    desk.get_by_role("button", name="Confirm", exact=True).click()

    expect(desk.get_by_text(VALIDATED)).to_be_visible()
    elsewhere = visit()
    elsewhere.goto(old)
    expect(elsewhere.get_by_role("heading", name="This link does not work")).to_be_visible()
    visit.forgive("410")


class Questions:
    """What the page's script asks, at a clock of the page's own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked = self.answered = 0
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_answer)

    def _on_request(self, request: Request) -> None:
        self.asked += request.url.endswith("/register/state")

    def _on_answer(self, request: Request) -> None:
        self.answered += request.url.endswith("/register/state")

    def pause(self, most: int = 90, step: float = 3) -> float:
        """Return the seconds until the page asks, up to ``most``, and wait for the answer."""
        asked, seconds = self.asked, 0.0
        while self.asked == asked and seconds < most:
            self.page.clock.run_for(round(1000 * step))
            seconds += step
        while self.answered < self.asked:
            self.page.evaluate("0")
        return seconds

    def turn(self, *, hidden: bool) -> None:
        """Let the page be hidden, as behind another tab, or shown again."""
        self.page.evaluate(
            "hidden => { Object.defineProperty(document, 'hidden', {value: hidden,"
            " configurable: true}); document.dispatchEvent(new Event('visibilitychange')) }",
            hidden,
        )


def test_the_page_asks_ever_more_seldom_and_not_for_ever(visit: Visitors) -> None:
    desk = visit()
    desk.clock.install()
    questions = Questions(desk)
    sign_up(desk, Person.new())

    pauses = [questions.pause(step=0.5), *(questions.pause() for _ in range(14))]
    desk.clock.fast_forward("24:00:00")
    questions.pause(1)
    asked = questions.asked

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (6, 60)
    assert questions.pause() == 90
    assert questions.asked == asked


def test_a_hidden_page_asks_nothing_and_looks_at_once_when_it_is_shown(visit: Visitors) -> None:
    desk = visit()
    desk.clock.install()
    questions = Questions(desk)
    sign_up(desk, Person.new())

    questions.turn(hidden=True)
    assert questions.pause() == 90
    asked = questions.asked
    questions.turn(hidden=False)

    assert questions.asked == asked + 1
