"""Failed log-ins take the same time for every kind of account, hash and door.

Time does not pass by itself here: a hash takes what it took when it was measured, an AWS call some
milliseconds.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest

from registration.adapters import clients
from registration.domain import passwords
from tests.conftest import MakeCloud
from tests.handlers.staff.test_back_office import staff
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document

EMAIL = "sonia@example.com"
# On 0.58 of a core, which 1,024 MB have. `make bench` measures the ratio of the two.
ARGON2, BCRYPT_10, CALL = 0.08, 0.14, 0.005
FLOOR = 1.5

Door = Callable[[Cloud, str], Answer]


@pytest.fixture
def clock(taken: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What everything takes: hashes by their kind, calls, and waiting."""
    hasher, check = passwords._hasher, bcrypt.checkpw

    class Hasher:
        def verify(self, kept: str, password: str) -> bool:
            if kept.startswith("$argon2"):
                taken.append(ARGON2)
            return hasher.verify(kept, password)

        def hash(self, password: str) -> str:
            taken.append(ARGON2)
            return hasher.hash(password)

        def check_needs_rehash(self, kept: str) -> bool:
            return hasher.check_needs_rehash(kept)

    def checked(password: bytes, kept: bytes) -> bool:
        taken.append(BCRYPT_10 * 2.0 ** (int(kept[4:6]) - 10))
        return check(password, b"$2b$04$" + kept[7:])

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    monkeypatch.setattr(bcrypt, "checkpw", checked)
    return taken


def bcrypt_hash(cost: int) -> str:
    kept = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    return f"$2y${cost:02}${kept[7:]}"


def document(kind: str, **attributes: str) -> Any:
    return {"data": {"type": kind, "attributes": attributes}}


def by_api(cloud: Cloud, email: str) -> Answer:
    return sign_in(cloud, email, "wrong")


def by_token(cloud: Cloud, email: str) -> Answer:
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = f"grant_type=password&username={email}&password=wrong"
    return cloud.request("POST", "/token", body=body, headers=form)


def by_page(cloud: Cloud, email: str) -> Answer:
    return Shopper(cloud).log_in(email, "wrong")


def by_staffs_page(cloud: Cloud, email: str) -> Answer:
    return cloud.post_form("/back-office/login", {"email": email, "password": "wrong"})


def unconfirmed(cloud: Cloud) -> str:
    email = f"{secrets.token_hex(4)}@example.com"
    assert cloud.post_json("/customers", customer_document(email=email)).status == 201
    return email


def keep(cloud: Cloud, email: str, password_hash: str | None) -> None:
    """Give a customer another hash, or none."""
    (customer,) = [one for one in cloud.customers() if one["email"] == email]
    key = {name: {"S": customer[name]} for name in ("PK", "SK")}
    more: Any = {"UpdateExpression": "REMOVE password_hash"}
    if password_hash:
        more = {
            "UpdateExpression": "SET password_hash = :hash",
            "ExpressionAttributeValues": {":hash": {"S": password_hash}},
        }
    clients.dynamodb().update_item(TableName=cloud.customers_table, Key=key, **more)


def with_hash(password_hash: str | None) -> Callable[[Cloud], str]:
    def make(cloud: Cloud) -> str:
        email = f"{secrets.token_hex(4)}@example.com"
        confirmed(cloud, email)
        keep(cloud, email, password_hash)
        return email

    return make


def ours(cloud: Cloud) -> str:
    confirmed(cloud)
    return EMAIL


def anonymised(cloud: Cloud) -> str:
    reference = confirmed(cloud)
    cloud.request("DELETE", f"/customers/{reference}", headers=bearer(sign_in(cloud)))
    return EMAIL


KINDS: dict[str, Callable[[Cloud], str]] = {
    "unknown": lambda _: "nobody@example.com",
    "no address": lambda _: "sonia",
    "too long": lambda _: "s" * 300 + "@example.com",
    "unconfirmed": unconfirmed,
    "ours": ours,
    "anonymised": anonymised,
    "without a password": with_hash(None),
    "no hash": with_hash("sturdy teapot"),
    **{f"bcrypt {cost}": with_hash(bcrypt_hash(cost)) for cost in (4, 8, 10, 11, 12, 15, 31)},
}


@pytest.mark.parametrize("door", [by_api, by_token, by_page])
@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_log_in_takes_the_same_time_for_every_account(
    cloud: Cloud, clock: list[float], door: Door, kind: str
) -> None:
    email = KINDS[kind](cloud)

    def call(_call: Call) -> None:
        clock.append(CALL)

    cloud.on_call = call
    clock.clear()
    answer = door(cloud, email)

    assert answer.status in {400, 401}
    assert sum(clock) == pytest.approx(FLOOR)


@pytest.mark.parametrize("email", ["ada@shop.example", "nobody@shop.example", EMAIL, "ada"])
def test_so_does_a_failed_log_in_of_staff(cloud: Cloud, clock: list[float], email: str) -> None:
    confirmed(cloud)
    staff(cloud)
    clock.clear()

    assert by_staffs_page(cloud, email).status == 401
    assert sum(clock) == pytest.approx(FLOOR)


@pytest.mark.parametrize("kind", ["ours", "bcrypt 4", "bcrypt 12"])
@pytest.mark.parametrize("way", ["change", "data", "delete", "change by API"])
def test_so_does_a_wrong_password_within_a_session(
    cloud: Cloud, clock: list[float], way: str, kind: str
) -> None:
    email = KINDS[kind](cloud)
    browser, tokens = Shopper(cloud), sign_in(cloud, email)
    browser.log_in(email)
    if kind != "ours":
        keep(cloud, email, bcrypt_hash(int(kind[7:])))
    names = {"password": "wrong password", "newPassword": "x" * 12, "confirmPassword": "x" * 12}
    body = json.dumps(document("customer-password", **names))
    headers = {**bearer(tokens), "content-type": "application/vnd.api+json"}
    reference = next(one["reference"] for one in cloud.customers() if one["email"] == email)
    clock.clear()

    if way == "change":
        browser.send("/account/password", password="wrong", new_password="x", repeat_password="x")
    elif way in {"data", "delete"}:
        browser.send(f"/account/{way}", password="wrong")
    else:
        cloud.request("PATCH", f"/customer-password/{reference}", body=body, headers=headers)

    assert sum(clock) == pytest.approx(FLOOR)


@pytest.mark.parametrize(("work", "total"), [(0.3, 1.5), (1.6, 3), (2.9, 3), (4.0, 4.5)])
def test_what_takes_longer_is_rounded_up(
    cloud: Cloud, clock: list[float], work: float, total: float
) -> None:
    def call(call: Call) -> None:
        if call.operation == "GetItem":
            clock.append(work)

    cloud.on_call = call
    by_api(cloud, EMAIL)

    assert sum(clock) == pytest.approx(total)


def test_a_failure_that_cannot_be_counted_waits_as_well(
    cloud: Cloud, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import EndpointConnectionError  # noqa: PLC0415

    def call(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    cloud.on_call = call

    assert by_api(cloud, EMAIL).status == 503
    assert sum(clock) == pytest.approx(FLOOR)


def test_the_right_password_and_a_refusal_wait_for_nothing(
    make_cloud: MakeCloud, clock: list[float]
) -> None:
    cloud = make_cloud(LoginFailuresPerEmail="1")
    confirmed(cloud)
    clock.clear()

    assert sign_in(cloud).status == 201
    assert sum(clock) == pytest.approx(ARGON2)
    by_api(cloud, "ada@example.com")
    clock.clear()
    assert by_api(cloud, "ada@example.com").status == 429
    assert sum(clock) == 0
