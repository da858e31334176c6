"""The local cloud's clock goes forward: links expire, reminders go out, accounts vanish.

In another local cloud than most tests, because their customers would vanish, too.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from boto3.dynamodb.conditions import Attr

from local.cloud import Cloud
from tests.browser.people import Person
from tests.browser.stage import Stage
from tests.local_cloud.browser import Browser
from tests.local_cloud.test_end_to_end import code_in, link_in, mail_to, scan, wait_for
from tests.local_cloud.test_front_door import ask
from tests.support.contract_table import PASSWORD
from tests.support.requests import registration_form

MINUTE = timedelta(minutes=1)


@pytest.fixture
def cloud(other_cloud: Cloud) -> Cloud:
    """A cloud two hours ahead, which reminds of a link twelve hours before it expires."""
    return other_cloud


def form(email: str) -> dict[str, str]:
    """Return the fields of a sign-up, with a password as this cloud wants it."""
    return registration_form(email=email, password=PASSWORD, confirm_password=PASSWORD)


def clock(cloud: Cloud, forward: str = "", status: int = 200) -> Any:
    """Return what the clock tells, after moving it forward."""
    body = urlencode({"forward": forward}).encode() if forward else None
    reply = ask(cloud.url, "POST" if forward else "GET", "/_local/clock", body)
    assert reply.status == status
    return json.loads(reply.body)


def kinds(cloud: Cloud, email: str) -> list[str]:
    """Return the kinds of the mails to an address, oldest first."""
    tags = [dict(line.split(": ") for line in m["tags"].splitlines()) for m in cloud.mails(email)]
    return [each["kind"] for each in reversed(tags)]


def names_in_back_office(cloud: Cloud, member: str, email: str) -> bool:
    staff = Browser(
        cloud.url, Stage(cloud, replace(Person.new(member), password=PASSWORD)).members_browser
    )
    page = staff.get(f"/back-office/customers?{urlencode({'q': email})}")
    assert page.status == 200
    return f"{email}</" in page.body


def test_it_begins_as_far_ahead_as_it_was_told(cloud: Cloud) -> None:
    Browser(cloud.url).submit("/register", form("ahead@example.com"))

    sent = datetime.fromisoformat(mail_to(cloud, "ahead@example.com")["sent_at"])
    assert abs(sent - datetime.now(UTC) - timedelta(hours=2)) < MINUTE
    told = clock(cloud)
    assert told["offset"] == "+2h"
    assert datetime.fromisoformat(told["time"]) - sent < MINUTE
    page = Browser(cloud.url).get("/_local/clock")
    assert "+2h" in page.body


def test_a_link_expires_after_its_reminder_and_a_new_one_works(cloud: Cloud) -> None:
    email, browser = "late@example.com", Browser(cloud.url)
    browser.submit("/register", form(email))
    link = link_in(mail_to(cloud, email))

    moved = clock(cloud, "+25h")

    assert moved["sent"] >= 1
    assert kinds(cloud, email) == ["confirm_registration", "confirmation_reminder"]
    # It went out while there was time to follow it.
    first, reminder = (datetime.fromisoformat(m["sent_at"]) for m in cloud.mails(email)[::-1])
    assert timedelta(hours=12) <= reminder - first < timedelta(hours=13)
    assert "This link has expired" in browser.get(link).text
    browser.submit("/confirm/new-link", {"email": email})
    renewed = mail_to(cloud, email, count=3)
    assert "Your password" in browser.get(link_in(renewed)).text
    confirmed = browser.submit("/register/code", {"code": code_in(renewed)})
    assert "Your email address is validated." in browser.get(confirmed.location).text


def test_an_unconfirmed_account_vanishes_and_its_address_is_free(cloud: Cloud) -> None:
    email = "vanishing@example.com"
    Browser(cloud.url).submit("/register", form(email))
    mail_to(cloud, email)
    wait_for(lambda: names_in_back_office(cloud, "Ada", email))
    before = clock(cloud)

    moved = clock(cloud, "+31d")

    passed = datetime.fromisoformat(moved["time"]) - datetime.fromisoformat(before["time"])
    assert timedelta() <= passed - timedelta(days=31) < MINUTE
    assert moved["removed"] >= 2
    expired = Attr("expires_at").lt(int(datetime.fromisoformat(moved["time"]).timestamp()))
    for table in (cloud.customers_table, cloud.outbox_table):
        assert scan(cloud.table(table), expired) == []
    wait_for(lambda: not names_in_back_office(cloud, "Eve", email))
    count = len(cloud.mails(email))
    again = Browser(cloud.url)
    again.submit("/register", form(email))
    link = link_in(mail_to(cloud, email, count=count + 1))
    assert "Your email address is validated." in again.get(again.get(link).location).text


@pytest.mark.parametrize("forward", ["-1h", "+1", "+3650d"])
def test_a_clock_that_cannot_be_moved_like_that_stays(cloud: Cloud, forward: str) -> None:
    offset = clock(cloud)["offset"]

    assert clock(cloud, forward, 400)["message"]

    assert clock(cloud)["offset"] == offset
    assert Browser(cloud.url).get("/register").status == 200
