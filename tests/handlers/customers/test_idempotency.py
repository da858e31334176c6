"""``Idempotency-Key`` on ``POST /customers``: the same request twice is one sign-up."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.domain.idempotency import IdempotentRequest
from tests.conftest import MakeCloud
from tests.support.clock import later, standing
from tests.support.cloud import Answer, Call, Cloud, Killed
from tests.support.people.quiet import quieted
from tests.support.requests import MISSING, PASSWORD, customer_document, key_document

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
REUSED = (None, 422, "The Idempotency-Key was used with another body.")
MALFORMED = (None, 400, "The Idempotency-Key has to be 1 to 255 printable ASCII characters.")
OTHER_PASSWORD = "another teapot in orbit"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sign_up(cloud: Cloud, key: str | None = KEY, **overrides: Any) -> Answer:
    headers = {} if key is None else {"idempotency-key": key}
    return cloud.post_json("/customers", customer_document(**overrides), headers=headers)


@pytest.fixture
def known(cloud: Cloud) -> Cloud:
    """A cloud in which sonia@example.com is a confirmed customer."""
    sign_up(cloud, None)
    cloud.drain()
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))
    cloud.mails.clear()
    return cloud


# The same request again


@pytest.mark.parametrize("times", [1, 3])
def test_the_same_request_gets_the_same_answer_and_is_one_sign_up(cloud: Cloud, times: int) -> None:
    first = sign_up(cloud, dateOfBirth="1990-02-28", company="Torres & Söhne")
    before = cloud.customers()

    for _ in range(times):
        with later(timedelta(hours=2)):
            again = sign_up(cloud, dateOfBirth="1990-02-28", company="Torres & Söhne")
        assert again == first
    cloud.drain()

    assert first.status == 201
    assert cloud.customers() == before
    assert len(cloud.mails) == 1


def test_the_answer_stays_the_same_whatever_happened_to_the_customer(cloud: Cloud) -> None:
    first = sign_up(cloud)
    cloud.drain()
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))

    assert sign_up(cloud) == first
    assert [customer["status"] for customer in cloud.customers()] == ["verified"]


def test_it_is_the_same_body_however_it_is_written(cloud: Cloud) -> None:
    first = sign_up(cloud)
    document = customer_document()
    attributes = document["data"]["attributes"]
    document["data"]["attributes"] = dict(reversed(attributes.items()))

    again = cloud.post_json(
        "/customers", json.dumps(document, indent=4), headers={"idempotency-key": KEY}
    )

    assert again == first


def test_another_process_and_another_client_may_ask_again(cloud: Cloud) -> None:
    first = sign_up(cloud)
    cloud.forget_processes()

    again = cloud.post_json(
        "/customers",
        customer_document(),
        headers={"idempotency-key": KEY, "user-agent": "Other/2"},
        address="198.51.100.9",
    )

    assert again == first


def test_without_a_key_each_request_is_a_sign_up(cloud: Cloud) -> None:
    sign_up(cloud, None)
    sign_up(cloud, None)
    cloud.drain()

    assert len(cloud.mails) == 2
    assert cloud.items(cloud.customers_table, "receipt") == []


def test_two_keys_are_two_sign_ups(cloud: Cloud) -> None:
    sign_up(cloud, "one")
    sign_up(cloud, "two")
    cloud.drain()

    assert len(cloud.mails) == 2


@pytest.mark.clock(NOW)
def test_a_key_counts_for_24_hours(cloud: Cloud) -> None:
    first = sign_up(cloud)
    with standing(timedelta(hours=23, minutes=59)):
        assert sign_up(cloud) == first
        assert sign_up(cloud, firstName="Sonja").status == 422
    # TTL deletes late: the record still exists.
    with standing(timedelta(hours=24)):
        later = sign_up(cloud, firstName="Sonja")

    assert later.status == 201
    assert later.json["data"]["attributes"]["firstName"] == "Sonja"
    (record,) = cloud.items(cloud.customers_table, "receipt")
    assert record["expires_at"] == int((NOW + timedelta(hours=48)).timestamp())


# The same key for something else


@pytest.mark.parametrize(
    "overrides",
    [
        {"email": "other@example.com"},
        {"email": "Sonia@example.com"},
        {"firstName": "Sonja"},
        {"phone": "+49 30 1"},
        {"phone": None},
        {"password": OTHER_PASSWORD, "confirmPassword": OTHER_PASSWORD},
    ],
    ids=str,
)
def test_another_body_is_refused_and_changes_nothing(
    cloud: Cloud, overrides: dict[str, Any]
) -> None:
    sign_up(cloud)
    before = [item for item in cloud.items(cloud.customers_table) if item["entity"] != "limit"]

    refused = sign_up(cloud, **overrides)

    assert (refused.status, refused.errors) == (422, [REUSED])
    after = [item for item in cloud.items(cloud.customers_table) if item["entity"] != "limit"]
    assert after == before


def test_a_guessed_key_opens_nothing(cloud: Cloud) -> None:
    """Everything that another client may know is the same, except the password."""
    sign_up(cloud)

    guessed = sign_up(cloud, password=OTHER_PASSWORD, confirmPassword=OTHER_PASSWORD)

    assert guessed.errors == [REUSED]


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "müller", "nul\x00", "\u2028", "\x7f"])
def test_an_invalid_key_is_refused(cloud: Cloud, key: str) -> None:
    refused = sign_up(cloud, key)

    assert (refused.status, refused.errors) == (400, [MALFORMED])
    assert cloud.state() == {cloud.customers_table: [], cloud.outbox_table: []}


@pytest.mark.parametrize("key", ["1", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a b~!"])
def test_any_printable_text_is_a_key(cloud: Cloud, key: str) -> None:
    assert sign_up(cloud, key) == sign_up(cloud, key)


# Failures are not stored


@pytest.mark.parametrize(
    "mistake",
    [
        {"email": "sonia"},
        {"firstName": MISSING},
        {"acceptedTerms": None},
        {"confirmPassword": PASSWORD + "!"},
        {"password": "password1234", "confirmPassword": "password1234"},
    ],
    ids=["field", "missing", "terms", "repetition", "password"],
)
def test_a_mistake_can_be_put_right_with_the_same_key(
    cloud: Cloud, mistake: dict[str, Any]
) -> None:
    assert sign_up(cloud, **mistake).status in {400, 422}

    assert sign_up(cloud).status == 201


@pytest.mark.clock(NOW)
def test_an_attempt_over_the_limit_can_be_repeated_with_its_key(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(SignUpsPerEmail="1")
    sign_up(cloud, None)
    assert sign_up(cloud).status == 429
    with standing(timedelta(hours=1)):
        assert sign_up(cloud).status == 201


def test_a_revealed_address_keeps_no_record(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ExistingEmail="reveal")
    sign_up(cloud, None)
    cloud.drain()
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert [sign_up(cloud).status, sign_up(cloud).status] == [422, 422]
    assert sign_up(cloud, email="other@example.com").status == 201


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_leaves_a_key_that_works(cloud: Cloud, moment: str) -> None:
    """It dies before the sign-up is written, or after it but before it has answered."""

    def die(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            raise Killed

    if moment == "before":
        cloud.on_call = die
    else:
        cloud.on_answer = die
    with pytest.raises(Killed):
        sign_up(cloud)
    cloud.on_call = cloud.on_answer = None
    cloud.forget_processes()

    answer = sign_up(cloud)
    cloud.drain()

    assert answer.status == 201
    assert [c["reference"] for c in cloud.customers()] == [answer.json["data"]["id"]]
    assert len(cloud.mails) == 1


# At the same time


@pytest.mark.parametrize("known_before", [False, True])
def test_the_same_request_at_the_same_time_gets_the_same_answer(
    cloud: Cloud, known: Cloud, known_before: bool
) -> None:
    email = "sonia@example.com" if known_before else "new@example.com"
    raced: list[Answer] = []

    def race(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not raced:
            raced.append(Answer(0, {}, [], ""))
            raced[0] = sign_up(cloud, email=email)

    cloud.on_call = race
    answer = sign_up(cloud, email=email)
    cloud.on_call = None
    cloud.drain()

    assert answer.status == 201
    assert answer == raced[0]
    assert len(cloud.mails) == 1


def test_another_request_with_the_same_key_at_the_same_time_is_refused(cloud: Cloud) -> None:
    raced: list[Answer] = []

    def race(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not raced:
            raced.append(Answer(0, {}, [], ""))
            raced[0] = sign_up(cloud, email="first@example.com")

    cloud.on_call = race
    answer = sign_up(cloud)

    assert raced[0].status == 201
    assert answer.errors == [REUSED]
    assert [customer["email"] for customer in cloud.customers()] == ["first@example.com"]


# Costs and stored items


def trace(cloud: Cloud, key: str, email: str) -> tuple[Any, list[Any]]:
    cloud.calls.clear()
    answer = sign_up(cloud, key, email=email)
    data = answer.json["data"]
    shown = answer.body.replace(data["id"], "ID").replace(email, "EMAIL")
    for time in (data["attributes"]["createdAt"], data["attributes"]["updatedAt"]):
        shown = shown.replace(time, "TIME")
    calls = [(c.operation, len(c.parameters.get("TransactItems", []))) for c in cloud.calls]
    return (answer.status, answer.headers, shown), calls


def test_a_key_does_not_tell_new_unconfirmed_known_and_quiet_addresses_apart(
    known: Cloud,
) -> None:
    quieted(known, "quiet@example.com")
    new = trace(known, "1", "new@example.com")
    unconfirmed = trace(known, "2", "new@example.com")
    confirmed = trace(known, "3", "sonia@example.com")
    quiet = trace(known, "4", "quiet@example.com")
    again = [
        trace(known, "1", "new@example.com"),
        trace(known, "2", "new@example.com"),
        trace(known, "3", "sonia@example.com"),
        trace(known, "4", "quiet@example.com"),
    ]

    assert new == unconfirmed == confirmed == quiet
    assert again == [again[0]] * 4
    assert again[0][0] == new[0]
    assert new[1] == [
        ("UpdateItem", 0),
        ("GetItem", 0),
        ("GetItem", 0),
        ("TransactWriteItems", 4),
    ]
    assert again[0][1] == [("UpdateItem", 0), ("GetItem", 0)]


def test_the_stored_item_names_nobody(cloud: Cloud) -> None:
    sign_up(cloud, phone="+49 30 777", company="Torres & Söhne")

    (record,) = cloud.items(cloud.customers_table, "receipt")
    assert set(record) == {
        "PK",
        "SK",
        "entity",
        "fingerprint",
        "password_hash",
        "reference",
        "answered_at",
        "expires_at",
    }
    for personal in ("sonia", "Sonia", "Torres", "777", PASSWORD, KEY):
        assert personal not in str(record)


def test_the_fingerprint_does_not_depend_on_the_password() -> None:
    body = {"email": "sonia@example.com", "password": PASSWORD, "confirm_password": PASSWORD}

    kept = IdempotentRequest.of(KEY, body)

    assert kept == IdempotentRequest.of(KEY, {**body, "password": "1", "confirm_password": "2"})
    assert kept.fingerprint != IdempotentRequest.of("another key", body).fingerprint
