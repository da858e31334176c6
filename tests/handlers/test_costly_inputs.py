"""What a stranger sends costs us no more than a plain request, however it is made up."""

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.support.cloud import Answer, Cloud
from tests.support.requests import (
    customer_document,
    email_document,
    key_document,
    registration_form,
)

# Marks in the order that normalisation has to turn round. A form holds 16 KB, a document 64 KB.
MARKS = "a" + "\u0315\u0300" * 2_000
DENSE = "4@8({[<369+#|!1/70$5%2" * 6
# Normalised text may be long; what counts is a run of marks.
MOST_MARKS = 600

Send = Callable[[Cloud, str], Answer]


def document(kind: str, **attributes: Any) -> Any:
    return {"data": {"type": kind, "attributes": attributes}}


def posts(path: str, make: Callable[[str], Any]) -> Send:
    return lambda cloud, text: cloud.post_json(path, make(text))


def submits(path: str, make: Callable[[str], dict[str, str]]) -> Send:
    return lambda cloud, text: cloud.post_form(path, make(text[:800]))


def restored(key: str, new: str) -> Any:
    names = {"restorePasswordKey": key, "password": new, "confirmPassword": new}
    return document("customer-restore-password", **names)


FIELDS = ("email", "firstName", "lastName", "phone", "company", "dateOfBirth")


def signs_up(field: str) -> Send:
    return lambda cloud, text: cloud.post_json("/customers", customer_document(**{field: text}))


SENT: dict[str, Send] = {
    **{f"sign-up, {name}": signs_up(name) for name in FIELDS},
    "sign-up, password": posts(
        "/customers", lambda text: customer_document(password=text, confirmPassword=text)
    ),
    "sign-up by the form": submits(
        "/register", lambda text: registration_form(password=text, confirm_password=text)
    ),
    "name by the form": submits("/register", lambda text: registration_form(first_name=text)),
    "log-in, address": posts(
        "/access-tokens", lambda text: document("access-tokens", username=text, password="x")
    ),
    "log-in, password": posts(
        "/access-tokens",
        lambda text: document("access-tokens", username="sonia@example.com", password=text),
    ),
    "log-in by the form": submits("/login", lambda text: {"email": text, "password": text}),
    "forgotten password": posts(
        "/customer-forgotten-password",
        lambda text: email_document("customer-forgotten-password", text),
    ),
    "new link": posts(
        "/customer-confirmation-requests",
        lambda text: email_document("customer-confirmation-requests", text),
    ),
    "new link by the form": submits("/confirm/new-link", lambda text: {"email": text}),
    "confirmation": posts("/customer-confirmation", key_document),
    "new password": lambda cloud, text: cloud.request(
        "PATCH",
        "/customer-restore-password/x",
        body=json.dumps(restored(text, text)),
        headers={"content-type": "application/vnd.api+json"},
    ),
    "log-in of staff": submits(
        "/back-office/login", lambda text: {"email": text, "password": text}
    ),
}


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many marks each text has that is normalised from now on."""
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def measured(form: Any, text: str) -> str:
        lengths.append(sum(map(bool, map(unicodedata.combining, text))))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", measured)
    return lengths


@pytest.mark.parametrize("send", SENT.values(), ids=SENT)
def test_no_long_run_of_marks_is_normalised(
    cloud: Cloud, normalised: list[int], send: Send
) -> None:
    answer = send(cloud, MARKS)

    assert answer.status < 500
    assert max(normalised, default=0) <= MOST_MARKS


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked up in the dictionaries of passwords from now on."""
    from zxcvbn import matching  # noqa: PLC0415 - as late as the product does

    looked_up: list[str] = []
    look_up = matching.dictionary_match

    def noted(text: str, *more: Any, **named: Any) -> Any:
        looked_up.append(text)
        return look_up(text, *more, **named)

    monkeypatch.setattr(matching, "dictionary_match", noted)
    return looked_up


def test_look_alikes_cost_some_look_ups_more(cloud: Cloud, passes: list[str]) -> None:
    plain = customer_document()
    dense = customer_document(password=DENSE[:128], confirmPassword=DENSE[:128])

    assert cloud.post_json("/customers", plain).status == 201
    few = len(passes)
    cloud.post_json("/customers", dense)

    assert few > 0
    assert len(passes) - few <= 20
    assert max(map(len, passes)) <= 40


def test_beyond_the_limit_no_password_is_judged(make_cloud: MakeCloud, passes: list[str]) -> None:
    cloud = make_cloud(SignUpsPerClient="1")
    weak = customer_document(password="password1234", confirmPassword="password1234")

    assert cloud.post_json("/customers", weak).status == 400
    judged = len(passes)
    refused = cloud.post_json("/customers", weak)

    assert refused.status == 429
    assert judged
    assert len(passes) == judged
