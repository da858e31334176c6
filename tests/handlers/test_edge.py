"""Behind an edge: other requests are refused, and the edge supplies the client's address."""

import hashlib
import re
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from registration.entrypoints.web.routes import Route, routes
from tests.conftest import MakeCloud
from tests.support.cloud import Answer, Cloud, source_folder
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import customer_document
from tests.support.stack import Stack

SECRET = "a secret of the edge that no client knows, 64 characters at best"
PREVIOUS = "the one before it"
NOW = datetime(2026, 11, 22, 12, 20, tzinfo=UTC)
VIEWER = "198.51.100.20"
EDGE = "192.0.2.200"
"""The client address that API Gateway sees."""

PROBLEM = (None, 403, "Forbidden: requests are taken at the public address only.")


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def by_edge(secret: str = SECRET, viewer: str = VIEWER) -> dict[str, str]:
    return {"x-origin-verify": secret, "x-viewer-address": viewer}


def path_of(route: Route) -> str:
    return re.sub(r"\{\w+\+?\}", "DE--1", route.path)


@pytest.fixture
def behind(make_cloud: MakeCloud) -> Cloud:
    """Return the service behind an edge during a rotation of its secret."""
    return make_cloud(
        EdgeSecretDigests=f"{digest(SECRET)},{digest(PREVIOUS)}", SignUpsPerClient="1"
    )


def sign_up(cloud: Cloud, **more: Any) -> Answer:
    return cloud.post_json("/customers", customer_document(), **more)


STRANGERS = {
    "nothing": {},
    "a wrong secret": by_edge("a guess"),
    "no secret": by_edge(""),
    "the digest": by_edge(digest(SECRET)),
    "both secrets": by_edge(f"{SECRET},{SECRET}"),
    "a part of it": by_edge(SECRET[:-1]),
    "no text": by_edge("\ud800\x00ÿ"),
    "an address only": {"x-viewer-address": VIEWER},
    "the secret in another place": {"authorization": SECRET, "cookie": f"x-origin-verify={SECRET}"},
}


# What comes past it

FUNCTIONS = sorted({route.function for route in routes()})


def routes_of(function: str) -> list[Route]:
    return [route for route in routes() if route.function == function]


def ask(cloud: Cloud, route: Route, headers: dict[str, str]) -> Answer:
    accept = {"accept": "text/html"} if route.is_page else {}
    return cloud.request(route.method, path_of(route), headers={**accept, **headers}, body="")


def is_refused(answer: Answer) -> bool:
    told = ("requests are taken at the public address only", "Our shop is at another address")
    return answer.status == 403 and any(text in answer.body for text in told)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_past_the_edge_each_route_is_refused_and_nothing_happens(
    behind: Cloud, function: str
) -> None:
    for route, headers in product(routes_of(function), ({}, by_edge("a guess"))):
        answer = ask(behind, route, headers)

        assert (answer.status, answer.cookies, behind.calls) == (403, [], []), route.key
        assert answer.headers["cache-control"] == "no-store"
        if route.method == "HEAD":
            assert answer.body == ""
        elif route.is_page:
            assert 'href="https://shop.example"' in answer.body
        else:
            assert answer.errors == [PROBLEM]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_through_the_edge_no_route_is_refused(behind: Cloud, function: str) -> None:
    answers = {
        (secret, route.key): ask(behind, route, by_edge(secret))
        for route, secret in product(routes_of(function), (SECRET, PREVIOUS))
    }

    assert [key for key, answer in answers.items() if is_refused(answer)] == []
    assert any(answer.status < 400 for answer in answers.values())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/customers/"),
        ("HEAD", "/customers/DE--1"),
        ("OPTIONS", "/customers"),
        ("PUT", "/customers"),
        ("GET", "/nowhere"),
        ("GET", "/back-office/login/"),
    ],
)
def test_past_the_edge_unknown_routes_are_refused_without_another_function(
    behind: Cloud, method: str, path: str
) -> None:
    asked = []

    def invoke(function: str, event: Any) -> Any:
        asked.append(function)
        return Cloud.invoke(behind, function, event)

    behind.__dict__["invoke"] = invoke
    answer = behind.request(method, path)

    assert asked == ["UnroutedFunction"]
    assert (answer.status, behind.calls) == (403, [])


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
def test_only_the_secret_admits_a_request(behind: Cloud, headers: dict[str, str]) -> None:
    answer = sign_up(behind, headers=headers, address=EDGE)

    assert (answer.status, answer.errors, behind.calls) == (403, [PROBLEM], [])


@pytest.mark.parametrize("path", ["/register", "/back-office/login", "/docs", "/nowhere"])
def test_a_browser_past_the_edge_is_told_where_the_shop_is(behind: Cloud, path: str) -> None:
    page = behind.get_page(path, headers={"accept-language": "de"})

    assert (page.status, page.cookies) == (403, [])
    assert "Unser Shop hat eine andere Adresse" in page.body
    assert 'href="https://shop.example"' in page.body
    assert page.headers["content-security-policy"]


def test_that_page_needs_nothing_from_the_closed_address(behind: Cloud) -> None:
    page = behind.get_page("/register").body

    assert set(re.findall(r'(?:href|src|action)="([^"]*)"', page)) == {"https://shop.example"}


def test_an_empty_digest_authenticates_nobody(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(EdgeSecretDigests=digest(""))

    assert sign_up(cloud, headers=by_edge("")).status == 403
    assert sign_up(cloud).status == 403


def test_a_session_does_not_open_the_back_way(behind: Cloud) -> None:
    reference = through(behind, lambda: confirmed(behind))
    token = through(behind, lambda: bearer(sign_in(behind)))

    assert behind.request("GET", f"/customers/{reference}", headers=token).status == 403
    headers = {**token, **by_edge()}
    assert behind.request("GET", f"/customers/{reference}", headers=headers).status == 200


def through(cloud: Cloud, act: Any) -> Any:
    """Run something in a cloud as if each request came through the edge."""
    request = cloud.request

    def by(method: str, target: str, **more: Any) -> Answer:
        return request(method, target, **{**more, "headers": {**more["headers"], **by_edge()}})

    cloud.__dict__["request"] = by
    try:
        return act()
    finally:
        del cloud.__dict__["request"]


# What comes through it


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
def test_both_secrets_are_accepted_during_a_rotation(behind: Cloud, secret: str) -> None:
    assert sign_up(behind, headers=by_edge(secret), address=EDGE).status == 201


def test_once_it_is_changed_the_old_one_is_refused(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(EdgeSecretDigests=digest(SECRET))

    assert sign_up(cloud, headers=by_edge(PREVIOUS)).status == 403
    assert sign_up(cloud, headers=by_edge()).status == 201


@pytest.mark.clock(NOW)
@pytest.mark.parametrize("path", ["/customers", "/customers/"])
def test_the_viewer_is_the_client_that_is_counted_and_recorded(behind: Cloud, path: str) -> None:
    def ask(viewer: str, email: str) -> int:
        document = customer_document(email=email)
        return behind.post_json(path, document, headers=by_edge(viewer=viewer), address=EDGE).status

    statuses = [ask(VIEWER, "a@example.com"), ask(VIEWER, "b@example.com")]
    other = ask("198.51.100.21", "c@example.com")

    assert (statuses, other) == ([201, 429], 201)
    recorded = {each["signed_up"]["address"] for each in behind.customers()}
    assert recorded == {VIEWER, "198.51.100.21"}


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:0DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1:443", "2001:db8::1:443"),
    ],
)
def test_an_address_has_one_form(behind: Cloud, given: str, address: str) -> None:
    assert sign_up(behind, headers=by_edge(viewer=given), address=EDGE).status == 201

    (customer,) = behind.customers()
    assert customer["signed_up"]["address"] == address


@pytest.mark.parametrize(
    "viewer",
    ["", " ", "unknown", "198.51.100.7, 192.0.2.1", "198.51.100.7:443", "fe80::1%eth0", "1.2.3"],
)
def test_an_edge_that_names_no_viewer_is_refused_and_logged(
    behind: Cloud, viewer: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = sign_up(behind, headers=by_edge(viewer=viewer), address=EDGE)

    assert (answer.status, behind.calls) == (403, [])
    assert [record.getMessage() for record in caplog.records] == ["the edge names no viewer"]


def test_the_secret_is_in_no_log_and_strangers_make_no_lines(
    behind: Cloud, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_up(behind, headers=by_edge())
    sign_up(behind, headers=by_edge("a guess"))
    behind.get_page("/register/", headers=by_edge())

    told = capsys.readouterr().out
    assert caplog.records == []
    assert told.count("RefusedNotFromEdge") == 2  # its declaration and its value
    assert SECRET not in told
    assert "a guess" not in told


# Without one


@pytest.mark.clock(NOW)
def test_without_an_edge_its_headers_are_a_clients_own_and_count_for_nothing(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud(SignUpsPerClient="1")

    first = sign_up(cloud, headers=by_edge(viewer="198.51.100.1"))
    second = sign_up(cloud, headers=by_edge(viewer="198.51.100.2"))

    assert (first.status, second.status) == (201, 429)
    (customer,) = cloud.customers()
    assert customer["signed_up"]["address"] == "203.0.113.7"


# The setting


def test_each_function_behind_the_api_is_told_of_the_edge_and_no_other() -> None:
    stack = Stack({"EdgeSecretDigests": digest(SECRET)})
    folders = {
        source_folder(name).rpartition("/")[2]
        for name in stack.resources("AWS::Lambda::Function")
        if "EDGE_SECRET_DIGESTS" in stack.environment(name)
    }

    assert folders == {*FUNCTIONS, "unrouted"}
