"""Rate limits of requests: the refused clients, the answers, and what these reveal."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from registration.adapters import clients
from registration.adapters.dynamodb import keys
from tests.conftest import MakeCloud
from tests.support.clock import standing
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.quiet import quieted
from tests.support.requests import (
    customer_document,
    email_document,
    key_document,
    registration_form,
)
from tests.support.stack import ROOT, source

NOW = datetime(2026, 11, 22, 12, 20, tzinfo=UTC)
UNTIL_ONE = "2400"
TOO_MANY = ("429", 429, "Too many attempts. Please try again later.")
OTHER = "198.51.100.9"

Door = Callable[..., Answer]


pytestmark = pytest.mark.clock(NOW)


def sign_up(cloud: Cloud, email: str = "sonia@example.com", **more: Any) -> Answer:
    return cloud.post_json("/customers", customer_document(email=email), **more)


def sign_up_by_form(cloud: Cloud, email: str = "sonia@example.com", **more: Any) -> Answer:
    return cloud.post_form("/register", registration_form(email=email), **more)


def resend(cloud: Cloud, email: str = "sonia@example.com", **more: Any) -> Answer:
    kind = "customer-confirmation-requests"
    return cloud.post_json(f"/{kind}", email_document(kind, email), **more)


def resend_by_form(cloud: Cloud, email: str = "sonia@example.com", **more: Any) -> Answer:
    return cloud.post_form("/confirm/new-link", {"email": email}, **more)


def confirm(cloud: Cloud) -> None:
    """Follow the newest link."""
    cloud.drain()
    assert (
        cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token)).status == 204
    )


def state_but_counters(cloud: Cloud) -> Any:
    tables = (cloud.customers_table, cloud.outbox_table)
    return [item for table in tables for item in cloud.items(table) if item["entity"] != "limit"]


# One client


@pytest.mark.parametrize("door", [sign_up, resend])
def test_a_client_that_asks_too_often_is_told_to_wait(make_cloud: MakeCloud, door: Door) -> None:
    cloud = make_cloud(SignUpsPerClient="2", ResendsPerClient="2")
    answers = [door(cloud, f"{name}@example.com") for name in ("a", "b")]
    before = state_but_counters(cloud)

    refused = door(cloud, "c@example.com")

    assert all(answer.status < 300 for answer in answers)
    assert (refused.status, refused.errors) == (429, [TOO_MANY])
    assert refused.headers["retry-after"] == UNTIL_ONE
    assert state_but_counters(cloud) == before


@pytest.mark.parametrize("door", [sign_up_by_form, resend_by_form])
def test_a_browser_that_asks_too_often_sees_a_page(make_cloud: MakeCloud, door: Door) -> None:
    cloud = make_cloud(SignUpsPerClient="1", ResendsPerClient="1")
    assert door(cloud, "a@example.com").status == 303

    refused = door(cloud, "b@example.com")

    assert refused.status == 429
    assert refused.headers["retry-after"] == UNTIL_ONE
    assert refused.headers["content-type"].startswith("text/html")
    assert "A short break, please" in refused.body


def test_the_form_and_the_api_are_one_limit(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="2", ResendsPerClient="2")

    answers = [sign_up(cloud), sign_up_by_form(cloud), sign_up(cloud), sign_up_by_form(cloud)]

    assert [answer.status for answer in answers] == [201, 303, 429, 429]


def test_signing_up_and_asking_for_links_are_two(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1", ResendsPerClient="1")

    answers = [sign_up(cloud), resend(cloud), sign_up(cloud), resend(cloud)]

    assert [answer.status for answer in answers] == [201, 204, 429, 429]


def test_another_client_goes_on_and_so_does_the_same_one_later(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1")
    sign_up(cloud)

    assert sign_up(cloud).status == 429
    assert sign_up(cloud, address=OTHER).status == 201
    with standing(timedelta(minutes=40)):
        assert sign_up(cloud).status == 201


def test_the_window_is_a_setting(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1", LimitMinutes="5")
    sign_up(cloud)

    assert sign_up(cloud).headers["retry-after"] == "300"


def test_no_header_makes_a_client_another_one(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1")
    headers = {
        "x-forwarded-for": OTHER,
        "x-real-ip": OTHER,
        "forwarded": f"for={OTHER}",
        "cf-connecting-ip": OTHER,
        "true-client-ip": OTHER,
    }
    sign_up(cloud)

    assert sign_up(cloud, headers=headers).status == 429


def test_an_ipv6_client_has_one_network_not_one_address(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1")
    sign_up(cloud, address="2001:db8:1:2::1")

    assert sign_up(cloud, address="2001:db8:1:2:aaaa::2").status == 429
    assert sign_up(cloud, address="2001:db8:1:3::1").status == 201


@pytest.mark.parametrize(
    "overrides",
    [
        {"email": "sonia"},
        {"password": "short", "confirmPassword": "short"},
        {"password": "s" * 200, "confirmPassword": "s" * 200},
        {"confirmPassword": "another one"},
    ],
    ids=["field", "short password", "long password", "repetition"],
)
def test_a_mistake_in_the_form_is_no_attempt(
    make_cloud: MakeCloud, overrides: dict[str, str]
) -> None:
    cloud = make_cloud(SignUpsPerClient="1", SignUpsPerEmail="1")
    for _ in range(3):
        cloud.post_json("/customers", customer_document(**overrides))

    assert sign_up(cloud).status == 201


def test_a_password_that_had_to_be_judged_is_an_attempt_of_the_client_alone(
    make_cloud: MakeCloud,
) -> None:
    # To judge it costs as much as the rest of the sign-up.
    cloud = make_cloud(SignUpsPerClient="3", SignUpsPerEmail="1")
    weak = customer_document(password="password1234", confirmPassword="password1234")
    for _ in range(2):
        assert cloud.post_json("/customers", weak).status == 400

    assert sign_up(cloud).status == 201
    assert cloud.post_json("/customers", weak).errors == [TOO_MANY]


# One address


def test_an_address_is_signed_up_with_so_often_and_no_more(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerEmail="2")
    sign_up(cloud)
    sign_up_by_form(cloud, "SONIA@example.com", address=OTHER)
    before = state_but_counters(cloud)

    refused = sign_up(cloud, "Sonia@EXAMPLE.com", address="198.51.100.10")

    assert (refused.status, refused.errors) == (429, [TOO_MANY])
    assert refused.headers["retry-after"] == UNTIL_ONE
    assert state_but_counters(cloud) == before
    assert sign_up(cloud, "other@example.com").status == 201
    with standing(timedelta(minutes=40)):
        assert sign_up(cloud).status == 201


def trace(cloud: Cloud, door: Door, email: str) -> tuple[Any, Any]:
    """Return an answer without ids and times, and its AWS calls."""
    cloud.calls.clear()
    answer = door(cloud, email)
    body = re.sub(r"DE--[\w-]+", "ID", answer.body.replace(email, "EMAIL"))
    calls = [(c.operation, len(c.parameters.get("TransactItems", []))) for c in cloud.calls]
    headers = {name: text for name, text in answer.headers.items() if name != "set-cookie"}
    return (answer.status, headers, len(answer.cookies), body), calls


def addresses_of_all_kinds(cloud: Cloud) -> list[str]:
    """Return an unknown, an unconfirmed, a known and a quiet address from yesterday."""
    with standing(-timedelta(days=1)):
        quieted(cloud, "quiet@example.com")
        sign_up(cloud, "known@example.com")
        confirm(cloud)
        sign_up(cloud, "unconfirmed@example.com")
        cloud.drain()
    cloud.mails.clear()
    return [f"{kind}@example.com" for kind in ("unknown", "unconfirmed", "known", "quiet")]


@pytest.mark.parametrize("door", [sign_up, sign_up_by_form])
def test_the_limit_of_an_address_does_not_tell_whether_it_is_known(
    make_cloud: MakeCloud, door: Door
) -> None:
    cloud = make_cloud(SignUpsPerEmail="2")
    emails = addresses_of_all_kinds(cloud)

    found = [[trace(cloud, door, e) for _ in range(4)] for e in emails]

    known = found[2]
    assert found == [known] * 4
    statuses = [answer[0] for answer, _ in known]
    assert statuses in ([201, 201, 429, 429], [303, 303, 429, 429])
    # A browser may have a cart, which is read in the same call as the claim.
    read = "BatchGetItem" if door is sign_up_by_form else "GetItem"
    assert known[0][1] == [("UpdateItem", 0), (read, 0), ("TransactWriteItems", 3)]
    assert known[3][1] == [("UpdateItem", 0), (read, 0)]


def test_a_known_address_gets_no_more_mails_than_another(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerEmail="2")
    emails = addresses_of_all_kinds(cloud)
    for email in emails:
        for _ in range(4):
            sign_up(cloud, email)
    cloud.drain()

    *heard, _quiet = emails
    assert sorted(mail.to for mail in cloud.mails) == sorted(heard * 2)


def test_sign_ups_that_race_for_a_known_address_are_all_counted(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerEmail="2")
    known = addresses_of_all_kinds(cloud)[2]
    raced: list[Answer] = []

    def race(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not raced:
            raced.append(Answer(0, {}, [], ""))
            raced[0] = sign_up(cloud, known)

    cloud.on_call = race
    first = sign_up(cloud, known)

    assert (first.status, raced[0].status) == (201, 201)
    assert sign_up(cloud, known).status == 429


# Asking for mails


@pytest.mark.parametrize("door", [resend, resend_by_form])
def test_an_address_with_too_many_mails_gets_no_more_without_a_hint(
    make_cloud: MakeCloud, door: Door
) -> None:
    cloud = make_cloud(ResendsPerEmail="2")
    emails = addresses_of_all_kinds(cloud)

    found = [[trace(cloud, door, e) for _ in range(4)] for e in emails]
    cloud.drain()

    assert found == [[found[0][0]] * 4] * 4
    *_, unconfirmed, known, quiet = emails
    told = [unconfirmed, unconfirmed, known, known, quiet]
    assert sorted(mail.to for mail in cloud.mails) == sorted(told)


def test_a_link_that_was_not_sent_replaces_none(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ResendsPerEmail="1")
    sign_up(cloud)
    resend(cloud)
    resend(cloud)

    confirm(cloud)

    assert [customer["status"] for customer in cloud.customers()] == ["verified"]


# Costs and stored items


def test_without_limits_nothing_is_counted(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(
        SignUpsPerClient="0", SignUpsPerEmail="0", ResendsPerClient="0", ResendsPerEmail="0"
    )

    for _ in range(8):
        assert sign_up(cloud).status == 201
        assert resend(cloud).status == 204

    assert "UpdateItem" not in {call.operation for call in cloud.calls}
    assert cloud.items(cloud.customers_table, "limit") == []


def test_counters_hold_no_address_and_expire(cloud: Cloud) -> None:
    sign_up(cloud)
    resend(cloud)

    counters = cloud.items(cloud.customers_table, "limit")
    assert len(counters) == 3
    for counter in counters:
        assert re.fullmatch(r"LIMIT#[0-9a-f]{64}", counter["PK"])
        assert set(counter) == {"PK", "SK", "entity", "attempts", "expires_at"}
        assert counter["expires_at"] == int((NOW + timedelta(minutes=40)).timestamp())


def test_a_counter_that_ttl_has_not_deleted_yet_does_not_count(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1", SignUpsPerEmail="1")
    sign_up(cloud)

    with standing(timedelta(minutes=40)):
        assert sign_up(cloud).status == 201

    assert len(cloud.items(cloud.customers_table, "limit")) == 2


# Unavailable counters


def without_counters(cloud: Cloud) -> None:
    def fail(call: Call) -> None:
        key = call.parameters.get("Key", {}).get("PK", {}).get("S", "")
        if key.startswith(keys.limit("")["PK"]["S"]):
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    cloud.on_call = fail


def test_customers_sign_up_even_if_counting_fails(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerClient="1", SignUpsPerEmail="2")
    without_counters(cloud)

    answers = [sign_up(cloud).status, sign_up_by_form(cloud).status, sign_up(cloud).status]

    # The address is counted in its claim, which needs no counter.
    assert answers == [201, 303, 429]


@pytest.mark.parametrize("door", [resend, resend_by_form])
def test_no_mail_is_sent_again_if_counting_fails(cloud: Cloud, door: Door) -> None:
    sign_up(cloud)
    cloud.drain()
    before = state_but_counters(cloud)
    without_counters(cloud)

    answers = [door(cloud, email).status for email in ("sonia@example.com", "no@example.com")]

    assert answers == [503, 503]
    assert state_but_counters(cloud) == before


def test_a_permission_that_is_missing_is_not_taken_for_an_outage(cloud: Cloud) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "UpdateItem":
            error: Any = {"Error": {"Code": "AccessDeniedException", "Message": ""}}
            raise clients.dynamodb().exceptions.ClientError(error, "UpdateItem")

    cloud.on_call = refuse

    assert sign_up(cloud).status == 500


# The settings


def limit_parameters() -> dict[str, Any]:
    names = re.compile(r"\w+Per(Client|Email|SignUp)|(Login)?LimitMinutes")
    return {name: p for name, p in source()["Parameters"].items() if names.fullmatch(name)}


def test_the_documentation_names_every_limit_with_its_default() -> None:
    text = (ROOT / "docs" / "limits.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE))

    assert told == {name: str(body["Default"]) for name, body in limit_parameters().items()}


def test_every_limit_can_be_taken_away_but_that_of_codes() -> None:
    """Without one, eight digits are soon guessed."""
    for name, parameter in limit_parameters().items():
        assert parameter["MinValue"] == (1 if name.endswith(("Minutes", "PerSignUp")) else 0)
