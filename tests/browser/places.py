"""Every page, and how to get there. Fields go by their names, so that any language will do."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.stage import Stage

Reach = Callable[[Page, Stage], None]
Address = str | Callable[[Stage], str]


@dataclass(frozen=True)
class Place:
    """A page.

    Attributes
    ----------
    name
        What it is called here, in pictures and in tests.
    reach
        Goes there, in a browser that was nowhere before.
    """

    name: str
    reach: Reach


def at(address: Address) -> Reach:
    """Open an address."""

    def reach(page: Page, stage: Stage) -> None:
        page.goto(address if isinstance(address, str) else address(stage))

    return reach


def after(address: Address, button: int = 0, **fields: str) -> Reach:
    """Open an address, fill fields in, and send the form, whatever the browser thinks of it.

    ``button`` says which of those that send a form, the first being 0.
    """

    def reach(page: Page, stage: Stage) -> None:
        at(address)(page, stage)
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        for name, text in fields.items():
            page.locator(f"main [name={name}]").first.fill(text)
        with page.expect_navigation():
            page.locator("main form [type=submit]").nth(button).click()

    return reach


WRONG = "not the right one"

PLACES = (
    Place("register", at("/register")),
    Place("register-mistakes", after("/register", email="sonia@", first_name="Sonia")),
    Place("almost-there", at("/register/almost-there")),
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
    Place("login", at("/login")),
    Place("login-confirmed", at("/login?notice=confirmed")),
    Place("login-already-confirmed", at("/login?notice=already-confirmed")),
    Place("login-password-changed", at("/login?notice=password-changed")),
    Place("login-mistakes", after("/login")),
    Place("forgot-password", at("/forgot-password")),
    Place("forgot-password-mistake", after("/forgot-password", email="sonia@")),
    Place("forgot-password-sent", after("/forgot-password", email="nobody@example.com")),
    Place("restore-password", at(lambda stage: stage.reset_link)),
    Place("restore-password-mistakes", after(lambda stage: stage.reset_link)),
    Place("restore-wrong", at("/restore-password?token=cut-o")),
    Place("not-found", at("/nothing-here")),
    Place("docs", at("/docs")),
)
"""All pages; a new one joins this table."""
