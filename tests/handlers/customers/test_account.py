"""Customers use their own accounts, and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.support.clock import later
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.carts import OPENED, document
from tests.support.people.quiet import quieted
from tests.support.requests import (
    MISSING,
    PASSWORD,
    customer_document,
    email_document,
    key_document,
)

NEW_PASSWORD = "gentle harbour lantern"
NOT_FOUND = ("402", 404, "Customer not found.")
FORBIDDEN = ("411", 403, "Unauthorized request.")
MISSING_TOKEN = ("002", 403, "Missing access token.")


@pytest.fixture
def sonia(cloud: Cloud) -> tuple[str, dict[str, str]]:
    """The reference of a confirmed customer, and the header that authenticates her."""
    reference = confirmed(cloud)
    return reference, bearer(sign_in(cloud))


def patch(cloud: Cloud, target: str, kind: str, attributes: Any, headers: Any = None) -> Answer:
    import json  # noqa: PLC0415

    body = json.dumps({"data": {"type": kind, "attributes": attributes}})
    content = {"content-type": "application/vnd.api+json", **(headers or {})}
    return cloud.request("PATCH", target, body=body, headers=content)


def change_password(cloud: Cloud, who: tuple[str, dict[str, str]], **given: Any) -> Answer:
    attributes = {
        "password": PASSWORD,
        "newPassword": NEW_PASSWORD,
        "confirmPassword": NEW_PASSWORD,
        **given,
    }
    attributes = {name: value for name, value in attributes.items() if value is not MISSING}
    return patch(cloud, f"/customer-password/{who[0]}", "customer-password", attributes, who[1])


def forget(cloud: Cloud, email: Any) -> Answer:
    kind = "customer-forgotten-password"
    return cloud.post_json("/customer-forgotten-password", email_document(kind, email))


def restore(cloud: Cloud, key: Any, password: Any = NEW_PASSWORD, repeat: Any = None) -> Answer:
    attributes = {
        "restorePasswordKey": key,
        "password": password,
        "confirmPassword": password if repeat is None else repeat,
    }
    attributes = {name: value for name, value in attributes.items() if value is not MISSING}
    kind = "customer-restore-password"
    return patch(cloud, "/customer-restore-password/any", kind, attributes)


# Reading


def test_a_customer_reads_herself(cloud: Cloud, sonia: tuple[str, dict[str, str]]) -> None:
    reference, token = sonia

    answer = cloud.request("GET", f"/customers/{reference}", headers=token)

    assert answer.status == 200
    data = answer.json["data"]
    assert (data["type"], data["id"]) == ("customers", reference)
    assert data["links"] == {"self": f"https://shop.example/customers/{reference}"}
    assert data["attributes"]["email"] == "sonia@example.com"
    assert "password" not in str(data)


def test_the_collection_holds_oneself(cloud: Cloud, sonia: tuple[str, dict[str, str]]) -> None:
    confirmed(cloud, email="other@example.com")

    answer = cloud.request("GET", "/customers", headers=sonia[1])

    assert [one["id"] for one in answer.json["data"]] == [sonia[0]]
    assert answer.json["links"] == {"self": "https://shop.example/customers"}


def test_reading_costs_one_read(cloud: Cloud, sonia: tuple[str, dict[str, str]]) -> None:
    cloud.request("GET", "/customers", headers=sonia[1])
    cloud.calls.clear()

    cloud.request("GET", f"/customers/{sonia[0]}", headers=sonia[1])

    assert [call.operation for call in cloud.calls] == ["BatchGetItem"]


# Whose


@pytest.mark.parametrize(
    ("method", "target", "error"),
    [
        ("GET", "/customers/{other}", NOT_FOUND),
        ("PATCH", "/customers/{other}", FORBIDDEN),
        ("DELETE", "/customers/{other}", FORBIDDEN),
        ("GET", "/customers/DE--unknown", NOT_FOUND),
        ("DELETE", "/customers/DE--unknown", FORBIDDEN),
    ],
)
def test_another_customers_account_is_out_of_reach(
    cloud: Cloud,
    sonia: tuple[str, dict[str, str]],
    method: str,
    target: str,
    error: tuple[str, int, str],
) -> None:
    other = confirmed(cloud, email="other@example.com")
    before = cloud.state()
    body = '{"data": {"type": "customers", "attributes": {"phone": "1"}}}'

    answer = cloud.request(method, target.format(other=other), body=body, headers=sonia[1])

    assert answer.errors == [error]
    assert cloud.state() == before


def test_anothers_password_is_out_of_reach(cloud: Cloud, sonia: tuple[str, dict[str, str]]) -> None:
    other = confirmed(cloud, email="other@example.com")
    before = cloud.state()

    assert change_password(cloud, (other, sonia[1])).errors == [FORBIDDEN]
    assert cloud.state() == before


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/customers"),
        ("GET", "/customers/{own}"),
        ("PATCH", "/customers/{own}"),
        ("DELETE", "/customers/{own}"),
        ("PATCH", "/customers"),
        ("DELETE", "/customers"),
        ("PATCH", "/customer-password/{own}"),
    ],
)
def test_without_a_token_nothing_is_done(
    cloud: Cloud, sonia: tuple[str, dict[str, str]], method: str, target: str
) -> None:
    headers = {"content-type": "application/json"}

    answer = cloud.request(method, target.format(own=sonia[0]), body="{}", headers=headers)

    assert answer.errors == [MISSING_TOKEN]


def test_nobody_acts_as_customer_and_guest_at_once(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    headers = {**sonia[1], "x-anonymous-customer-unique-id": "guest-1"}

    ((code, status, detail),) = cloud.request("GET", "/customers", headers=headers).errors

    assert (code, status) == ("005", 400)
    assert detail.startswith("Headers request error.")


# Changing the profile


def test_a_profile_is_changed_field_by_field(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    reference, token = sonia
    target = f"/customers/{reference}"
    patch(cloud, target, "customers", {"phone": "1", "company": "Torres & Co"}, token)

    answer = patch(
        cloud,
        target,
        "customers",
        {"firstName": "Sonja", "phone": None, "dateOfBirth": "1990-02-28", "localeName": "de_DE"},
        token,
    )

    assert answer.status == 200
    attributes = answer.json["data"]["attributes"]
    assert attributes["firstName"] == "Sonja"
    assert attributes["lastName"] == "Torres"
    assert attributes["phone"] is None
    assert attributes["company"] == "Torres & Co"
    assert attributes["dateOfBirth"] == "1990-02-28"
    assert attributes["localeName"] == "de_DE"
    shown = cloud.request("GET", target, headers=token).json["data"]["attributes"]
    assert shown == attributes
    assert shown["updatedAt"] > shown["createdAt"]


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ({"firstName": ""}, "firstName => This value should not be blank."),
        ({"gender": "x"}, "gender => The value you selected is not a valid choice."),
        ({"lastName": "<b>"}, "lastName => This value is not valid."),
        ({"dateOfBirth": "28.2.1990"}, "dateOfBirth => This value is not a valid date."),
    ],
)
def test_a_flawed_profile_is_not_saved(
    cloud: Cloud, sonia: tuple[str, dict[str, str]], given: Any, detail: str
) -> None:
    before = cloud.state()

    answer = patch(cloud, f"/customers/{sonia[0]}", "customers", given, sonia[1])

    assert answer.errors == [("901", 422, detail)]
    assert cloud.state() == before


def test_other_fields_than_the_profile_are_not_changed(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    given = {"email": "mallory@example.com", "password": "x", "status": "y", "acceptedTerms": False}

    answer = patch(cloud, f"/customers/{sonia[0]}", "customers", given, sonia[1])

    assert answer.json["data"]["attributes"]["email"] == "sonia@example.com"
    assert answer.json["data"]["attributes"]["acceptedTerms"] is True
    assert sign_in(cloud).status == 201


def test_of_two_changes_at_once_one_is_told_to_try_again(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    reference, token = sonia
    overtaken: list[Answer] = []

    def overtake(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not overtaken:
            overtaken.append(Answer(0, {}, [], ""))
            attributes = {"company": "First"}
            overtaken.append(
                patch(cloud, f"/customers/{reference}", "customers", attributes, token)
            )

    cloud.on_call = overtake
    answer = patch(cloud, f"/customers/{reference}", "customers", {"company": "Second"}, token)

    assert (overtaken[1].status, answer.status) == (200, 503)
    assert cloud.customers()[0]["company"] == "First"


# Changing the password


def test_a_new_password_replaces_the_old_one_and_ends_all_sessions(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    other_device = sign_in(cloud).json["data"]["attributes"]["refreshToken"]

    answer = change_password(cloud, sonia)
    cloud.drain()

    assert (answer.status, answer.body) == (204, "")
    assert sign_in(cloud).status == 401
    assert sign_in(cloud, password=NEW_PASSWORD).status == 201
    assert cloud.request("GET", "/customers", headers=sonia[1]).status == 401
    body = {"data": {"type": "refresh-tokens", "attributes": {"refreshToken": other_device}}}
    assert cloud.post_json("/refresh-tokens", body).status == 401
    assert cloud.mails[-1].to == "sonia@example.com"
    assert "changed" in cloud.mails[-1].subject


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"password": "wrong password!"}, ("408", 400, "Invalid password")),
        (
            {"confirmPassword": NEW_PASSWORD + "!"},
            (
                "406",
                422,
                "Value in field newPassword should be identical to value in the "
                "confirmPassword field.",
            ),
        ),
        ({"newPassword": MISSING}, ("901", 422, "newPassword => This field is missing.")),
        ({"newPassword": 5}, (None, 400, "Post data is invalid.")),
        (
            {"newPassword": "password1234", "confirmPassword": "password1234"},
            ("422", 400, "The password is listed as common."),
        ),
    ],
)
def test_a_password_that_cannot_be_changed_stays(
    cloud: Cloud, sonia: tuple[str, dict[str, str]], given: Any, error: Any
) -> None:
    before = cloud.customers()

    answer = change_password(cloud, sonia, **given)

    assert answer.errors == [error]
    assert cloud.customers() == before
    assert cloud.items(cloud.outbox_table) == []


# Forgotten passwords


def test_a_forgotten_password_is_replaced_by_the_link_of_a_mail(cloud: Cloud) -> None:
    confirmed(cloud)
    session = sign_in(cloud)

    assert forget(cloud, "SONIA@example.com").status == 204
    cloud.drain()
    mail = cloud.mails[-1]
    assert mail.link.startswith("/restore-password?token=")
    assert len(mail.token) <= 150
    answer = restore(cloud, mail.token)
    cloud.drain()

    assert (answer.status, answer.body) == (204, "")
    assert sign_in(cloud).status == 401
    assert sign_in(cloud, password=NEW_PASSWORD).status == 201
    assert cloud.request("GET", "/customers", headers=bearer(session)).status == 401
    assert "changed" in cloud.mails[-1].subject


def test_a_reset_key_works_once_and_only_the_newest(cloud: Cloud) -> None:
    confirmed(cloud)
    forget(cloud, "sonia@example.com")
    forget(cloud, "sonia@example.com")
    cloud.drain()
    old, new = [mail.token for mail in cloud.mails[-2:]]
    wrong = ("415", 422, "Restore password key is not valid.")

    assert restore(cloud, old).errors == [wrong]
    assert restore(cloud, new).status == 204
    assert restore(cloud, new).errors == [wrong]


def test_a_reset_key_counts_for_two_hours(cloud: Cloud) -> None:
    confirmed(cloud)
    forget(cloud, "sonia@example.com")
    cloud.drain()

    with later(timedelta(hours=2, seconds=5)):
        answer = restore(cloud, cloud.mails[-1].token)

    assert answer.errors == [("407", 400, "Failed to change password.")]
    assert sign_in(cloud).status == 201


def test_a_confirmation_link_is_no_reset_key(cloud: Cloud) -> None:
    confirmed(cloud)
    token = cloud.mails[0].token

    assert restore(cloud, token).errors == [("415", 422, "Restore password key is not valid.")]


def test_a_reset_key_confirms_nothing(cloud: Cloud) -> None:
    confirmed(cloud)
    forget(cloud, "sonia@example.com")
    cloud.drain()

    answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert answer.status == 422


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("x",), ("415", 422, "Restore password key is not valid.")),
        ((MISSING,), ("901", 422, "restorePasswordKey => This field is missing.")),
        ((None,), ("901", 422, "restorePasswordKey => This value should not be blank.")),
        (([],), (None, 400, "Post data is invalid.")),
        (
            ("x", NEW_PASSWORD, "another one entirely"),
            (
                "406",
                422,
                "Value in field password should be identical to value in the "
                "confirmPassword field.",
            ),
        ),
    ],
)
def test_an_invalid_restore_request_is_reported(cloud: Cloud, arguments: Any, error: Any) -> None:
    assert restore(cloud, *arguments).errors == [error]


def test_a_weak_password_is_not_restored(cloud: Cloud) -> None:
    confirmed(cloud)
    forget(cloud, "sonia@example.com")
    cloud.drain()
    key = cloud.mails[-1].token

    assert restore(cloud, key, "sonia.torres").errors == [
        ("422", 400, "The password is listed as common.")
    ]
    assert restore(cloud, key).status == 204


def test_forgetting_a_password_tells_nothing_of_the_address(cloud: Cloud) -> None:
    confirmed(cloud)
    cloud.post_json("/customers", customer_document(email="unverified@example.com"))
    quieted(cloud, "quiet@example.com")
    cloud.drain()
    cloud.mails.clear()
    forget(cloud, "warm@example.com")

    def trace(email: str) -> tuple[Answer, list[Any]]:
        cloud.calls.clear()
        answer = forget(cloud, email)
        calls = [(c.operation, len(c.parameters.get("TransactItems", []))) for c in cloud.calls]
        return answer, calls

    known = trace("sonia@example.com")
    assert known == trace("unknown@example.com") == trace("unverified@example.com")
    assert known == trace("quiet@example.com") == trace("quiet@example.com")
    cloud.drain()
    assert {mail.to: mail.link.partition("?")[0] for mail in cloud.mails} == {
        "sonia@example.com": "/restore-password",
        "unverified@example.com": "/confirm",
        "quiet@example.com": "/allow-mails",
    }


@pytest.mark.parametrize("email", ["", "x", None, 5, "a@b..c"])
def test_an_invalid_address_is_reported(cloud: Cloud, email: Any) -> None:
    assert forget(cloud, email).status == 422


def test_a_forgotten_password_by_pages(cloud: Cloud) -> None:
    confirmed(cloud)
    assert 'action="/forgot-password"' in cloud.get_page("/forgot-password").body
    assert 'href="/forgot-password"' in cloud.get_page("/login").body

    sent = cloud.post_form("/forgot-password", {"email": "sonia@example.com"})
    cloud.drain()
    token = cloud.mails[-1].token
    page = cloud.get_page(cloud.mails[-1].link)
    weak = {"token": token, "new_password": "short", "repeat_password": "short"}
    refused = cloud.post_form("/restore-password", weak)
    good = {"token": token, "new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    saved = cloud.post_form("/restore-password", good)

    assert cloud.get_page(sent.location).status == 200
    assert 'name="new_password"' in page.body
    assert refused.status == 400
    assert 'aria-invalid="true"' in refused.body
    assert saved.status == 303
    assert "new password" in cloud.get_page(saved.location).body
    assert sign_in(cloud, password=NEW_PASSWORD).status == 201
    assert cloud.get_page(cloud.mails[-1].link).status == 410
    assert cloud.post_form("/restore-password", good).status == 410


# Leaving


def test_an_anonymised_customer_leaves_nothing_personal(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    reference, token = sonia
    patch(cloud, f"/customers/{reference}", "customers", {"phone": "+49 30 777"}, token)
    forget(cloud, "sonia@example.com")  # a mail that waits

    answer = cloud.request("DELETE", f"/customers/{reference}", headers=token)

    assert (answer.status, answer.body) == (204, "")
    left = cloud.state()
    for personal in ("sonia", "Sonia", "Torres", "777", "argon2", "203.0.113.7", "Browser"):
        assert personal not in str(left)
    # Counters name nobody.
    (tombstone,) = (i for i in left[cloud.customers_table] if i["entity"] != "limit")
    assert tombstone["reference"] == reference
    cloud.drain()
    assert [mail.to for mail in cloud.mails if "restore" in mail.text] == []


def test_an_anonymised_customer_is_out_and_the_address_is_free(
    cloud: Cloud, sonia: tuple[str, dict[str, str]]
) -> None:
    reference, token = sonia
    refresh_token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    cloud.request("DELETE", f"/customers/{reference}", headers=token)

    assert cloud.request("GET", "/customers", headers=token).status == 401
    assert cloud.request("DELETE", f"/customers/{reference}", headers=token).status == 401
    body = {"data": {"type": "refresh-tokens", "attributes": {"refreshToken": refresh_token}}}
    assert cloud.post_json("/refresh-tokens", body).status == 401
    assert sign_in(cloud).status == 401
    assert confirmed(cloud) != reference
    assert sign_in(cloud).status == 201


@pytest.mark.parametrize("position", range(8))
def test_leaving_can_be_tried_again_wherever_it_died(
    cloud: Cloud, sonia: tuple[str, dict[str, str]], position: int
) -> None:
    reference, token = sonia
    forget(cloud, "sonia@example.com")
    cloud.calls.clear()
    counted = iter(range(100))

    def die(_call: Call) -> None:
        if next(counted) == position:
            message = "away"
            raise ConnectionError(message)

    cloud.on_call = die
    first = cloud.request("DELETE", f"/customers/{reference}", headers=token)
    cloud.on_call = None
    second = cloud.request("DELETE", f"/customers/{reference}", headers=token)
    if first.status != 204 and second.status == 401:
        # The sessions had ended already, and the token with them.
        second = cloud.request("DELETE", f"/customers/{reference}", headers=bearer(sign_in(cloud)))

    assert {first.status, second.status} & {204}
    assert "onia" not in str(cloud.state())


def test_leaving_removes_the_carts(cloud: Cloud, sonia: tuple[str, dict[str, str]]) -> None:
    opened = document("carts", **OPENED, name="Wishes of Sonia")
    created = cloud.post_json("/carts", opened, headers=sonia[1])
    assert created.status == 201

    cloud.request("DELETE", f"/customers/{sonia[0]}", headers=sonia[1])

    assert "Wishes" not in str(cloud.state())


@pytest.mark.parametrize("door", ["api", "page"])
def test_too_many_forgotten_passwords_are_limited_without_telling(
    make_cloud: MakeCloud, door: str
) -> None:
    cloud = make_cloud(ForgottenPasswordsPerEmail="2", ForgottenPasswordsPerClient="5")
    confirmed(cloud)
    cloud.mails.clear()

    def ask(email: str) -> int:
        if door == "api":
            return forget(cloud, email).status
        return cloud.post_form("/forgot-password", {"email": email}).status

    usual = 204 if door == "api" else 303
    assert [ask("sonia@example.com") for _ in range(3)] == [usual] * 3
    cloud.drain()
    assert len(cloud.mails) == 2
    assert [ask("unknown@example.com") for _ in range(3)] == [usual, usual, 429]
