"""Mail scanners open links, run scripts and press buttons: none of that confirms."""

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

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


def run_scripts(page: Page, link: str) -> None:
    """Open the link, and let its scripts run."""
    page.goto(link)
    page.wait_for_load_state("networkidle")


def press_everything(page: Page, link: str) -> None:
    """Press each button with empty fields, each on a new page."""
    page.goto(link)
    count = page.locator(BUTTONS).count()
    assert count >= 1
    for number in range(count):
        page.goto(link)
        # The browser itself would not send a form with empty fields.
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        page.locator(BUTTONS).nth(number).click()
        page.wait_for_load_state("networkidle")


def follow_everything(page: Page, link: str) -> None:
    """Open every link on the page."""
    page.goto(link)
    for address in page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"):
        page.goto(address)


SCANS: dict[str, Callable[[Page, str], None]] = {
    "GET": lambda _, link: just_ask(link, "GET"),
    "HEAD": lambda _, link: just_ask(link, "HEAD"),
    "scripts": run_scripts,
    "buttons": press_everything,
    "links": follow_everything,
}


def test_a_scanner_removes_no_sign_up(visit: Visitors, cloud: Cloud, stage: Stage) -> None:
    mail = mail_to(cloud, stage.sign_up(Person.new()).email)
    scanner = visit()

    for name, scan in SCANS.items():
        scan(scanner, link_in(mail, 1))

        scanner.goto(link_in(mail))
        expect(scanner.get_by_text("Confirm your email address"), name).to_be_visible()


def test_a_scanner_confirms_nothing_and_the_link_works_after_it(
    visit: Visitors, cloud: Cloud, stage: Stage
) -> None:
    page, scanner, person = visit(), visit(), Person.new()
    sign_up(page, person)
    link = link_in(mail_to(cloud, person.email))

    for name, scan in SCANS.items():
        scan(scanner, link)

        assert not stage.is_verified(person), name
    confirmed = follow_link(page, cloud, person.email)
    expect(confirmed.get_by_text(VALIDATED)).to_be_visible()
    assert stage.is_verified(person)
