"""Confirming with the link: when it works, when it does not, and the messages."""

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import bcrypt
import pytest

from registration.adapters import clients
from registration.adapters.customers.customers import DynamoDBCustomers
from registration.domain.links import Link, LinkSigner, Purpose
from registration.domain.mail.mails import confirmation_mail
from tests.conftest import MakeCloud
from tests.support.clock import later, standing
from tests.support.cloud import SESSION, Answer, Call, Cloud
from tests.support.factories import a_customer
from tests.support.requests import (
    MISSING,
    PASSWORD,
    customer_document,
    email_document,
    key_document,
    registration_form,
    review_form,
)

SIGN_UP = "__Host-sign_up"
NEW_PASSWORD = "gentle harbour lantern"
REFUSED = ("423", 422, "This email confirmation code is invalid or has been already used.")
VALIDATED = "Your email address is validated. Please login to continue."


def sign_up(cloud: Cloud, **overrides: str) -> dict[str, str]:
    """Sign up with the form; return the browser's cookies."""
    answer = cloud.post_form("/register", registration_form(**overrides))
    cloud.drain()
    return {SIGN_UP: answer.cookie(SIGN_UP)}


def link(cloud: Cloud) -> str:
    """Return the link of the newest mail."""
    return cloud.mails[-1].link


def submit(cloud: Cloud, **fields: str) -> Answer:
    """Submit the page of the newest link."""
    return cloud.post_form("/confirm", {"token": cloud.mails[-1].token, **fields})


def status(cloud: Cloud) -> str:
    (customer,) = cloud.customers()
    return str(customer["status"])


def message(cloud: Cloud, answer: Answer) -> str:
    """Follow a redirection to the login page; return its message."""
    assert answer.status == 303
    return unescape(cloud.get_page(answer.location).body)


def signed_in(cloud: Cloud, answer: Answer) -> bool:
    """Whether an answer has signed the browser in."""
    cookies = {SESSION: answer.cookie(SESSION)}
    return cloud.get_page("/account", cookies=cookies).status == 200


# One click in the browser that signed up


def test_one_click_confirms_in_the_browser_that_signed_up(cloud: Cloud) -> None:
    cookies = sign_up(cloud)

    answer = cloud.get_page(link(cloud), cookies=cookies)

    assert VALIDATED in message(cloud, answer)
    (customer,) = cloud.customers()
    assert customer["status"] == "verified"
    assert "expires_at" not in customer
    assert "browser" not in customer
    assert any(c.startswith(f"{SIGN_UP}=;") and "Max-Age=0" in c for c in answer.cookies)


def test_confirming_completes_the_record_of_consent(cloud: Cloud) -> None:
    cookies = sign_up(cloud)

    with standing(timedelta(minutes=59)):
        at = datetime.now(UTC)
        cloud.get_page(
            link(cloud),
            cookies=cookies,
            headers={"user-agent": "Phone/2"},
            address="198.51.100.4",
        )

    (customer,) = cloud.customers()
    assert customer["confirmed"] == {
        "at": at.isoformat(),
        "address": "198.51.100.4",
        "user_agent": "Phone/2",
    }
    assert customer["signed_up"]["address"] == "203.0.113.7"


def test_the_cookie_arrives_in_the_header_too(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    header = f"theme=dark; {SIGN_UP}={cookies[SIGN_UP]}; other=1"

    cloud.get_page(link(cloud), headers={"cookie": header})

    assert status(cloud) == "verified"


def test_a_second_click_says_already_confirmed(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    first = cloud.get_page(link(cloud), cookies=cookies)

    second = cloud.get_page(link(cloud), cookies=cookies)

    assert VALIDATED in message(cloud, first)
    assert "already confirmed" in message(cloud, second)


def test_a_second_click_is_kind_even_after_the_link_expired(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    cloud.get_page(link(cloud), cookies=cookies)

    with later(timedelta(days=90)):
        assert "already confirmed" in message(cloud, cloud.get_page(link(cloud)))


def test_a_cookie_that_a_neighbouring_host_could_set_confirms_nothing(cloud: Cloud) -> None:
    (secret,) = sign_up(cloud).values()

    # Another host of the domain sets cookies for all of it, but none with the prefix __Host-.
    planted = dict.fromkeys(("sign_up", "__Secure-sign_up", "__host-sign_up"), secret)
    answer = cloud.get_page(link(cloud), cookies=planted)

    assert answer.status == 200
    assert status(cloud) == "unverified"


@pytest.mark.parametrize("tail", ["%20", "%3E", ".", ")", "%0D%0A", "%E2%80%8B"])
def test_a_link_that_a_mail_program_broke_confirms(cloud: Cloud, tail: str) -> None:
    cookies = sign_up(cloud)

    answer = cloud.get_page(f"{link(cloud)}{tail}", cookies=cookies)

    assert VALIDATED in message(cloud, answer)


def test_a_key_that_was_broken_confirms_by_the_api(cloud: Cloud) -> None:
    sign_up(cloud)
    token = cloud.mails[-1].token

    broken = key_document(f" {token[:50]}=\r\n{token[50:]}>")

    assert cloud.post_json("/customer-confirmation", broken).status == 204


# Everywhere else


@pytest.mark.parametrize(
    "cookies",
    [{}, {SIGN_UP: ""}, {SIGN_UP: "x" * 43}, {SIGN_UP: "é"}],
    ids=["none", "empty", "another's", "odd"],
)
def test_opening_the_link_elsewhere_confirms_nothing(cloud: Cloud, cookies: dict[str, str]) -> None:
    sign_up(cloud)
    before = cloud.state()

    page = cloud.get_page(link(cloud), cookies=cookies)

    assert page.status == 200
    assert 'name="password"' in page.body
    assert 'name="new_password"' in page.body
    assert cloud.state() == before


def test_the_cookie_of_another_sign_up_confirms_nothing(cloud: Cloud) -> None:
    sign_up(cloud)
    mallory = sign_up(cloud, email="mallory@example.com")

    assert cloud.get_page(cloud.mails[0].link, cookies=mallory).status == 200
    assert {c["status"] for c in cloud.customers()} == {"unverified"}


def test_the_cookie_of_a_replaced_sign_up_confirms_nothing(cloud: Cloud) -> None:
    first = sign_up(cloud)
    sign_up(cloud)

    assert cloud.get_page(link(cloud), cookies=first).status == 200
    assert status(cloud) == "unverified"


def test_head_confirms_nothing_even_with_the_cookie(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    before = cloud.state()

    answer = cloud.request("HEAD", link(cloud), cookies=cookies)

    assert (answer.status, answer.body) == (200, "")
    assert cloud.state() == before


def test_the_password_of_the_sign_up_confirms_elsewhere(cloud: Cloud) -> None:
    sign_up(cloud)

    answer = submit(cloud, way="password", password=PASSWORD)

    assert (answer.status, answer.location) == (303, "/account?notice=confirmed")
    assert status(cloud) == "verified"
    assert signed_in(cloud, answer)


@pytest.mark.parametrize("password", ["", "sturdy teapot orbiT", "x" * 10_000])
def test_a_wrong_password_confirms_nothing(cloud: Cloud, password: str) -> None:
    sign_up(cloud)
    before = cloud.state()

    answer = submit(cloud, way="password", password=password)

    assert answer.status == 400
    assert 'name="password"' in answer.body
    assert cloud.state() == before


def test_a_new_password_confirms_and_replaces_the_one_of_the_sign_up(cloud: Cloud) -> None:
    sign_up(cloud)
    (before,) = cloud.customers()

    answer = submit(cloud, **review_form(NEW_PASSWORD))

    assert (answer.status, answer.location) == (303, "/account?notice=confirmed")
    assert signed_in(cloud, answer)
    (after,) = cloud.customers()
    assert after["status"] == "verified"
    assert after["password_hash"] != before["password_hash"]
    assert NEW_PASSWORD not in str(after)


@pytest.mark.parametrize(
    ("new", "repeat", "status_code"),
    [
        ("", "", 422),
        (NEW_PASSWORD, "another one entirely", 422),
        ("elevenchars", "elevenchars", 422),
        ("Zq8!" * 33, "Zq8!" * 33, 422),
        ("password1234", "password1234", 400),
        ("sonia.torres", "sonia.torres", 400),
    ],
)
def test_a_new_password_has_to_follow_the_rules(
    cloud: Cloud, new: str, repeat: str, status_code: int
) -> None:
    sign_up(cloud)
    before = cloud.state()

    answer = submit(cloud, **review_form(new, repeat))

    assert answer.status == status_code
    assert 'aria-invalid="true"' in answer.body
    assert cloud.state() == before


def test_pressing_a_button_without_a_password_confirms_nothing(cloud: Cloud) -> None:
    """Some mail scanners press every button of a page."""
    sign_up(cloud)
    before = cloud.state()

    for fields in ({}, {"way": "password"}, {"way": "new_password"}, {"way": "whatever"}):
        submit(cloud, **fields)

    assert cloud.state() == before


def test_an_imported_hash_confirms_with_its_password(cloud: Cloud) -> None:
    kept = bcrypt.hashpw(b"an old shop password", bcrypt.gensalt(4)).decode()
    put(cloud, password_hash=kept)

    submit(cloud, way="password", password="an old shop password")

    assert status(cloud) == "verified"


def test_a_customer_without_a_password_chooses_one(cloud: Cloud) -> None:
    put(cloud, password_hash=None)

    page = cloud.get_page(link(cloud))
    assert 'name="new_password"' in page.body
    assert 'name="password"' not in page.body
    refused = submit(cloud, way="password", password="")
    assert refused.status == 400
    assert 'href="#password"' not in refused.body
    assert status(cloud) == "unverified"

    submit(cloud, **review_form(NEW_PASSWORD))
    assert status(cloud) == "verified"


def put(cloud: Cloud, **overrides: Any) -> None:
    """Create a customer of another channel, and send the mail."""
    now = datetime.now(UTC)
    customer = a_customer(created_at=now, expires_at=now + timedelta(days=30), **overrides)
    customers = DynamoDBCustomers(cloud.customers_table, cloud.outbox_table)
    customers.register(customer, confirmation_mail(customer, now), now)
    cloud.drain()


# Links that confirm nothing


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_expired_link_says_so_and_offers_a_new_one(make_cloud: MakeCloud, method: str) -> None:
    cloud = make_cloud(ConfirmLinkHours="2")
    cookies = sign_up(cloud)

    with later(timedelta(hours=2, seconds=5)):
        answer = (
            cloud.get_page(link(cloud), cookies=cookies)
            if method == "GET"
            else submit(cloud, way="password", password=PASSWORD)
        )

    assert answer.status == 410
    assert "expired" in answer.body
    assert 'action="/confirm/new-link"' in answer.body
    assert status(cloud) == "unverified"


def test_a_link_works_until_it_expires(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ConfirmLinkHours="2")
    sign_up(cloud)

    with later(timedelta(hours=1, minutes=59)):
        submit(cloud, way="password", password=PASSWORD)

    assert status(cloud) == "verified"


def test_one_click_is_enough_for_an_hour(cloud: Cloud) -> None:
    """Later the next person at the browser may have the address that somebody signed up there."""
    cookies = sign_up(cloud)

    with later(timedelta(hours=1, seconds=5)):
        page = cloud.get_page(link(cloud), cookies=cookies)

    assert page.status == 200
    assert 'name="password"' in page.body
    assert status(cloud) == "unverified"


def test_a_replaced_link_says_so(cloud: Cloud) -> None:
    sign_up(cloud)
    old = link(cloud)
    cookies = sign_up(cloud)

    answer = cloud.get_page(old, cookies=cookies)

    assert answer.status == 410
    assert "newer" in answer.body
    assert 'action="/confirm/new-link"' in answer.body
    assert status(cloud) == "unverified"


def wrong_tokens(token: str) -> dict[str, str]:
    """Return invalid tokens derived from a valid one."""
    return {
        "none": "",
        "cut": token[:-1],
        "longer": token + "A",
        "changed": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "other reference": "X" + token[1:],
        "text": "hello",
        "huge": "A" * 5000,
        "unicode": "é" * 20,
        "nul": token[:5] + "\x00" + token[5:],
    }


@pytest.mark.parametrize("kind", wrong_tokens("."))
def test_a_wrong_link_says_so(cloud: Cloud, kind: str) -> None:
    from urllib.parse import quote  # noqa: PLC0415

    cookies = sign_up(cloud)
    token = wrong_tokens(cloud.mails[0].token)[kind]

    page = cloud.get_page(f"/confirm?token={quote(token)}", cookies=cookies)
    api = cloud.post_json("/customer-confirmation", key_document(token or "x"))

    assert page.status == 410
    assert 'action="/confirm/new-link"' in page.body
    assert api.errors == [REFUSED]
    assert status(cloud) == "unverified"


def test_a_link_of_another_purpose_is_wrong(cloud: Cloud) -> None:
    sign_up(cloud)
    (customer,) = cloud.customers()
    secret = clients.secrets_manager().get_secret_value(SecretId=cloud.stack.names["LinkKeys"])
    import json  # noqa: PLC0415

    signer = LinkSigner([json.loads(secret["SecretString"])["current"]])
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    of_reset = Link(Purpose.RESET_PASSWORD, customer["reference"], customer["token_id"], expires_at)
    genuine = Link(Purpose.CONFIRM, customer["reference"], customer["token_id"], expires_at)

    refused = cloud.post_json("/customer-confirmation", key_document(signer.token(of_reset)))
    assert refused.errors == [REFUSED]
    confirmed = cloud.post_json("/customer-confirmation", key_document(signer.token(genuine)))
    assert confirmed.status == 204


def test_a_link_signed_before_a_change_of_keys_works(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    secrets, name = clients.secrets_manager(), cloud.stack.names["LinkKeys"]
    old = secrets.get_secret_value(SecretId=name)["SecretString"]
    current = old.partition('"current": "')[2].partition('"')[0]
    secrets.put_secret_value(
        SecretId=name, SecretString=f'{{"previous": "{current}", "current": "{"n" * 64}"}}'
    )
    cloud.forget_processes()

    cloud.get_page(link(cloud), cookies=cookies)

    assert status(cloud) == "verified"


def test_a_customer_that_was_removed_leaves_a_wrong_link(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    (customer,) = cloud.customers()
    clients.dynamodb().delete_item(
        TableName=cloud.customers_table,
        Key={"PK": {"S": customer["PK"]}, "SK": {"S": customer["SK"]}},
    )

    assert cloud.get_page(link(cloud), cookies=cookies).status == 410


# A way to a new mail


def test_a_new_link_replaces_the_old_one(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    old = link(cloud)

    answer = cloud.post_form("/confirm/new-link", {"email": "SONIA@example.com"})
    page = cloud.get_page(answer.location)
    cloud.drain()

    assert (answer.status, page.status) == (303, 200)
    assert cloud.get_page(old, cookies=cookies).status == 410
    assert cloud.get_page(link(cloud), cookies=cookies).status == 303
    assert status(cloud) == "verified"


def test_the_form_for_a_new_link_is_shown(cloud: Cloud) -> None:
    assert 'action="/confirm/new-link"' in cloud.get_page("/confirm/new-link").body


@pytest.mark.parametrize("email", ["", "sonia", "sonia@example..com"])
def test_an_invalid_address_is_reported(cloud: Cloud, email: str) -> None:
    page = cloud.post_form("/confirm/new-link", {"email": email})
    api = cloud.post_json(
        "/customer-confirmation-requests", email_document("customer-confirmation-requests", email)
    )

    assert page.status == api.status == 422
    assert 'aria-invalid="true"' in page.body


@pytest.mark.parametrize("door", ["page", "api"])
def test_asking_for_a_link_tells_nothing_of_the_address(cloud: Cloud, door: str) -> None:
    sign_up(cloud, email="unconfirmed@example.com")
    cookies = sign_up(cloud, email="confirmed@example.com")
    cloud.get_page(link(cloud), cookies=cookies)
    cloud.mails.clear()

    def trace(email: str) -> tuple[Any, list[Any]]:
        cloud.calls.clear()
        if door == "page":
            answer = cloud.post_form("/confirm/new-link", {"email": email})
        else:
            kind = "customer-confirmation-requests"
            answer = cloud.post_json("/customer-confirmation-requests", email_document(kind, email))
        calls = [(c.operation, len(c.parameters.get("TransactItems", []))) for c in cloud.calls]
        return answer, calls

    unknown = trace("unknown@example.com")
    assert unknown == trace("unconfirmed@example.com") == trace("confirmed@example.com")
    cloud.drain()
    assert sorted(mail.to for mail in cloud.mails) == [
        "confirmed@example.com",
        "unconfirmed@example.com",
    ]
    assert ["token=" in mail.text for mail in sorted(cloud.mails, key=lambda m: m.to)] == [
        False,
        True,
    ]


# The API


def test_the_key_of_the_link_confirms_by_the_api(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document())
    cloud.drain()

    answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))

    assert (answer.status, answer.body) == (204, "")
    assert status(cloud) == "verified"


def test_a_key_works_once(cloud: Cloud) -> None:
    sign_up(cloud)
    key = key_document(cloud.mails[0].token)
    cloud.post_json("/customer-confirmation", key)

    answer = cloud.post_json("/customer-confirmation", key)

    assert (answer.status, answer.errors) == (422, [REFUSED])


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (MISSING, ("901", 422, "registrationKey => This field is missing.")),
        (None, ("901", 422, "registrationKey => This value should not be blank.")),
        ("", ("901", 422, "registrationKey => This value should not be blank.")),
        (5, (None, 400, "Post data is invalid.")),
        (["a"], (None, 400, "Post data is invalid.")),
    ],
)
def test_an_invalid_key_is_reported(
    cloud: Cloud, key: Any, error: tuple[str | None, int, str]
) -> None:
    assert cloud.post_json("/customer-confirmation", key_document(key)).errors == [error]


# Cost and races


@pytest.mark.parametrize("way", ["browser", "password", "new_password", "api"])
def test_confirming_costs_one_read_and_one_write(cloud: Cloud, way: str) -> None:
    cookies = sign_up(cloud)
    cloud.get_page("/confirm?token=x")  # fetches the keys, once a process
    cloud.calls.clear()

    if way == "browser":
        cloud.get_page(link(cloud), cookies=cookies)
    elif way == "password":
        submit(cloud, way="password", password=PASSWORD)
    elif way == "new_password":
        submit(cloud, **review_form(NEW_PASSWORD))
    else:
        cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))

    assert [call.operation for call in cloud.calls] == ["GetItem", "TransactWriteItems"]
    assert status(cloud) == "verified"


def test_the_log_says_in_one_line_how_a_page_confirmed(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(cloud)
    capsys.readouterr()

    submit(cloud, way="password", password=PASSWORD)

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["Confirmed"] == [1.0]
    assert json.loads(line)["way"] == "password"


def test_two_clicks_at_once_are_both_welcome(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    inner: list[Answer] = []

    def click_again(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            cloud.on_call = None
            inner.append(cloud.get_page(link(cloud), cookies=cookies))

    cloud.on_call = click_again
    outer = cloud.get_page(link(cloud), cookies=cookies)

    assert "already confirmed" in message(cloud, outer)
    assert VALIDATED in message(cloud, inner[0])
    assert status(cloud) == "verified"


def test_a_sign_up_at_the_same_moment_takes_the_link_away(cloud: Cloud) -> None:
    cookies = sign_up(cloud)
    old = link(cloud)

    def sign_up_again(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            cloud.on_call = None
            assert cloud.post_form("/register", registration_form()).status == 303

    cloud.on_call = sign_up_again
    answer = cloud.get_page(old, cookies=cookies)

    assert answer.status == 410
    assert status(cloud) == "unverified"
