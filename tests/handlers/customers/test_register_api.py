"""``POST /customers``: the contract, field by field, and the stored items."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from registration.domain.errors import CharactersLost
from tests.conftest import MakeCloud
from tests.support.calls.exchanges import Exchange, Told, watched
from tests.support.clock import standing
from tests.support.cloud import Call, Cloud
from tests.support.factories import NOW
from tests.support.people.quiet import quieted
from tests.support.requests import MISSING, PASSWORD, customer_document, key_document
from tests.support.stack import Json

BLANK = "This value should not be blank."
ABSENT = "This field is missing."
CHOICE = "The value you selected is not a valid choice."
NO_EMAIL = "This value is not a valid email address."
INVALID = "This value is not valid."
SHORT = "This value is too short. It should have 12 characters or more."
LONG = "This value is too long. It should have 128 characters or less."


@pytest.mark.clock(datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC))
def test_a_customer_is_created_unverified_and_gets_a_mail(cloud: Cloud) -> None:
    answer = cloud.post_json(
        "/customers",
        customer_document(
            email="Sonia@EXAMPLE.com",
            dateOfBirth="1990-02-28",
            phone="+49 30 123",
            company="Torres & Söhne",
            localeName="de_DE",
        ),
    )
    cloud.drain()

    assert answer.status == 201
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json["data"]
    assert data == {
        "type": "customers",
        "id": data["id"],
        "attributes": {
            "salutation": "Ms",
            "firstName": "Sonia",
            "lastName": "Torres",
            "gender": "Female",
            "email": "Sonia@example.com",
            "dateOfBirth": "1990-02-28",
            "phone": "+49 30 123",
            "company": "Torres & Söhne",
            "localeName": "de_DE",
            "acceptedTerms": True,
            "createdAt": "2026-11-22 12:00:00.123456",
            "updatedAt": "2026-11-22 12:00:00.123456",
        },
        "links": {"self": f"https://shop.example/customers/{data['id']}"},
    }
    assert data["id"].startswith("DE--")
    (customer,) = cloud.customers()
    assert customer["reference"] == data["id"]
    assert customer["status"] == "unverified"
    assert customer["origin"] == "api"
    (mail,) = cloud.mails
    assert mail.to == "Sonia@example.com"
    assert cloud.items(cloud.outbox_table) == []


def test_the_record_of_consent_begins_at_sign_up(cloud: Cloud) -> None:
    cloud.post_json(
        "/customers",
        customer_document(),
        headers={"user-agent": "A" * 1000, "x-forwarded-for": "6.6.6.6"},
    )

    (customer,) = cloud.customers()
    assert customer["terms_version"] == "1"
    assert customer["signed_up"]["address"] == "203.0.113.7"
    assert customer["signed_up"]["user_agent"] == "A" * 256


@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.api+json"])
def test_both_media_types_are_taken(cloud: Cloud, media_type: str) -> None:
    headers = {"content-type": media_type}

    assert cloud.post_json("/customers", customer_document(), headers=headers).status == 201


def test_a_body_in_base64_is_the_same_body(cloud: Cloud) -> None:
    body = json.dumps(customer_document()).encode()

    assert cloud.request("POST", "/customers", body=body).status == 201


@pytest.mark.parametrize(
    ("overrides", "details"),
    [
        ({"email": MISSING}, [f"email => {ABSENT}"]),
        ({"email": ""}, [f"email => {BLANK}"]),
        ({"email": None}, [f"email => {BLANK}"]),
        ({"email": "sonia"}, [f"email => {NO_EMAIL}"]),
        ({"email": 5}, [f"email => {NO_EMAIL}"]),
        ({"email": ["sonia@example.com"]}, [f"email => {NO_EMAIL}"]),
        ({"salutation": MISSING}, [f"salutation => {ABSENT}"]),
        ({"salutation": "Lord"}, [f"salutation => {CHOICE}"]),
        ({"salutation": {"a": 1}}, [f"salutation => {CHOICE}"]),
        ({"gender": "female"}, [f"gender => {CHOICE}"]),
        ({"gender": None}, [f"gender => {BLANK}"]),
        ({"firstName": ""}, [f"firstName => {BLANK}"]),
        ({"firstName": "   "}, [f"firstName => {BLANK}"]),
        ({"firstName": "<b>Sonia"}, [f"firstName => {INVALID}"]),
        ({"lastName": "see http://x"}, [f"lastName => {INVALID}"]),
        ({"lastName": "Torres\r\nBcc"}, [f"lastName => {INVALID}"]),
        ({"lastName": "Torres \u202ezerdna"}, [f"lastName => {INVALID}"]),
        (
            {"firstName": "a" * 101},
            ["firstName => This value is too long. It should have 100 characters or less."],
        ),
        (
            {"phone": "1" * 256},
            ["phone => This value is too long. It should have 255 characters or less."],
        ),
        (
            {"company": "c" * 101},
            ["company => This value is too long. It should have 100 characters or less."],
        ),
        ({"dateOfBirth": "1990-02-30"}, ["dateOfBirth => This value is not a valid date."]),
        ({"dateOfBirth": "2990-02-28"}, ["dateOfBirth => This value is not a valid date."]),
        ({"dateOfBirth": 19900228}, ["dateOfBirth => This value is not a valid date."]),
        ({"localeName": "german"}, [f"localeName => {CHOICE}"]),
        ({"acceptedTerms": MISSING}, [f"acceptedTerms => {ABSENT}"]),
        ({"acceptedTerms": False}, ["acceptedTerms => This value should be true."]),
        ({"acceptedTerms": "yes"}, ["acceptedTerms => This value should be true."]),
        ({"acceptedTerms": 1}, ["acceptedTerms => This value should be true."]),
        (
            {"password": "elevenchars", "confirmPassword": "elevenchars"},
            [f"password => {SHORT}", f"confirmPassword => {SHORT}"],
        ),
        (
            {"password": "x" * 129, "confirmPassword": "x" * 129},
            [f"password => {LONG}", f"confirmPassword => {LONG}"],
        ),
        ({"password": MISSING}, [f"password => {ABSENT}"]),
        ({"confirmPassword": ""}, [f"confirmPassword => {BLANK}", f"confirmPassword => {SHORT}"]),
        (
            {
                "phone": "1" * 256,
                "acceptedTerms": False,
                "password": "",
                "gender": "?",
                "salutation": "",
                "email": "x",
            },
            [
                f"email => {NO_EMAIL}",
                f"gender => {CHOICE}",
                f"salutation => {BLANK}",
                f"salutation => {CHOICE}",
                f"password => {BLANK}",
                f"password => {SHORT}",
                "acceptedTerms => This value should be true.",
                "phone => This value is too long. It should have 255 characters or less.",
            ],
        ),
    ],
)
def test_flawed_fields_are_told_all_at_once_in_order(
    cloud: Cloud, overrides: dict[str, Any], details: list[str]
) -> None:
    answer = cloud.post_json("/customers", customer_document(**overrides))

    assert answer.status == 422
    assert answer.errors == [("901", 422, detail) for detail in details]
    assert cloud.state() == {cloud.customers_table: [], cloud.outbox_table: []}


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        ({"acceptedTerms": None}, ("413", 400, "Terms and Conditions was not accepted.")),
        (
            {"confirmPassword": PASSWORD + "!"},
            (
                "406",
                422,
                "Value in field password should be identical to value in the "
                "confirmPassword field.",
            ),
        ),
        (
            {"acceptedTerms": None, "confirmPassword": PASSWORD + "!"},
            ("413", 400, "Terms and Conditions was not accepted."),
        ),
        ({"email": "so nia@example.com"}, ("901", 422, f"email => {NO_EMAIL}")),
        ({"email": "sonia@example..com"}, ("416", 422, "Invalid Email address format.")),
        (
            {"email": f"{'s' * 60}@{'e' * 36}.com"},
            ("417", 422, "Email is too long. It should have 100 characters or less."),
        ),
        (
            {"password": "password1234", "confirmPassword": "password1234"},
            ("422", 400, "The password is listed as common."),
        ),
        (
            {"password": "Sonia.Torres", "confirmPassword": "Sonia.Torres"},
            ("422", 400, "The password is listed as common."),
        ),
    ],
)
def test_other_errors_come_one_at_a_time(
    cloud: Cloud, overrides: dict[str, Any], error: tuple[str, int, str]
) -> None:
    answer = cloud.post_json("/customers", customer_document(**overrides))

    assert answer.status == error[1]
    assert answer.errors == [error]
    # A password that was judged is counted; see tests/handlers/test_rate_limits.py.
    counted = int(error[0] == "422")
    assert [len(items) for items in cloud.state().values()] == [counted, 0]
    assert cloud.customers() == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"data": []}',
        '{"data": {"type": "customers"}}',
        '{"data": {"type": "customers", "attributes": []}}',
        '{"data": {"type": "customers", "attributes": {"email": NaN}}}',
        json.dumps(customer_document(firstName=["Sonia"])),
        json.dumps(customer_document(password=123456789012)),
        json.dumps(customer_document(phone={"home": 1})),
        json.dumps(customer_document(firstName="\ud800")),
        json.dumps(customer_document(note="n" * 100_000)),
        "[" * 60_000,
    ],
    ids=lambda body: body[:40],
)
def test_an_invalid_body_is_refused(cloud: Cloud, body: str) -> None:
    answer = cloud.post_json("/customers", body)

    assert answer.errors == [(None, 400, "Post data is invalid.")]
    assert answer.status == 400
    assert cloud.state() == {cloud.customers_table: [], cloud.outbox_table: []}


def test_a_body_that_is_not_utf_8_is_refused(cloud: Cloud) -> None:
    answer = cloud.request("POST", "/customers", body=b'{"data": "\xff\xfe"}')

    assert answer.errors == [(None, 400, CharactersLost.detail)]


def test_another_resources_type_is_refused(cloud: Cloud) -> None:
    body = customer_document()
    body["data"]["type"] = "carts"

    assert cloud.post_json("/customers", body).errors == [(None, 400, "Invalid type.")]


def test_unknown_attributes_change_nothing(cloud: Cloud) -> None:
    answer = cloud.post_json(
        "/customers",
        customer_document(status="verified", reference="DE--1", verified=True, expires_at=0),
    )

    assert answer.status == 201
    (customer,) = cloud.customers()
    assert customer["status"] == "unverified"
    assert customer["reference"] != "DE--1"


def test_a_second_sign_up_replaces_the_unconfirmed_first(cloud: Cloud) -> None:
    first = cloud.post_json("/customers", customer_document())
    cloud.drain()

    second = cloud.post_json(
        "/customers", customer_document(email="SONIA@example.com", firstName="Sonja")
    )
    cloud.drain()

    assert second.status == 201
    assert second.json["data"]["id"] == first.json["data"]["id"]
    (customer,) = cloud.customers()
    assert customer["first_name"] == "Sonja"
    old, new = cloud.mails
    assert cloud.post_json("/customer-confirmation", key_document(old.token)).status == 422
    assert cloud.post_json("/customer-confirmation", key_document(new.token)).status == 204


@pytest.fixture
def known(cloud: Cloud) -> Cloud:
    """A cloud in which sonia@example.com is a confirmed customer."""
    cloud.post_json("/customers", customer_document())
    cloud.drain()
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))
    cloud.mails.clear()
    return cloud


def test_a_known_address_answers_as_a_new_one_and_its_owner_is_told(known: Cloud) -> None:
    before = known.customers()

    answer = known.post_json("/customers", customer_document(firstName="Mallory"))
    known.drain()

    assert answer.status == 201
    assert answer.json["data"]["attributes"]["firstName"] == "Mallory"
    assert known.customers() == before
    (mail,) = known.mails
    assert mail.to == "sonia@example.com"
    assert "token=" not in mail.text
    assert "Mallory" not in mail.text + mail.html + mail.subject


def trace(cloud: Cloud, email: str) -> tuple[Any, list[Any]]:
    """Sign up with an address; return the answer without ids and times, and the AWS calls."""
    cloud.calls.clear()
    answer = cloud.post_json("/customers", customer_document(email=email))
    data = answer.json["data"]
    shown = answer.body.replace(data["id"], "ID").replace(email, "EMAIL")
    for time in (data["attributes"]["createdAt"], data["attributes"]["updatedAt"]):
        shown = shown.replace(time, "TIME")
    calls = [
        (call.operation, len(call.parameters.get("TransactItems", []))) for call in cloud.calls
    ]
    return (answer.status, answer.headers, answer.cookies, shown), calls


def test_new_unconfirmed_known_and_quiet_addresses_cannot_be_told_apart(known: Cloud) -> None:
    quieted(known, "quiet@example.com")
    new = trace(known, "new@example.com")
    unconfirmed = trace(known, "new@example.com")
    confirmed = trace(known, "sonia@example.com")

    assert new == unconfirmed == confirmed == trace(known, "quiet@example.com")


def test_signing_up_again_answers_the_same_reference_for_every_address(known: Cloud) -> None:
    def reference(email: str) -> str:
        answer = known.post_json("/customers", customer_document(email=email))
        return str(answer.json["data"]["id"])

    assert reference("new@example.com") == reference("new@example.com")
    assert reference("sonia@example.com") == reference("sonia@example.com")


def test_a_known_address_can_be_revealed_by_setting(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ExistingEmail="reveal")
    cloud.post_json("/customers", customer_document())
    cloud.drain()
    assert cloud.post_json("/customers", customer_document()).status == 201
    cloud.drain()
    cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    answer = cloud.post_json("/customers", customer_document())

    assert answer.status == 422
    assert answer.errors == [
        (
            "400",
            422,
            "If this email address is already in use, you will receive a password reset link. "
            "Otherwise you must first validate your e-mail address to finish registration. "
            "Please check your e-mail.",
        )
    ]


def test_an_address_that_waits_for_confirmation_is_signed_up_again(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(ExistingEmail="reveal")
    first = cloud.post_json("/customers", customer_document())

    second = cloud.post_json("/customers", customer_document(firstName="Sonja"))

    assert (first.status, second.status) == (201, 201)
    assert [customer["first_name"] for customer in cloud.customers()] == ["Sonja"]


def test_signing_up_costs_a_count_a_read_a_transaction_and_at_most_8_units(cloud: Cloud) -> None:
    cloud.post_json(
        "/customers",
        customer_document(
            email=f"{'s' * 40}@{'e' * 30}.com", phone="+49 30 1234567", company="C" * 40
        ),
        headers={"user-agent": "U" * 150},
    )

    assert [call.operation for call in cloud.calls] == [
        "UpdateItem",
        "GetItem",
        "TransactWriteItems",
    ]
    writes = cloud.calls[2].parameters["TransactItems"]
    items = [write["Put"]["Item"] for write in writes]
    # The outbox's index takes a unit of its own.
    indexed = sum("waiting" in item for item in items)
    assert 1 + indexed + sum(2 * -(-size(item) // 1024) for item in items) <= 8


def size(item: dict[str, Any]) -> int:
    """Return the size of an item, roughly as DynamoDB counts it: names and values."""
    total = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        total += len(name.encode())
        total += size(content) + 3 if kind == "M" else len(str(content).encode())
    return total


@pytest.mark.clock(NOW)
def test_an_unverified_account_expires_as_set(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(UnconfirmedDays="7")
    cloud.post_json("/customers", customer_document())

    runs_out = int((NOW + timedelta(days=7)).timestamp())
    assert {
        item["expires_at"]
        for table in (cloud.customers_table, cloud.outbox_table)
        for item in cloud.items(table)
        if item["entity"] != "limit"
    } == {runs_out}


@pytest.mark.clock(NOW)
def test_an_address_is_free_again_once_its_account_has_expired(cloud: Cloud) -> None:
    first = cloud.post_json("/customers", customer_document())
    with standing(timedelta(days=30)):
        second = cloud.post_json("/customers", customer_document())
        cloud.drain()
        token = cloud.mails[-1].token
        assert cloud.post_json("/customer-confirmation", key_document(token)).status == 204

    assert first.json["data"]["id"] != second.json["data"]["id"]
    verified = [c for c in cloud.customers() if c["status"] == "verified"]
    assert [c["reference"] for c in verified] == [second.json["data"]["id"]]


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_an_answer_lost_on_its_way_leads_to_one_customer_and_one_mail(
    cloud: Cloud, lost: int
) -> None:
    answers = iter(range(lost))

    def lose(_service: str, operation: str, parameters: Json, ask: Exchange) -> Told:
        result = ask(operation, parameters)
        if operation == "TransactWriteItems" and next(answers, None) is not None:
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return result

    with watched(lose, "dynamodb"):
        answer = cloud.post_json("/customers", customer_document())
    cloud.drain()

    assert answer.status == 201
    assert len(cloud.customers()) == 1
    assert answer.json["data"]["id"] == cloud.customers()[0]["reference"]
    assert len(cloud.mails) == 1


def test_a_database_that_is_away_is_a_503_that_gives_nothing_away(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(call: Call) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb/sonia@example.com")

    cloud.on_call = away
    with caplog.at_level(logging.DEBUG):
        answer = cloud.post_json("/customers", customer_document())

    assert answer.status == 503
    assert answer.errors == [(None, 503, "The service is busy. Please try again.")]
    logged = caplog.text + "".join(capsys.readouterr())
    assert "sonia" not in logged
    assert PASSWORD not in logged


def test_nothing_personal_is_logged(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.post_json("/customers", customer_document(phone="+49 30 777"))
    cloud.drain()
    token = cloud.mails[0].token
    cloud.post_json("/customer-confirmation", key_document(token))

    logged = "".join(capsys.readouterr())
    for secret in ("sonia", "Torres", PASSWORD, "777", token, "argon2", "203.0.113.7"):
        assert secret not in logged


def test_sign_ups_that_race_leave_one_customer(cloud: Cloud) -> None:
    """The second sign-up comes between the read and the write of the first."""
    raced = threading.Event()

    def race(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not raced.is_set():
            raced.set()
            assert (
                cloud.post_json("/customers", customer_document(firstName="Second")).status == 201
            )

    cloud.on_call = race
    answer = cloud.post_json("/customers", customer_document(firstName="First"))

    assert answer.status == 201
    (customer,) = cloud.customers()
    assert customer["first_name"] == "First"
    assert customer["reference"] == answer.json["data"]["id"]


def test_sign_ups_that_are_always_overtaken_give_up_cleanly(cloud: Cloud) -> None:
    depth = 0

    def overtake(call: Call) -> None:
        nonlocal depth
        if call.operation == "TransactWriteItems" and not depth:
            depth += 1
            cloud.post_json("/customers", customer_document(firstName="Other"))
            depth -= 1

    cloud.on_call = overtake
    answer = cloud.post_json("/customers", customer_document(firstName="First"))

    assert answer.status == 503
    assert [c["first_name"] for c in cloud.customers()] == ["Other"]
