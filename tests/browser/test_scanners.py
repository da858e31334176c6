"""Mail scanners open links, run scripts and press buttons: none of that confirms."""

import http.client
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.cloud import Cloud
from tests.browser.people import VALIDATED, Person, follow_link, link_in, mail_to, sign_up
from tests.browser.stage import Stage
from tests.browser.visitors import Visitors

BUTTONS = "button, input[type=submit], [role=button]"


def just_ask(link: str, method: str) -> None:
    """Request the link without a browser."""
    address = urlsplit(link)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    connection.request(method, f"{address.path}?{address.query}", headers={"accept": "text/html"})
    status = connection.getresponse().status
    connection.close()
    assert status == 200


def press_everything(page: Page, link: str) -> int:
    """Press each button with empty fields, each on a new page."""
    page.goto(link)
    count = page.locator(BUTTONS).count()
    for number in range(count):
        page.goto(link)
        # The browser itself would not send a form with empty fields.
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        page.locator(BUTTONS).nth(number).click()
        page.wait_for_load_state("networkidle")
    return count


def follow_everything(page: Page, link: str) -> None:
    """Open every link on the page."""
    page.goto(link)
    for address in page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"):
        page.goto(address)


@pytest.mark.parametrize("scan", ["GET", "HEAD", "scripts", "buttons"])
def test_a_scanner_removes_no_sign_up(
    visit: Visitors, cloud: Cloud, stage: Stage, scan: str
) -> None:
    person = stage.sign_up(Person.new())
    mail = mail_to(cloud, person.email)
    link, scanner = link_in(mail, 1), visit()

    if scan == "scripts":
        scanner.goto(link)
        scanner.wait_for_load_state("networkidle")
    elif scan == "buttons":
        assert press_everything(scanner, link) >= 1
    else:
        just_ask(link, scan)

    scanner.goto(link_in(mail))
    expect(scanner.get_by_text("Confirm your email address")).to_be_visible()


@pytest.fixture
def scanned(visit: Visitors, cloud: Cloud) -> tuple[Page, Person, str]:
    """The browser of a person who has just signed up, and the link in the mail."""
    page, person = visit(), Person.new()
    sign_up(page, person)
    return page, person, link_in(mail_to(cloud, person.email))


@pytest.mark.parametrize("scan", ["GET", "HEAD", "scripts", "buttons", "links"])
def test_a_scanner_confirms_nothing_and_the_link_works_after_it(
    scanned: tuple[Page, Person, str], visit: Visitors, cloud: Cloud, stage: Stage, scan: str
) -> None:
    page, person, link = scanned
    scanner = visit()

    if scan == "scripts":
        scanner.goto(link)
        scanner.wait_for_load_state("networkidle")
    elif scan == "buttons":
        assert press_everything(scanner, link) >= 2
    elif scan == "links":
        follow_everything(scanner, link)
    else:
        just_ask(link, scan)

    assert not stage.is_verified(person)
    confirmed = follow_link(page, cloud, person.email)
    expect(confirmed.get_by_text(VALIDATED)).to_be_visible()
    assert stage.is_verified(person)
