"""Signing in, refreshing and signing out, with JSON:API and with OAuth's form."""

import json
from datetime import timedelta
from typing import Any

import argon2
import bcrypt
import jwt
import pytest

from registration.adapters import clients
from tests.conftest import MakeCloud
from tests.support.clock import later, let_pass
from tests.support.cloud import Cloud
from tests.support.factories import NOW
from tests.support.people.accounts import (
    access_tokens,
    bearer,
    confirmed,
    oauth,
    sign_in,
)
from tests.support.people.carts import contents_of_all
from tests.support.people.quiet import quieted
from tests.support.requests import PASSWORD, customer_document

FAILED = ("003", 401, "Failed to authenticate user.")


def keep(cloud: Cloud, password_hash: str) -> None:
    """Replace the customer's password hash."""
    (customer,) = cloud.customers()
    clients.dynamodb().update_item(
        TableName=cloud.customers_table,
        Key={"PK": {"S": customer["PK"]}, "SK": {"S": customer["SK"]}},
        UpdateExpression="SET password_hash = :hash",
        ExpressionAttributeValues={":hash": {"S": password_hash}},
    )


def test_a_verified_customer_gets_tokens(cloud: Cloud) -> None:
    reference = confirmed(cloud)

    answer = sign_in(cloud)

    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json["data"]
    assert (data["type"], data["id"]) == ("access-tokens", None)
    assert data["links"] == {"self": "https://shop.example/access-tokens"}
    assert data["attributes"]["tokenType"] == "Bearer"
    assert data["attributes"]["expiresIn"] == 28800
    shown = cloud.request("GET", f"/customers/{reference}", headers=bearer(answer))
    assert shown.status == 200


@pytest.mark.parametrize("username", ["SONIA@example.com", " sonia@EXAMPLE.COM "])
def test_any_spelling_of_the_address_signs_in(cloud: Cloud, username: str) -> None:
    confirmed(cloud)

    assert sign_in(cloud, username).status == 201


def test_every_failure_looks_the_same(cloud: Cloud) -> None:
    confirmed(cloud)
    cloud.post_json("/customers", customer_document(email="unverified@example.com"))

    for username, password in [
        ("sonia@example.com", "sturdy teapot orbiT"),
        ("sonia@example.com", "p" * 5000),
        ("unknown@example.com", PASSWORD),
        ("unverified@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("x" * 300 + "@example.com", PASSWORD),
        ("\u0000", "\u0000"),
    ]:
        answer = sign_in(cloud, username, password)
        assert (answer.status, answer.errors) == (401, [FAILED]), username


def test_known_and_unknown_customers_cost_the_same(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(cloud)
    cloud.post_json("/customers", customer_document(email="unverified@example.com"))
    quieted(cloud, "quiet@example.com")
    hashes: list[str] = []

    def trace(email: str) -> list[Any]:
        cloud.calls.clear()
        hashes.clear()
        assert sign_in(cloud, email, "sturdy teapot orbiT").status == 401
        return [[call.operation for call in cloud.calls], list(hashes)]

    sign_in(cloud, "unknown@example.com")
    from registration.domain import passwords  # noqa: PLC0415

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            hashes.append(kept.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(kept, password)

    hasher = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting())

    known = trace("sonia@example.com")
    assert known == trace("unknown@example.com") == trace("unverified@example.com")
    assert known == trace("quiet@example.com")
    assert len(known[1]) == 1


def test_signing_in_costs_two_reads_and_one_write(cloud: Cloud) -> None:
    confirmed(cloud)
    sign_in(cloud)
    cloud.calls.clear()

    sign_in(cloud)

    operations = [call.operation for call in cloud.calls]
    assert len(operations) == 3
    assert operations[0] in {"GetItem", "BatchGetItem"}
    assert operations[1:] == ["GetItem", "BatchWriteItem"]


def test_no_table_holds_a_refresh_token(cloud: Cloud) -> None:
    confirmed(cloud)

    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]

    assert token.rpartition(".")[2] not in str(cloud.state())


def test_an_imported_hash_signs_in_and_is_replaced_by_our_own(cloud: Cloud) -> None:
    confirmed(cloud)
    kept = bcrypt.hashpw(b"an old shop password", bcrypt.gensalt(4)).decode()
    keep(cloud, kept)

    assert sign_in(cloud, password="an old shop passwort").status == 401
    assert sign_in(cloud, password="an old shop password").status == 201

    assert cloud.customers()[0]["password_hash"].startswith("$argon2id$")
    assert sign_in(cloud, password="an old shop password").status == 201


def test_a_hash_with_former_parameters_signs_in_and_is_replaced(cloud: Cloud) -> None:
    confirmed(cloud)
    former = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    keep(cloud, former)

    assert sign_in(cloud, password="sturdy teapot orbiT").status == 401
    assert cloud.customers()[0]["password_hash"] == former
    assert sign_in(cloud).status == 201

    replaced = cloud.customers()[0]["password_hash"]
    assert "$m=8,t=1,p=1$" in replaced
    assert sign_in(cloud).status == 201
    assert cloud.customers()[0]["password_hash"] == replaced


@pytest.mark.parametrize("seen", [71, 72, 73, 100])
def test_a_tail_that_bcrypt_never_saw_does_not_become_the_password(cloud: Cloud, seen: int) -> None:
    confirmed(cloud)
    whole = ("an old shop password, much longer than bcrypt looks " * 3)[:seen]
    kept = bcrypt.hashpw(whole.encode()[:72], bcrypt.gensalt(4)).decode()
    keep(cloud, kept)

    # The other shop let a wrong tail in, and so it has to work here. It changes nothing.
    assert sign_in(cloud, password=whole[:72] + " and a wrong tail").status == 201 or seen < 72
    assert sign_in(cloud, password=whole).status == 201
    assert cloud.customers()[0]["password_hash"].startswith("$argon2id$") == (seen <= 72)


@pytest.mark.parametrize("kept", ["$2y$10$" + "z" * 53, "$2y$16$", "plain", "é"])
def test_an_unusable_hash_signs_nobody_in(cloud: Cloud, kept: str) -> None:
    confirmed(cloud)
    keep(cloud, kept)

    answer = sign_in(cloud)

    assert (answer.status, answer.errors) == (401, [FAILED])


@pytest.mark.parametrize(
    ("attributes", "details"),
    [
        ({}, ["username => This field is missing.", "password => This field is missing."]),
        ({"username": "", "password": PASSWORD}, ["username => This value should not be blank."]),
        ({"username": "x", "password": None}, ["password => This value should not be blank."]),
    ],
)
def test_missing_credentials_are_told(cloud: Cloud, attributes: Any, details: list[str]) -> None:
    body = {"data": {"type": "access-tokens", "attributes": attributes}}

    answer = cloud.post_json("/access-tokens", body)

    assert answer.errors == [("901", 422, detail) for detail in details]


@pytest.mark.parametrize("value", [5, ["x"], {"a": "b"}, True])
def test_credentials_of_a_wrong_type_are_refused(cloud: Cloud, value: Any) -> None:
    body = {"data": {"type": "access-tokens", "attributes": {"username": value, "password": "x"}}}

    assert cloud.post_json("/access-tokens", body).errors == [(None, 400, "Post data is invalid.")]


# Access tokens


def test_an_access_token_counts_for_eight_hours(cloud: Cloud) -> None:
    reference = confirmed(cloud)
    token = bearer(sign_in(cloud))

    with later(timedelta(hours=7, minutes=59)):
        assert cloud.request("GET", f"/customers/{reference}", headers=token).status == 200
    with later(timedelta(hours=8, seconds=1)):
        answer = cloud.request("GET", f"/customers/{reference}", headers=token)
    assert answer.errors == [("001", 401, "Invalid access token.")]


def forged(cloud: Cloud, **changes: Any) -> dict[str, str]:
    """Return tokens with one error each."""
    real = access_tokens(cloud)
    good = jwt.decode(real, options={"verify_signature": False})
    header = jwt.get_unverified_header(real)
    secret = clients.secrets_manager().get_secret_value(SecretId=cloud.stack.names["TokenKeys"])
    key = json.loads(secret["SecretString"])["current"]
    links = clients.secrets_manager().get_secret_value(SecretId=cloud.stack.names["LinkKeys"])
    kid = {"kid": header["kid"]}

    def without(name: str) -> dict[str, Any]:
        return {claim: value for claim, value in good.items() if claim != name}

    odd_ones: list[Any] = [float("inf"), float("-inf"), float("nan"), 10**30, "soon", None, [], {}]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return {
        **{f"ends in {c}": real[:-1] + c for c in alphabet if c != real[-1]},
        "cut": real[:-1],
        "no signature": real.rpartition(".")[0] + ".",
        "alg none": jwt.encode(good, "", "none", headers=kid),
        "other algorithm": jwt.encode(good, key, "HS512", headers=kid),
        "other key": jwt.encode(good, "k" * 64, "HS256", headers=kid),
        "link key": jwt.encode(
            good, json.loads(links["SecretString"])["current"], "HS256", headers=kid
        ),
        "unknown key id": jwt.encode(good, key, "HS256", headers={"kid": "other"}),
        "no key id": jwt.encode(good, key, "HS256"),
        "other audience": jwt.encode({**good, "aud": "staff"}, key, "HS256", headers=kid),
        "other issuer": jwt.encode({**good, "iss": "other"}, key, "HS256", headers=kid),
        **{
            f"{name} in the future": jwt.encode(
                {**good, name: good["iat"] + 3600}, key, "HS256", headers=kid
            )
            for name in ("iat", "nbf")
        },
        "other generation": jwt.encode({**good, "gen": 7}, key, "HS256", headers=kid),
        "nobody": jwt.encode({**good, "sub": "DE--nobody"}, key, "HS256", headers=kid),
        **{
            f"other {name}": jwt.encode({**good, name: value}, key, "HS256", headers=kid)
            for name, value in {
                "customer_reference": "DE--nobody",
                "sub": good["sub"].replace("null", "1"),
                "scopes": ["customer", "user"],
            }.items()
        },
        "no session": jwt.encode({**good, "sid": "other"}, key, "HS256", headers=kid),
        **{f"no {name}": jwt.encode(without(name), key, "HS256", headers=kid) for name in good},
        # JSON has no such numbers, but Python's reads and writes them.
        **{
            f"{name} {odd}": jwt.encode({**good, name: odd}, key, "HS256", headers=kid)
            for name in ("iat", "exp", "gen", "nbf")
            for odd in odd_ones
            if (name, odd) != ("exp", 10**30)
        },
        "text": "hello",
        "dots": "..",
        "huge": "a" * 5000,
    }


def test_a_forged_token_opens_nothing(cloud: Cloud) -> None:
    reference = confirmed(cloud)

    for kind, token in forged(cloud).items():
        headers = {"authorization": f"Bearer {token}"}
        answer = cloud.request("GET", f"/customers/{reference}", headers=headers)
        assert answer.errors == [("001", 401, "Invalid access token.")], kind


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer a b", "token"])
def test_another_kind_of_credentials_is_no_token(cloud: Cloud, header: str) -> None:
    answer = cloud.request("GET", "/customers", headers={"authorization": header})

    assert answer.errors == [("001", 401, "Invalid access token.")]


def test_a_token_signed_before_a_change_of_keys_counts(cloud: Cloud) -> None:
    confirmed(cloud)
    token = bearer(sign_in(cloud))
    secrets, name = clients.secrets_manager(), cloud.stack.names["TokenKeys"]
    current = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])["current"]
    changed = json.dumps({"previous": current, "current": "n" * 64})
    secrets.put_secret_value(SecretId=name, SecretString=changed)
    cloud.forget_processes()

    assert cloud.request("GET", "/customers", headers=token).status == 200
    assert cloud.request("GET", "/customers", headers=bearer(sign_in(cloud))).status == 200


def test_a_process_that_knows_only_older_keys_learns_of_the_new_one(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(cloud)
    cloud.request("GET", "/customers", headers=bearer(sign_in(cloud)))
    account = cloud._modules["AccountFunction"]
    secrets, name = clients.secrets_manager(), cloud.stack.names["TokenKeys"]
    secrets.put_secret_value(
        SecretId=name, SecretString=json.dumps({"previous": "", "current": "n" * 64})
    )
    cloud.forget_processes()
    token = bearer(sign_in(cloud))
    cloud._modules["AccountFunction"] = account
    monkeypatch.setattr("registration.adapters.secrets._SECONDS_BETWEEN_DOUBTS", 0)

    assert cloud.request("GET", "/customers", headers=token).status == 200


# OAuth's form


def test_the_password_grant(cloud: Cloud) -> None:
    confirmed(cloud)

    answer = oauth(cloud, grant_type="password", username="sonia@example.com", password=PASSWORD)

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json
    assert set(content) == {"token_type", "expires_in", "access_token", "refresh_token"}
    assert (content["token_type"], content["expires_in"]) == ("Bearer", 28800)
    headers = {"authorization": f"bearer {content['access_token']}"}
    assert cloud.request("GET", "/customers", headers=headers).status == 200


def test_the_refresh_token_grant(cloud: Cloud) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]

    assert oauth(cloud, grant_type="refresh_token", refresh_token=token).status == 200
    let_pass(timedelta(seconds=10))
    again = oauth(cloud, grant_type="refresh_token", refresh_token=token)
    assert (again.status, again.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body", [b"\xff", b"grant_type=password&grant_type=refresh_token", b"a" * 20_000, b"{}"]
)
def test_a_malformed_form_is_an_invalid_request(cloud: Cloud, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}

    answer = cloud.request("POST", "/token", body=body, headers=headers)

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


# Limits


@pytest.mark.clock(NOW + timedelta(minutes=1))
@pytest.mark.parametrize("username", ["sonia@example.com", "unknown@example.com", "no address"])
def test_too_many_failures_with_one_address_lock_it_for_a_while(
    make_cloud: MakeCloud, username: str
) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="3", LoginLimitMinutes="15")
    confirmed(cloud)

    for _ in range(3):
        assert sign_in(cloud, username, "sturdy teapot orbiT").status == 401
    refused = sign_in(cloud, username, PASSWORD)
    let_pass(timedelta(minutes=15))
    later = sign_in(cloud, username, PASSWORD)

    assert refused.status == 429
    assert 0 < int(refused.headers["retry-after"]) <= 15 * 60
    assert later.status == (201 if username == "sonia@example.com" else 401)


def test_too_many_failures_from_one_client_lock_it_out(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerClient="3")
    confirmed(cloud)

    for n in range(3):
        sign_in(cloud, f"customer{n}@example.com")

    assert sign_in(cloud).status == 429
    answer = oauth(cloud, grant_type="password", username="sonia@example.com", password=PASSWORD)
    assert answer.status == 429


def test_a_login_with_the_right_password_is_never_counted(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="3", LoginFailuresPerClient="3")
    confirmed(cloud)

    assert [sign_in(cloud).status for _ in range(6)] == [201] * 6


# The guest's cart


def test_signing_in_makes_the_guests_cart_the_customers(cloud: Cloud) -> None:
    confirmed(cloud)
    guest = {"x-anonymous-customer-unique-id": "guest-1"}
    item = {"data": {"type": "guest-cart-items", "attributes": {"sku": "tea-1", "quantity": 2}}}
    cart = cloud.post_json("/guest-cart-items", item, headers=guest).json["data"]["id"]
    credentials = {"username": "sonia@example.com", "password": PASSWORD}
    body = {"data": {"type": "access-tokens", "attributes": credentials}}

    answer = cloud.post_json("/access-tokens", body, headers=guest)

    carts = cloud.request("GET", "/carts?include=items", headers=bearer(answer)).json
    assert contents_of_all(carts) == {cart: {"tea-1": 2}}
