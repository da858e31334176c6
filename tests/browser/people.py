"""The actions of people: filling in forms, reading mails, following links."""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from playwright.sync_api import Page, expect

from local.cloud import Cloud
from tests.support.requests import PASSWORD

ALMOST_THERE = (
    "Almost there! We send you an email to validate your email address. "
    "Please confirm it to be able to log in."
)
VALIDATED = "Your email address is validated. Please login to continue."
WELCOME = "Your email address is validated. Welcome!"

Found = TypeVar("Found")

_MOST_SECONDS = 30


@dataclass(frozen=True)
class Person:
    """A person with a new address."""

    first_name: str = "Sonia"
    last_name: str = "Torres"
    salutation: str = "Ms"
    gender: str = "Female"
    password: str = PASSWORD
    email: str = ""

    @classmethod
    def new(cls, first_name: str = "Sonia") -> "Person":
        """Return a new person."""
        return cls(first_name, email=f"{first_name.lower()}.{secrets.token_hex(4)}@example.com")


def fill_in_sign_up(page: Page, person: Person) -> None:
    """Fill in the form without sending it."""
    page.get_by_label("Salutation", exact=True).select_option(label=person.salutation)
    page.get_by_label("Gender", exact=True).select_option(label=person.gender)
    page.get_by_label("First name", exact=True).fill(person.first_name)
    page.get_by_label("Last name", exact=True).fill(person.last_name)
    page.get_by_label("Email address", exact=True).fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_label("Repeat password", exact=True).fill(person.password)
    page.get_by_label("I accept the terms and conditions.").check()


def sign_up(page: Page, person: Person) -> None:
    """Sign up with the form, until the page announces a mail."""
    page.goto("/register")
    fill_in_sign_up(page, person)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(ALMOST_THERE)).to_be_visible()


def wait_for(look: Callable[[], Found]) -> Found:
    """Poll until a function returns a result; return the last one."""
    end = time.monotonic() + _MOST_SECONDS
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def mail_to(cloud: Cloud, address: str, *, count: int = 1) -> dict[str, str]:
    """Return the newest mail to an address, once there are ``count`` of them."""
    mails = wait_for(lambda: found if len(found := cloud.mails(address)) >= count else [])
    assert mails, f"Fewer than {count} mails to {address} came."
    return mails[0]


def link_in(mail: dict[str, str], number: int = 0) -> str:
    """Return the link in a mail, or the second one (1), for who has not signed up."""
    link = re.findall(r"https?://\S+\?token=[\w.-]+", mail["text"])[number]
    assert link in mail["html"]
    return str(link)


def follow_link(page: Page, cloud: Cloud, address: str, *, count: int = 1) -> Page:
    """Open the newest mail in the mailbox and follow its link; return the new page.

    The mailbox is opened at another host than the shop: as with a real provider, the link
    leads from one site to another, which matters for cookies.
    """
    mail_to(cloud, address, count=count)
    page.goto(f"{cloud.url.replace('localhost', '127.0.0.1')}/_local/mailbox?to={address}")
    mail = page.frame_locator("iframe")
    with page.context.expect_page() as opened:
        mail.get_by_role("link").first.click()
    opened.value.wait_for_load_state()
    return opened.value


def log_in(page: Page, person: Person) -> None:
    """Fill in and send the login form on the page."""
    page.get_by_label("Email address", exact=True).fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Log in", exact=True).click()
