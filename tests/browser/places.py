"""Every page, and how to reach it. Fields are found by their names, so any language works."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from registration.entrypoints.web.awaited_mail import AwaitedMail
from tests.browser.stage import Stage

Reach = Callable[[Page, Stage], None]
Address = str | Callable[[Stage], str]


@dataclass(frozen=True)
class Place:
    """A page.

    Attributes
    ----------
    name
        The name in pictures and in tests.
    reach
        Opens the page in a new browser context.
    """

    name: str
    reach: Reach


def at(address: Address) -> Reach:
    """Open an address."""

    def reach(page: Page, stage: Stage) -> None:
        page.goto(address if isinstance(address, str) else address(stage))

    return reach


def after(address: Address, button: int = 0, **fields: str) -> Reach:
    """Open an address, fill in fields, and send the form without the browser's validation.

    ``button`` is the index of the submit button.
    """

    def reach(page: Page, stage: Stage) -> None:
        at(address)(page, stage)
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        for name, text in fields.items():
            page.locator(f"main [name={name}]").first.fill(text)
        with page.expect_navigation():
            page.locator("main form [type=submit]").nth(button).click()

    return reach


def ticked(address: Address) -> Reach:
    """Open an address, tick the box, and send the form."""

    def reach(page: Page, stage: Stage) -> None:
        at(address)(page, stage)
        page.locator("main [type=checkbox]").check()
        with page.expect_navigation():
            page.locator("main form [type=submit]").click()

    return reach


def as_customer(reach: Reach) -> Reach:
    """Reach a page in a browser with a logged-in customer."""
    return _with_cookies(lambda stage: stage.customers_browser, reach)


def as_waiting(reach: Reach) -> Reach:
    """Reach a page in a browser in which somebody has signed up."""
    typed = {"email": "sonia.torres.of.a.rather.long.name@customers.example.com"}
    pending = AwaitedMail.of({**typed, "first_name": "Sonia"})
    return _with_cookies(lambda _: {"sign_up": pending.cookie}, reach)


def as_guest(reach: Reach) -> Reach:
    """Reach a page in a browser with a guest's cart."""
    return _with_cookies(lambda stage: stage.guests_browser, reach)


def as_member(reach: Reach) -> Reach:
    """Reach a page in a browser with a logged-in member of staff."""
    return _with_cookies(lambda stage: stage.members_browser, reach)


def _with_cookies(cookies: Callable[[Stage], dict[str, str]], reach: Reach) -> Reach:
    def reach_with_cookies(page: Page, stage: Stage) -> None:
        url = stage.cloud.url
        page.context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in cookies(stage).items()]
        )
        reach(page, stage)

    return reach_with_cookies


def first(selector: str, address: Address) -> Reach:
    """Open an address, and follow the first link that matches."""

    def reach(page: Page, stage: Stage) -> None:
        at(address)(page, stage)
        with page.expect_navigation():
            page.locator(selector).first.click()

    return reach


def _customer(path: str = "") -> Reach:
    return as_member(
        at(lambda stage: f"{CUSTOMERS}/{stage.references[stage.customer.email]}{path}")
    )


def import_list(stage: Stage) -> str:
    """Return the address of the list of imports, once there is one."""
    assert stage.imported
    return "/back-office/imports"


WRONG = "not the right one"
CUSTOMERS = "/back-office/customers"
INVITATION = "/back-office/invitation"

PLACES = (
    # signing up, confirming, logging in
    Place("register", at("/register")),
    Place("register-mistakes", after("/register", email="sonia@", first_name="Sonia")),
    Place("register-checkout", as_guest(at("/register?from=checkout"))),
    Place("almost-there", at("/register/almost-there")),
    Place("almost-there-waiting", as_waiting(at("/register/almost-there"))),
    Place("almost-there-mistake", as_waiting(after("/register/almost-there", code="1234"))),
    Place("almost-there-checkout", at("/register/almost-there?from=checkout")),
    Place("confirm", at(lambda stage: stage.link)),
    Place("confirm-mistake", after(lambda stage: stage.link, password=WRONG)),
    Place("confirm-mistakes", after(lambda stage: stage.link, 1, new_password="short")),
    Place("choose-password", at(lambda stage: stage.choosing_link)),
    Place("choose-password-mistakes", after(lambda stage: stage.choosing_link)),
    Place("link-expired", at(lambda stage: stage.expired_link)),
    Place("link-replaced", at(lambda stage: stage.replaced_link)),
    Place("link-wrong", at("/confirm?token=cut-o")),
    Place("new-link", at("/confirm/new-link")),
    Place("new-link-mistake", after("/confirm/new-link", email="sonia@")),
    Place("new-link-sent", after("/confirm/new-link", email="nobody@example.com")),
    Place("not-me", at(lambda stage: stage.not_me_link)),
    Place("not-me-mistake", after(lambda stage: stage.not_me_link)),
    Place("not-me-done", ticked(lambda stage: stage.next_not_me_link)),
    Place("not-me-wrong", at("/not-me?token=cut-o")),
    Place("allow-mails", at("/allow-mails?token=cut-o")),
    Place("allow-mails-mistake", after("/allow-mails?token=cut-o", email="sonia@example.com")),
    Place("withdraw-consent-wrong", at("/withdraw-consent?token=cut-o")),
    Place("register-mails-allowed", at("/register?notice=mails-allowed")),
    Place("login", at("/login")),
    Place("login-confirmed", at("/login?notice=confirmed")),
    Place("login-mistakes", after("/login")),
    Place("forgot-password", at("/forgot-password")),
    Place("forgot-password-mistake", after("/forgot-password", email="sonia@")),
    Place("forgot-password-sent", after("/forgot-password", email="nobody@example.com")),
    Place("restore-password", at(lambda stage: stage.reset_link)),
    Place("restore-password-mistakes", after(lambda stage: stage.reset_link)),
    Place("restore-wrong", at("/restore-password?token=cut-o")),
    Place("not-found", at("/nothing-here")),
    # the demo shop, carts, the checkout
    Place("shop", at("/")),
    Place("cart-empty", at("/cart")),
    Place("cart", as_guest(at("/cart"))),
    Place("cart-mistake", as_guest(after("/cart", quantity="-1"))),
    Place("checkout-login", as_guest(at("/checkout"))),
    Place("checkout-guest", as_guest(after("/checkout", 1))),
    Place("checkout", as_customer(at("/checkout"))),
    # my account
    Place("account", as_customer(at("/account"))),
    Place("account-mistakes", as_customer(after("/account", first_name="", last_name=":/"))),
    Place("account-email", as_customer(at("/account/email"))),
    Place("account-email-mistakes", as_customer(after("/account/email", email="amelia@"))),
    Place("confirm-email", at(lambda stage: stage.links_of_a_change[0])),
    Place("confirm-email-mistake", after(lambda stage: stage.links_of_a_change[0], password=WRONG)),
    Place("restore-email", at(lambda stage: stage.links_of_a_change[1])),
    Place("restore-email-mistakes", after(lambda stage: stage.links_of_a_change[1])),
    Place("confirm-email-wrong", at("/confirm-email?token=cut-o")),
    Place("restore-email-wrong", at("/restore-email?token=cut-o")),
    Place("account-carts", as_customer(at("/account/carts"))),
    Place("account-cart", as_customer(first("main h2 a", "/account/carts"))),
    Place("account-password", as_customer(at("/account/password"))),
    Place("account-password-mistakes", as_customer(after("/account/password", password=WRONG))),
    Place("account-data", as_customer(at("/account/data"))),
    Place("account-data-mistake", as_customer(after("/account/data", password=WRONG))),
    Place("account-delete", as_customer(at("/account/delete"))),
    Place("account-delete-mistake", as_customer(after("/account/delete", password=WRONG))),
    # the Back Office
    Place("back-office-login", at("/back-office/login")),
    Place("back-office-login-mistakes", after("/back-office/login", email="grace@")),
    Place("back-office-password", as_member(at("/back-office/password"))),
    Place("back-office-password-mistakes", as_member(after("/back-office/password"))),
    Place("back-office-invitation", at(lambda stage: stage.invitation)),
    Place("back-office-invitation-mistakes", after(lambda stage: stage.invitation)),
    Place("back-office-invitation-wrong", at(f"{INVITATION}?token=cut-o")),
    Place("back-office-customers", as_member(at(CUSTOMERS))),
    Place("back-office-nobody-found", as_member(at(f"{CUSTOMERS}?q=nobody"))),
    Place(
        "back-office-quiet-address",
        as_member(at(lambda stage: f"{CUSTOMERS}?q={stage.quiet_address}")),
    ),
    Place("back-office-search-mistake", as_member(at(f"{CUSTOMERS}?q=x"))),
    Place("back-office-customer", _customer()),
    Place("back-office-edit", _customer("/edit")),
    Place("back-office-anonymise", _customer("/anonymise")),
    Place("back-office-new", as_member(at(f"{CUSTOMERS}/new"))),
    Place("back-office-new-mistakes", as_member(after(f"{CUSTOMERS}/new", email="sonia@"))),
    Place("back-office-imports", as_member(at(import_list))),
    Place("back-office-import", as_member(first("tbody a", import_list))),
    Place("back-office-upload", as_member(after("/back-office/imports"))),
    Place("back-office-record", as_member(at("/back-office/record"))),
    Place("back-office-not-found", as_member(at(f"{CUSTOMERS}/DE--nobody"))),
    # for developers: the whole contract on one page
    Place("docs", at("/docs")),
)
"""All pages; add new ones here."""
