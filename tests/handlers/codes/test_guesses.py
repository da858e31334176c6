"""Guesses at codes: few are compared, and nothing tells which addresses have an account."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from registration.domain.links import LinkSigner
from tests.conftest import MakeCloud
from tests.support.clock import let_pass
from tests.support.cloud import Answer, Call, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import NEW, OLD
from tests.support.people.quiet import quieted
from tests.support.people.shoppers import text_of
from tests.support.people.typed_codes import Typist, code_in, is_counted, newest_to, wrong
from tests.support.requests import PASSWORD, customer_document

NOBODY = "anton@example.com"  # as long as OLD
TOO_MANY = "You have typed too many codes."


def forgetful(cloud: Cloud) -> Typist:
    browser = Typist(cloud)
    browser.send("/forgot-password", email=OLD)
    return browser


def moving(cloud: Cloud) -> Typist:
    browser = Typist(cloud)
    browser.log_in()
    browser.send("/account/email", email=NEW, password=PASSWORD)
    return browser


Door = tuple[Callable[[Cloud], Typist], str, str]
DOORS: dict[str, Door] = {
    "forgotten password": (forgetful, "/forgot-password/code", OLD),
    "changed address": (moving, "/account/email/code", NEW),
}
EACH_DOOR = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digits that were compared with a code."""
    found: list[str] = []
    is_code = LinkSigner.is_code

    def compare(self: LinkSigner, digits: str, *link: str) -> bool:
        found.append(digits)
        return is_code(self, digits, *link)  # type: ignore[arg-type]

    monkeypatch.setattr(LinkSigner, "is_code", compare)
    return found


@EACH_DOOR
def test_after_a_few_codes_only_the_link_is_left(make_cloud: MakeCloud, door: Door) -> None:
    cloud = make_cloud(CodesPerSignUp="3")
    confirmed(cloud)
    begin, path, to = door
    browser = begin(cloud)
    mail = newest_to(cloud, to)
    code = code_in(mail)

    answers = [browser.types(path, wrong(code, by)).status for by in (1, 2, 3)]
    last = browser.types(path, code)

    assert (answers, last.status) == ([422] * 3, 429)
    assert TOO_MANY in text_of(last)
    assert 'id="code-error"' in last.body
    assert int(last.headers["retry-after"]) > 0
    assert browser.open(mail.link).status == 200


@EACH_DOOR
def test_guesses_hold_to_the_count(make_cloud: MakeCloud, door: Door, compared: list[str]) -> None:
    """Waiting gains nothing: the counter lasts as long as the link."""
    cloud = make_cloud(CodesPerSignUp="5")
    confirmed(cloud)
    begin, path, to = door
    browser = begin(cloud)
    code = code_in(newest_to(cloud, to))

    statuses = set()
    for number in range(1, 31):
        if number % 10 == 0:
            let_pass(timedelta(minutes=50))
        statuses.add(browser.types(path, wrong(code, number)).status)

    assert statuses == {422, 429}
    assert len(set(compared)) == 5


@EACH_DOOR
def test_a_client_is_limited_whatever_it_guesses_at(make_cloud: MakeCloud, door: Door) -> None:
    cloud = make_cloud(CodesPerClient="4", CodesPerSignUp="3")
    confirmed(cloud)
    begin, path, to = door

    answers: list[Answer] = []
    for _ in range(2):
        browser = begin(cloud)
        code = code_in(newest_to(cloud, to))
        answers += [browser.types(path, wrong(code, by)) for by in (1, 2, 3)]

    assert [each.status for each in answers] == [422] * 4 + [429] * 2
    assert TOO_MANY not in text_of(answers[-1])
    assert int(answers[-1].headers["retry-after"]) > 0


@EACH_DOOR
def test_nothing_is_compared_that_is_not_counted(
    cloud: Cloud, door: Door, compared: list[str]
) -> None:
    confirmed(cloud)
    begin, path, to = door
    browser = begin(cloud)
    code = code_in(newest_to(cloud, to))
    browser.token = browser.csrf_token()

    def fail(call: Call) -> None:
        if is_counted(call):
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    cloud.on_call = fail

    assert browser.types(path, code).status == 503
    assert compared == []


# Known and unknown addresses


def known(cloud: Cloud) -> None:
    confirmed(cloud)


def unconfirmed(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document(email=OLD))


def unknown(_cloud: Cloud) -> None:
    """Nobody has signed up."""


def quiet(cloud: Cloud) -> None:
    quieted(cloud, OLD)


def anonymised(cloud: Cloud) -> None:
    reference = confirmed(cloud)
    cloud.request("DELETE", f"/customers/{reference}", headers=bearer(sign_in(cloud)))


def told(answer: Answer, secret: str) -> tuple[object, ...]:
    """Return all of an answer but the secret in it, in whose place another stands."""
    cookies = [len(cookie) for cookie in answer.cookies]
    body = answer.body.replace(OLD, NOBODY).replace(secret, "")
    headers = {name: text for name, text in answer.headers.items() if name != "content-length"}
    return answer.status, json.dumps(headers), cookies, body


def seen(cloud: Cloud, email: str) -> list[object]:
    """Return what a stranger sees who guesses at an address, and what is done for it."""
    browser = Typist(cloud)
    browser.token = token = browser.csrf_token()
    cloud.drain()
    found: list[object] = []

    def did(answer: Answer) -> None:
        calls = [
            (c.operation, len(c.parameters.get("TransactItems", [])), sorted(c.parameters))
            for c in cloud.calls
            if c.service == "dynamodb"
        ]
        found.append((told(answer, token), calls))
        cloud.calls.clear()

    cloud.calls.clear()
    did(browser.send_as_is("/forgot-password", {"csrf_token": token, "email": email}))
    did(browser.open("/forgot-password/sent"))
    for number in range(7):
        did(browser.types("/forgot-password/code", f"1234567{number}"))
    return found


@pytest.mark.parametrize("kind", [known, unconfirmed, quiet, anonymised, unknown])
def test_a_stranger_sees_the_same_for_every_address(
    cloud: Cloud, kind: Callable[[Cloud], None]
) -> None:
    kind(cloud)

    assert seen(cloud, OLD) == seen(cloud, NOBODY)


@pytest.mark.parametrize("email", ["a@b.example", "a" * 60 + "@" + "b" * 30 + ".example"])
def test_the_cookie_is_as_long_for_every_address(cloud: Cloud, email: str) -> None:
    lengths = set()
    for each in (OLD, email):
        browser = Typist(cloud)
        browser.send("/forgot-password", email=each)
        lengths.add(len(browser.cookies["__Host-forgotten"]))

    assert len(lengths) == 1
