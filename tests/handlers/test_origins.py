"""A page of another origin makes no visitor's browser change anything by the API."""

from collections.abc import Mapping

import pytest

from registration.entrypoints.web.routes import Route, routes
from tests.conftest import MakeCloud
from tests.support.cloud import PUBLIC_URL, SESSION, Answer, Cloud
from tests.support.requests import customer_document
from tests.support.stack import Stack

CHANGING = [route for route in routes() if not route.is_page and route.method != "GET"]
FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-site", "origin": PUBLIC_URL},
    {"sec-fetch-site": "something-new"},
    {"origin": "https://evil.example"},
    {"origin": "https://shop.example.evil.example"},
    {"origin": "https://evil.shop.example"},
    {"origin": "http://shop.example"},
    {"origin": "https://shop.example:8443"},
    {"origin": "https://shop.example:port"},
    {"origin": "https://[::1"},
    {"origin": "https://[shop.example]"},
    {"origin": "//"},
    {"origin": "https://shop.example, https://evil.example"},
    {"origin": "null"},
    {"origin": "file://"},
]
OURS = [
    {},
    {"origin": PUBLIC_URL},
    {"origin": "https://shop.example:443"},
    {"origin": "https://api.example"},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "same-origin", "origin": "null"},
    {"sec-fetch-site": "none"},
]


def called(cloud: Cloud, route: Route, headers: Mapping[str, str]) -> Answer:
    path = route.path.replace("{sku+}", "{sku}").format_map(
        dict.fromkeys(("reference", "key", "token", "id", "sku"), "x")
    )
    return cloud.request(route.method, path, body="{}", headers=headers)


def sign_up(cloud: Cloud, **headers: str) -> Answer:
    # What a script may send to any site without asking it first.
    plain = {"content-type": "text/plain"} if headers else {}
    return cloud.post_json("/customers", customer_document(), headers={**plain, **headers})


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_origin_signs_nobody_up(cloud: Cloud, headers: dict[str, str]) -> None:
    answer = sign_up(cloud, **headers)

    assert answer.status == 403
    assert answer.errors == [(None, 403, "Forbidden: a page of another origin cannot do this.")]
    assert cloud.customers() == []


@pytest.mark.parametrize("origin", ["null", "//", "https://[::1", "file://", "about:blank"])
def test_what_is_no_origin_is_not_ours_where_no_public_address_is_set(
    make_cloud: MakeCloud, origin: str
) -> None:
    cloud = make_cloud(PublicUrl="")

    assert sign_up(cloud, origin=origin, host="[::1").status == 403
    assert cloud.customers() == []


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_our_pages_and_clients_that_are_no_browsers_do(
    cloud: Cloud, headers: dict[str, str]
) -> None:
    answer = cloud.post_json(
        "/customers", customer_document(), headers={"host": "api.example", **headers}
    )

    assert answer.status == 201


@pytest.mark.parametrize("route", CHANGING, ids=lambda route: route.key)
def test_no_route_of_the_api_forgets_to_ask(cloud: Cloud, route: Route) -> None:
    before = cloud.state()

    answer = called(cloud, route, {"sec-fetch-site": "cross-site"})

    assert answer.status == 403
    assert cloud.state() == before


def test_reading_is_for_every_origin(cloud: Cloud) -> None:
    # What a page of another origin may see of the answer, the browser decides by CORS.
    answer = cloud.request("GET", "/customers", headers={"sec-fetch-site": "cross-site"})

    assert answer.status == 403
    assert answer.errors[0][0] == "002"


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        ("https://m.shop.example,https://app.example", "https://app.example", 201),
        ("https://m.shop.example,https://app.example", "https://M.shop.example", 201),
        ("https://m.shop.example", "https://app.example", 403),
        ("*", "https://app.example", 201),
    ],
)
def test_cors_opens_the_api_to_the_origins_that_are_named(
    make_cloud: MakeCloud, allowed: str, origin: str, status: int
) -> None:
    cloud = make_cloud(CorsAllowedOrigins=allowed)
    headers = {"origin": origin, "sec-fetch-site": "cross-site"}

    answer = cloud.post_json("/customers", customer_document(), headers=headers)

    assert answer.status == status


def test_each_function_behind_the_api_is_told_of_the_origins() -> None:
    stack = Stack({"CorsAllowedOrigins": "https://app.example"})
    functions = stack.resources("AWS::Lambda::Function")

    told = {name for name in functions if "CORS_ALLOWED_ORIGINS" in stack.environment(name)}

    assert told == {name for name in functions if "EDGE_SECRET_DIGESTS" in stack.environment(name)}


SCRIPTS = [
    {"origin": "https://m.shop.example", "sec-fetch-site": "same-site"},
    {"origin": "https://m.shop.example", "sec-fetch-site": "cross-site"},
    {"origin": "https://m.shop.example"},
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
]
PAGES = [
    *(("GET", path) for path in ("/account", "/login", "/cart", "/back-office/customers")),
    *(("POST", path) for path in ("/account/delete", "/logout", "/back-office/imports/new")),
]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_no_script_of_another_origin_uses_a_session_on_pages(
    make_cloud: MakeCloud, method: str, path: str
) -> None:
    # A named origin may send credentials, and a neighbouring subdomain has our cookies.
    cloud = make_cloud(CorsAllowedOrigins="https://m.shop.example")

    for headers in SCRIPTS:
        answer = cloud.request(method, path, headers=headers, cookies={SESSION: "x"})
        assert answer.errors == [(None, 403, "Forbidden: a page of another origin cannot do this.")]


def test_pages_answer_our_own_scripts_links_and_strangers(cloud: Cloud) -> None:
    for headers in (
        {"origin": PUBLIC_URL},
        {"origin": "null"},
        {"origin": PUBLIC_URL, "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "cross-site"},  # a link from elsewhere
    ):
        assert cloud.request("GET", "/login", headers=headers, cookies={SESSION: "x"}).status == 200
    elsewhere = {"origin": "https://docs.example", "sec-fetch-site": "cross-site"}
    assert cloud.request("GET", "/openapi.json", headers=elsewhere).status == 200
