"""Pages of other sites can neither use the shop's forms nor read its pages."""

from playwright.sync_api import Page, expect

from local.cloud import Cloud
from tests.browser.people import Person, log_in
from tests.browser.places import CUSTOMERS
from tests.browser.stage import Stage
from tests.browser.visitors import Visitors

FORMS: dict[str, dict[str, str]] = {
    "/logout": {},
    "/account": {"first_name": "Mallory", "last_name": "Malice"},
    "/account/logout-everywhere": {"csrf_token": "guessed"},
    "/cart/items": {"sku": "mug-stoneware", "quantity": "1"},
}
# A form on another site that submits itself; its fields are valid except for the CSRF token.
SEND = """([address, fields]) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("input");
        [field.name, field.value] = [name, value];
        form.append(field);
    }
    document.body.append(form);
    form.submit();
}"""


def logged_in(page: Page, path: str, person: Person) -> Page:
    """Log in with the form, so that the server sets the cookies."""
    page.goto(path)
    log_in(page, person)
    expect(page.get_by_text("Log out", exact=True)).to_be_attached()
    return page


def send_from_elsewhere(page: Page, cloud: Cloud, path: str, fields: dict[str, str]) -> int:
    """Send a form from another site; return the status of the response."""
    page.goto(f"{cloud.url.replace('localhost', '127.0.0.1')}/_local/mails?to=nobody")
    with page.expect_navigation(url=f"{cloud.url}/**") as sent:
        page.evaluate(SEND, [f"{cloud.url}{path}", fields])
    return sent.value.status


def test_another_site_cannot_act_for_a_customer(
    visit: Visitors, cloud: Cloud, stage: Stage
) -> None:
    page = logged_in(visit(), "/login", stage.customer)

    for path, fields in FORMS.items():
        assert send_from_elsewhere(page, cloud, path, fields) == 403, path
        page.goto("/account")
        name = page.get_by_label("First name", exact=True)
        expect(name, path).to_have_value(stage.customer.first_name)


def test_another_site_cannot_act_for_staff(visit: Visitors, cloud: Cloud, stage: Stage) -> None:
    page = logged_in(visit(), "/back-office/login", stage.known_member)

    assert send_from_elsewhere(page, cloud, "/back-office/logout-everywhere", {}) == 403

    page.goto(CUSTOMERS)
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()


def test_another_site_cannot_frame_a_page(visit: Visitors, cloud: Cloud, stage: Stage) -> None:
    page = logged_in(visit(), "/back-office/login", stage.known_member)

    for path in ("/login", "/account", CUSTOMERS):
        page.goto(f"{cloud.url.replace('localhost', '127.0.0.1')}/_local/mails?to=nobody")
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.set_content(f'<iframe src="{cloud.url}{path}"></iframe>')
        assert visit.forgive("frame-ancestors"), path
