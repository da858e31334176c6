"""Asking for a new link or password costs the same work and time for every address."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from registration.domain import passwords
from tests.conftest import MakeCloud
from tests.support.clock import standing
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.quiet import quieted
from tests.support.requests import customer_document, email_document

FLOOR = 0.25
EMAIL, STRANGER = "sonia.torres@example.com", "nobody.at.all@example.com"

Door = Callable[[Cloud, str], Answer]


def by_api(kind: str) -> Door:
    return lambda cloud, email: cloud.post_json(f"/{kind}", email_document(kind, email))


def by_page(path: str) -> Door:
    return lambda cloud, email: cloud.post_form(path, {"email": email})


DOORS = {
    "new link by the API": by_api("customer-confirmation-requests"),
    "new link": by_page("/confirm/new-link"),
    "forgotten password by the API": by_api("customer-forgotten-password"),
    "forgotten password": by_page("/forgot-password"),
}


def unknown(_cloud: Cloud) -> None:
    """Nobody has signed up."""


def unconfirmed(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document(email=EMAIL))


def expired(cloud: Cloud) -> None:
    with standing(-timedelta(days=100)):
        unconfirmed(cloud)


def known(cloud: Cloud) -> None:
    confirmed(cloud, EMAIL)


def with_a_full_profile(cloud: Cloud) -> None:
    more = {"phone": "+49 30 " + "1" * 90, "company": "c" * 100, "dateOfBirth": "1980-12-09"}
    confirmed(cloud, EMAIL, firstName="f" * 100, lastName="l" * 100, **more)


def anonymised(cloud: Cloud) -> None:
    reference = confirmed(cloud, EMAIL)
    cloud.request("DELETE", f"/customers/{reference}", headers=bearer(sign_in(cloud, EMAIL)))


def quiet(cloud: Cloud) -> None:
    quieted(cloud, EMAIL)


def quiet_and_told_today(cloud: Cloud) -> None:
    quiet(cloud)
    DOORS["new link by the API"](cloud, EMAIL)


KINDS = [quiet, quiet_and_told_today, unconfirmed, expired, known, with_a_full_profile, anonymised]


def work(cloud: Cloud, door: Door, email: str) -> list[tuple[str, int, int]]:
    """Return the operations of a request, with the number of their items and bytes."""
    cloud.calls.clear()
    answer = door(cloud, email)
    assert answer.status in {204, 303}
    return [
        (c.operation, len(c.parameters.get("TransactItems", [])), len(json.dumps(c.parameters)))
        for c in cloud.calls
    ]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_work_is_the_same_for_every_address(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, door: str, kind: Any
) -> None:
    kind(cloud)
    monkeypatch.setattr(passwords, "_hasher", None)

    expected, found = work(cloud, DOORS[door], STRANGER), work(cloud, DOORS[door], EMAIL)

    assert [call[:2] for call in found] == [call[:2] for call in expected]
    # What is told of a customer is the customer's name.
    names = 600 if kind is with_a_full_profile else 0
    for (*_, usual), (*_, size) in zip(expected, found, strict=True):
        assert abs(size - usual) <= 0.3 * usual + names


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", [unknown, *KINDS], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_time_is_the_same_for_every_address(
    cloud: Cloud, taken: list[float], door: str, kind: Any, seed: int
) -> None:
    kind(cloud)
    drawn = random.Random(seed + len(kind.__name__))  # noqa: S311 - no secret

    def call(_call: Call) -> None:
        taken.append(drawn.uniform(0.002, 0.03))

    cloud.on_call = call
    taken.clear()
    DOORS[door](cloud, EMAIL)

    assert sum(taken) == pytest.approx(FLOOR)


@pytest.mark.parametrize(("work", "total"), [(0.2, 0.25), (0.3, 0.5), (0.6, 0.75), (1.1, 1.25)])
def test_what_takes_longer_is_rounded_up(
    cloud: Cloud, taken: list[float], work: float, total: float
) -> None:
    def call(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            taken.append(work)

    cloud.on_call = call
    DOORS["new link"](cloud, EMAIL)

    assert sum(taken) == pytest.approx(total)


def test_a_client_that_asks_too_often_is_refused_at_once(
    make_cloud: MakeCloud, taken: list[float]
) -> None:
    cloud = make_cloud(ResendsPerClient="1")
    DOORS["new link"](cloud, EMAIL)
    taken.clear()

    assert DOORS["new link"](cloud, EMAIL).status == 429
    assert sum(taken) == 0
