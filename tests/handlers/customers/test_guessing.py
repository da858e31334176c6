"""Guessing passwords is limited, and the proven owner of an address is not locked out by it.

https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import STAFF_PASSWORD, staff
from tests.support.clock import let_pass
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, email_document

NOW = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
EMAIL, NEW_PASSWORD = "sonia@example.com", "another sturdy teapot orbiT"
STRANGER, HOME = "198.51.100.9", "203.0.113.77"
DEVICE = "__Host-device"

pytestmark = pytest.mark.clock(NOW)


@pytest.fixture
def cloud(make_cloud: MakeCloud) -> Cloud:
    """A cloud with a customer, in which three failures are the limit."""
    cloud = make_cloud(LoginFailuresPerEmail="3", LoginFailuresPerClient="0")
    confirmed(cloud)
    return cloud


def by_api(
    cloud: Cloud, address: str, password: str = PASSWORD, email: str = EMAIL, **more: Any
) -> Answer:
    attributes = {"username": email, "password": password}
    document = {"data": {"type": "access-tokens", "attributes": attributes}}
    return cloud.post_json("/access-tokens", document, address=address, **more)


def by_token(cloud: Cloud, address: str, password: str = PASSWORD) -> Answer:
    body = f"grant_type=password&username={EMAIL}&password={password}".replace(" ", "+")
    form = {"content-type": "application/x-www-form-urlencoded"}
    return cloud.request("POST", "/token", body=body, headers=form, address=address)


def attacked(cloud: Cloud, email: str = EMAIL) -> None:
    """Let strangers fail until nobody else may try."""
    for number in range(4):
        last = by_api(cloud, f"198.51.100.{number}", "wrong", email)
    assert last.status == 429


# Who was here before


def logged_in(cloud: Cloud) -> Shopper:
    shopper = Shopper(cloud)
    assert shopper.log_in().status == 303
    return shopper


def logged_out(cloud: Cloud) -> Shopper:
    shopper = logged_in(cloud)
    shopper.send("/logout")
    return shopper


def whose_session_expired(cloud: Cloud) -> Shopper:
    shopper = logged_in(cloud)
    let_pass(timedelta(days=31))
    shopper.cookies = {DEVICE: shopper.cookies[DEVICE]}
    return shopper


def who_mistyped(cloud: Cloud) -> Shopper:
    shopper = logged_out(cloud)
    assert [shopper.log_in(password="wrong").status for _ in range(2)] == [401, 401]
    return shopper


def who_changed_the_password(cloud: Cloud) -> Shopper:
    shopper = logged_in(cloud)
    for old, new in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)):
        typed = {"password": old, "new_password": new, "repeat_password": new}
        assert shopper.send("/account/password", **typed).status == 303
    shopper.send("/logout")
    return shopper


def who_confirmed(cloud: Cloud) -> Shopper:
    cloud.request("DELETE", f"/customers/{reference(cloud)}", headers=bearer(sign_in(cloud)))
    cloud.post_json("/customers", customer_document(email=EMAIL))
    cloud.drain()
    shopper = Shopper(cloud)
    assert shopper.send("/confirm", token=cloud.mails[-1].token, password=PASSWORD).status == 303
    return shopper


def who_reset_the_password(cloud: Cloud) -> Shopper:
    shopper = Shopper(cloud)
    shopper.send("/forgot-password", email=EMAIL)
    cloud.drain()
    typed = {"new_password": PASSWORD, "repeat_password": PASSWORD}
    token = cloud.mails[-1].token
    assert shopper.send("/restore-password", token=token, **typed).status == 303
    return shopper


def reference(cloud: Cloud) -> str:
    return str(cloud.customers()[0]["reference"])


@pytest.mark.parametrize(
    "known",
    [
        logged_in,
        logged_out,
        whose_session_expired,
        who_mistyped,
        who_changed_the_password,
        who_confirmed,
        who_reset_the_password,
    ],
)
def test_strangers_lock_no_browser_out_that_was_here_before(
    cloud: Cloud, known: Callable[[Cloud], Shopper]
) -> None:
    browser = known(cloud)

    attacked(cloud)

    assert browser.log_in().status == 303
    assert Shopper(cloud).log_in().status == 429


@pytest.mark.parametrize("first", [by_api, by_token])
@pytest.mark.parametrize("later", [by_api, by_token])
@pytest.mark.parametrize(
    ("home", "again"), [(HOME, HOME), ("2001:db8:1:2::1", "2001:db8:1:2:3::4")]
)
def test_strangers_lock_no_client_out_that_was_here_before(
    cloud: Cloud, first: Any, later: Any, home: str, again: str
) -> None:
    assert first(cloud, home).status < 300

    attacked(cloud)

    assert later(cloud, again).status < 300
    assert later(cloud, "2001:db8:1:3::1").status == 429


def test_strangers_keep_no_session_from_changing_the_password(cloud: Cloud) -> None:
    browser, tokens = logged_in(cloud), sign_in(cloud)
    headers = {**bearer(tokens), "content-type": "application/vnd.api+json"}
    attacked(cloud)
    del browser.cookies[DEVICE]

    typed = {"password": PASSWORD, "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}
    document = {"data": {"type": "customer-password", "attributes": typed}}
    path = f"/customer-password/{reference(cloud)}"
    wrong = json.dumps(document).replace(PASSWORD, "wrong password", 1)
    answers = [
        cloud.request("PATCH", path, body=body, headers=headers, address=STRANGER).status
        for body in (wrong, json.dumps(document))
    ]

    assert answers == [400, 204]
    assert browser.open("/account").status == 303


def test_strangers_keep_no_browser_from_leaving(cloud: Cloud) -> None:
    browser = logged_in(cloud)
    del browser.cookies[DEVICE]
    attacked(cloud)

    assert browser.send("/account/delete", password=PASSWORD).status == 303


@pytest.mark.parametrize("by_form", [True, False])
def test_a_password_just_reset_works_everywhere(cloud: Cloud, by_form: bool) -> None:
    attacked(cloud)
    if by_form:
        who_reset_the_password(cloud)
    else:
        kind = "customer-forgotten-password"
        cloud.post_json(f"/{kind}", email_document(kind, EMAIL))
        cloud.drain()
        key = cloud.mails[-1].token
        names = {"restorePasswordKey": key, "password": PASSWORD, "confirmPassword": PASSWORD}
        document = {"data": {"type": "customer-restore-password", "attributes": names}}
        headers = {"content-type": "application/vnd.api+json"}
        body = json.dumps(document)
        path = "/customer-restore-password/x"
        assert cloud.request("PATCH", path, body=body, headers=headers, address=HOME).status == 204

    assert Shopper(cloud).log_in().status == 303
    assert by_api(cloud, STRANGER).status == 201
    if not by_form:
        attacked(cloud, EMAIL)
        assert by_api(cloud, HOME).status == 201


# Who shares a browser


def who_share(cloud: Cloud, browser: Shopper, *names: str) -> list[str]:
    """Let customers log in after each other in one browser; return their addresses."""
    addresses = [f"{name}@example.com" for name in names]
    for email in addresses:
        confirmed(cloud, email)
        assert browser.log_in(email).status == 303
        browser.send("/logout")
    return addresses


@pytest.mark.parametrize("known", [logged_in, who_confirmed, who_reset_the_password])
def test_a_browser_stays_known_for_all_who_share_it(
    cloud: Cloud, known: Callable[[Cloud], Shopper]
) -> None:
    browser = known(cloud)
    addresses = [EMAIL, *who_share(cloud, browser, "ada", "bo", "cleo")]
    # Who logs in often displaces nobody.
    again = [browser.log_in("cleo@example.com").status for _ in range(5)]
    for email in addresses:
        attacked(cloud, email)

    assert again == [303] * 5
    assert [browser.log_in(email).status for email in addresses * 2] == [303] * 8
    assert [Shopper(cloud).log_in(email).status for email in addresses] == [429] * 4


def test_a_browser_is_known_for_the_five_latest(cloud: Cloud) -> None:
    browser = logged_out(cloud)
    who_share(cloud, browser, "ada", "bo", "cleo", "dan")
    browser.log_in()
    who_share(cloud, browser, "eve")
    for email in (EMAIL, "ada@example.com"):
        attacked(cloud, email)

    assert browser.log_in().status == 303
    assert browser.log_in("ada@example.com").status == 429


def test_staff_and_a_customer_with_one_address_share_a_browser(cloud: Cloud) -> None:
    staff(cloud, email=EMAIL)
    browser = logged_out(cloud)
    typed = {"email": EMAIL, "password": STAFF_PASSWORD}
    answer = cloud.post_form("/back-office/login", typed, cookies=browser.cookies)
    browser.cookies[DEVICE] = answer.cookie(DEVICE)
    attacked(cloud)

    assert browser.log_in().status == 303


@pytest.mark.parametrize("number", [0, 1])
def test_the_secret_of_another_customer_in_the_browser_is_nothing(
    cloud: Cloud, number: int
) -> None:
    browser = logged_out(cloud)
    who_share(cloud, browser, "mallory")
    before = browser.cookies[DEVICE].split(".")
    browser.log_in()
    attacked(cloud)

    # Mallory knew both secrets before the log-in, and that of the own address.
    others = [secret for secret in browser.cookies[DEVICE].split(".") if secret in before]
    marked = before[1 - number][:2] + before[number][2:]

    assert len(before) == 2
    assert len(others) == 1
    assert Shopper(cloud, {DEVICE: others[0]}).log_in().status == 429
    assert Shopper(cloud, {DEVICE: marked}).log_in().status == 429


# Guessing stays limited


def test_a_known_browser_may_not_guess_either(cloud: Cloud) -> None:
    browser = logged_out(cloud)

    tried = [browser.log_in(password=f"guess {n}").status for n in range(4)]

    assert tried == [401, 401, 401, 429]
    assert browser.log_in().status == 429
    # It is alone with that.
    assert Shopper(cloud).log_in().status == 303
    let_pass(timedelta(minutes=15))
    assert browser.log_in().status == 303


def test_a_known_client_may_not_guess_either(cloud: Cloud) -> None:
    by_api(cloud, HOME)

    assert [by_api(cloud, HOME, f"guess {n}").status for n in range(4)] == [401, 401, 401, 429]
    assert by_api(cloud, STRANGER).status == 201


def test_all_sessions_together_may_not_guess_either(cloud: Cloud) -> None:
    browsers = [logged_in(cloud) for _ in range(4)]
    for browser in browsers:
        del browser.cookies[DEVICE]

    tried = [one.send("/account/delete", password="wrong").status for one in browsers]

    assert tried == [400, 400, 400, 429]


def test_to_have_logged_in_with_one_address_says_nothing_of_another(cloud: Cloud) -> None:
    confirmed(cloud, "mallory@example.com")
    mallory = Shopper(cloud)
    mallory.log_in("mallory@example.com")
    by_api(cloud, HOME, email="mallory@example.com")

    attacked(cloud)

    assert mallory.log_in().status == 429
    assert by_api(cloud, HOME).status == 429


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "A" * 43,
        "session",
        f"client {HOME}",
        f"/32 of {EMAIL}",
        "\u00e9",
        "\ud800",
        "x" * 4000,
    ],
)
def test_a_cookie_of_ones_own_making_is_a_strangers(cloud: Cloud, cookie: str) -> None:
    by_api(cloud, HOME)
    logged_in(cloud)
    attacked(cloud)
    browser = Shopper(cloud, {DEVICE: cookie})

    assert browser.log_in().status == 429


def test_a_secret_that_somebody_knew_before_a_log_in_is_nothing_after_it(cloud: Cloud) -> None:
    planted = logged_out(cloud).cookies[DEVICE]
    confirmed(cloud, "ada@example.com")
    browser = Shopper(cloud, {DEVICE: planted})
    browser.log_in("ada@example.com")

    attacked(cloud, "ada@example.com")

    assert browser.cookies[DEVICE] != planted
    assert Shopper(cloud, {DEVICE: planted}).log_in("ada@example.com").status == 429


def test_a_failed_log_in_makes_nobody_known(cloud: Cloud) -> None:
    browser = Shopper(cloud)
    browser.log_in(password="wrong")
    by_api(cloud, HOME, "wrong")
    attacked_after = [by_api(cloud, f"198.51.100.{n}", "wrong").status for n in range(2)]

    assert attacked_after == [401, 429]
    assert DEVICE not in browser.cookies
    assert browser.log_in().status == by_api(cloud, HOME).status == 429


def test_a_client_is_known_for_90_days(cloud: Cloud) -> None:
    browser = logged_out(cloud)
    by_api(cloud, HOME)
    let_pass(timedelta(days=89))
    attacked(cloud)
    assert browser.log_in().status == 303
    let_pass(timedelta(days=2))

    attacked(cloud)

    assert by_api(cloud, HOME).status == 429
    assert browser.log_in().status == 303


# What it tells, and what it costs


def test_the_cookie_says_nothing_and_belongs_to_this_host(cloud: Cloud) -> None:
    shopper = Shopper(cloud)

    (kept,) = [line for line in shopper.log_in().cookies if line.startswith(DEVICE)]

    value, *rest = kept.removeprefix(f"{DEVICE}=").split("; ")
    assert len(value) == 45
    assert set(rest) == {
        *("Path=/", "Secure", "HttpOnly", "SameSite=Lax", f"Max-Age={90 * 24 * 60 * 60}")
    }
    notes = cloud.items(cloud.customers_table, "limit")
    assert notes
    assert all(text not in str(notes) for text in (value, "sonia", "203.0.113"))


@pytest.mark.parametrize("password", ["wrong", PASSWORD])
def test_who_is_known_is_not_told_by_the_calls(cloud: Cloud, password: str) -> None:
    def calls(email: str, address: str) -> list[tuple[str, int]]:
        cloud.calls.clear()
        by_api(cloud, address, password, email)
        return [(c.operation, len(str(c.parameters)) // 200) for c in cloud.calls]

    by_api(cloud, HOME)
    strange, known = calls(EMAIL, STRANGER), calls(EMAIL, HOME)

    assert [name for name, _ in strange] == [name for name, _ in known]
    written = "TransactWriteItems" if password == "wrong" else "BatchWriteItem"
    assert [name for name, _ in strange] == ["BatchGetItem", "GetItem", written]
    if password == "wrong":
        assert calls("nobody@example.com", STRANGER) == strange
