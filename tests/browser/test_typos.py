"""A typo in the address is asked about, and one click corrects it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from local.cloud import Cloud
from registration.domain.typos import likely_meant
from tests.browser.axe import assert_accessible
from tests.browser.people import Person, fill_in_sign_up, mail_to, sign_up
from tests.browser.stage import Stage
from tests.browser.visitors import DESKTOP, HEIGHTS, NARROW, PHONE, Visitors
from tests.unit.customers.test_typos import MISTYPED, ODD, REAL

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


def mistyped(domain: str = "gmial.com") -> Person:
    person = Person.new()
    return Person(email=person.email.replace("example.com", domain))


def meant(person: Person) -> str:
    return person.email.partition("@")[0] + "@gmail.com"


def email(page: Page) -> Locator:
    return page.locator("#email")


def question(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="Did you mean")


def assert_fits(page: Page) -> None:
    for width in (DESKTOP, PHONE, NARROW):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert_accessible(page, *([] if width == DESKTOP else ["wcag22aa"]))


def test_the_form_asks_at_once_and_one_click_takes_it(visit: Visitors) -> None:
    page, person = visit(), mistyped()
    page.goto("/register")
    fill_in_sign_up(page, person)

    expect(question(page)).to_be_visible()
    expect(page.get_by_role("status").filter(has=question(page))).to_contain_text(meant(person))
    assert_fits(page)
    page.get_by_text("Did you mean").click()

    expect(email(page)).to_have_value(meant(person))
    expect(email(page)).to_be_focused()
    expect(question(page)).to_be_hidden()
    assert_fits(page)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("main")).to_contain_text(meant(person))


def test_by_keyboard_alone(visit: Visitors) -> None:
    page, person = visit(), mistyped()
    page.goto("/register")
    email(page).press_sequentially(person.email)
    page.keyboard.press("Tab")
    expect(question(page)).to_be_visible()

    page.keyboard.press("Shift+Tab")
    expect(question(page)).to_be_focused()
    page.keyboard.press("Space")

    expect(email(page)).to_have_value(meant(person))
    expect(email(page)).to_be_focused()


def test_an_address_that_was_corrected_by_hand_is_asked_about_no_more(visit: Visitors) -> None:
    page = visit()
    page.goto("/register")
    email(page).fill("sonia@gmial.com")
    email(page).blur()
    expect(question(page)).to_be_visible()

    email(page).fill("sonia@example.com")
    email(page).blur()

    expect(question(page)).to_be_hidden()


def test_the_form_is_sent_as_it_is(visit: Visitors, cloud: Cloud) -> None:
    page, person = visit(), mistyped()

    page.goto("/register")
    fill_in_sign_up(page, person)
    page.get_by_label("Repeat password", exact=True).press("Enter")

    expect(page.get_by_role("main")).to_contain_text(person.email)
    assert mail_to(cloud, person.email)


def test_the_button_that_is_pressed_right_after_typing_does_not_move_away(visit: Visitors) -> None:
    page, person = visit(), mistyped()
    # Where nothing is scrolled, the browser does not make up for what gets longer above.
    page.set_viewport_size({"width": DESKTOP, "height": 1600})
    page.goto("/register")
    fill_in_sign_up(page, Person.new())
    email(page).fill("")
    email(page).press_sequentially(person.email)

    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("main")).to_contain_text(f"We wrote to {person.email}")


def test_without_a_script_the_form_that_comes_back_asks(visit: Visitors) -> None:
    page, person = visit(scripts=False, width=NARROW), mistyped()
    page.goto("/register")
    expect(question(page)).to_be_hidden()
    fill_in_sign_up(page, Person(email=person.email, password="another teapot"))
    page.get_by_label("Repeat password", exact=True).fill("a third teapot")
    page.get_by_role("button", name="Create account").click()
    expect(question(page)).to_be_visible()
    visit.forgive("422")

    question(page).check()
    for label in ("Password", "Repeat password"):
        page.get_by_label(label, exact=True).fill(person.password)
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("main")).to_contain_text(meant(person))


@BOTH
def test_the_page_that_waits_leads_to_the_form_with_the_address(
    visit: Visitors, scripts: bool
) -> None:
    page, person = visit(scripts=scripts), mistyped()
    sign_up(page, person)
    expect(page.get_by_role("status")).to_contain_text(f"Did you mean {meant(person)}?")
    if scripts:
        assert_fits(page)

    page.get_by_role("link", name="Yes, use this address").click()

    expect(email(page)).to_have_value(meant(person))
    expect(page.get_by_label("First name", exact=True)).to_have_value(person.first_name)
    assert "@" not in page.url
    assert person.email.partition("@")[0] not in page.url


def test_the_account_and_the_back_office_ask_too(
    visit: Visitors, stage: Stage, cloud: Cloud
) -> None:
    for cookies, path in (
        (stage.customers_browser, "/account/email"),
        (stage.members_browser, "/back-office/customers/new"),
    ):
        page = visit()
        page.context.add_cookies(
            [{"name": name, "value": value, "url": cloud.url} for name, value in cookies.items()]
        )
        page.goto(path)
        email(page).fill("sonia@gmial.com")
        email(page).blur()

        question(page).click()
        expect(email(page)).to_have_value("sonia@gmail.com")
        assert_accessible(page)


def test_in_german(visit: Visitors) -> None:
    page = visit(locale="de-DE")
    page.goto("/register")
    email(page).fill("sonia@web.d")
    email(page).blur()

    expect(page.get_by_role("checkbox", name="Meinten Sie sonia@web.de?")).to_be_visible()


def test_the_script_has_the_rule_of_the_server(visit: Visitors) -> None:
    texts = [f"Sonia+1@{domain}" for domain, _ in MISTYPED]
    texts += [f"sonia@{domain.upper()}" for domain in REAL.split()]
    texts += [
        *ODD,
        "sonia",
        " sonia@GMIAL.com ",
        "sonia@gm\N{LATIN SMALL LETTER A WITH DIAERESIS}il.com",
    ]
    page = visit()
    page.goto("/register")

    told = page.evaluate(
        """texts => {
            const domains = document.querySelector("[data-domains]").dataset.domains.split(" ");
            return texts.map((text) => likelyMeant(text, domains));
        }""",
        texts,
    )

    assert told == [likely_meant(text) for text in texts]
    assert sum(map(bool, told)) > 50
