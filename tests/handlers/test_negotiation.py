"""Requests beside the routes: unknown paths, other methods, trailing slashes, media types, CORS."""

from typing import Any

import pytest

from registration.entrypoints.web.routes import Route, routes
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import customer_document
from tests.support.stack import Stack, expanded

JSON_API = "application/vnd.api+json"


def answers_of(cloud: Cloud, route: Route) -> list[Answer]:
    """Return how a path answers: its method, another one, and types that it does not have."""
    path = route.path.replace("+", "").format_map(
        dict.fromkeys(
            ("reference", "key", "token", "id", "sku", "upload_id", "import_id", "name"), "x"
        )
    )
    unwanted = ({"accept": "image/png"}, {"accept": "text/html", "origin": "https://evil.example"})
    return [
        cloud.request(route.method, path),
        *(cloud.request(route.method, path, headers=headers) for headers in unwanted),
        *(cloud.request(method, path) for method in ("PUT", "OPTIONS", "HEAD")),
    ]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.key)
def test_every_answer_tells_browsers_what_not_to_do_with_it(cloud: Cloud, route: Route) -> None:
    for answer in answers_of(cloud, route):
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.key)
def test_every_text_names_its_encoding(cloud: Cloud, route: Route) -> None:
    for answer in answers_of(cloud, route):
        kind = answer.headers.get("content-type", "")
        is_json = kind in {JSON_API, "application/json"}  # UTF-8 by RFC 8259, 8.1

        assert is_json or kind.endswith("; charset=utf-8") or (not kind and not answer.body)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
def test_an_unknown_path_is_not_found_in_json_api(cloud: Cloud, method: str) -> None:
    answer = cloud.request(method, "/nowhere")

    assert answer.status == 404
    assert answer.headers["content-type"] == JSON_API
    assert answer.errors == [(None, 404, "Not Found")]


def test_a_browser_gets_the_page_for_it(cloud: Cloud) -> None:
    page = cloud.get_page("/nowhere")

    assert page.status == 404
    assert "<html" in page.body


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/register"), ("GET", "/logout"), ("POST", "/back-office/customers/DE--1")],
)
def test_another_method_of_a_page_is_not_allowed_and_the_answer_says_which_are(
    cloud: Cloud, method: str, path: str
) -> None:
    answer, page = (
        cloud.request(method, path, headers={"accept": kind}) for kind in ("*/*", "text/html")
    )

    assert answer.status == page.status == 405
    assert answer.errors == [(None, 405, "Method Not Allowed")]
    assert answer.headers["allow"] == page.headers["allow"]
    assert method not in answer.headers["allow"].split(", ")
    assert "OPTIONS" in answer.headers["allow"].split(", ")


def test_options_lists_the_methods(cloud: Cloud) -> None:
    answer = cloud.request("OPTIONS", "/customers")

    assert answer.status == 204
    assert {"GET", "POST", "PATCH", "DELETE", "HEAD"} <= set(answer.headers["allow"].split(", "))


def test_a_slash_at_the_end_changes_nothing(cloud: Cloud) -> None:
    body = customer_document()

    assert cloud.post_json("/customers/", body).status == 201
    reference = confirmed(cloud)
    token = bearer(sign_in(cloud))
    assert cloud.request("GET", f"/customers/{reference}/", headers=token).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/register/", "/confirm/new-link/", "/login/", "/forgot-password/", "/cart/", "/docs/"),
        "/back-office/login/",
    ],
)
def test_a_slash_at_the_end_leads_to_every_function(cloud: Cloud, path: str) -> None:
    assert cloud.get_page(path).status == 200


@pytest.mark.parametrize("path", ["/register", "/login", "/confirm", "/openapi.json", "/docs"])
def test_head_is_get_without_a_body(cloud: Cloud, path: str) -> None:
    answer = cloud.request("HEAD", path)

    assert (answer.status, answer.body) == (200, "")


def test_head_of_a_customer_needs_the_token(cloud: Cloud) -> None:
    reference = confirmed(cloud)

    assert cloud.request("HEAD", f"/customers/{reference}").status == 403
    token = bearer(sign_in(cloud))
    answer = cloud.request("HEAD", f"/customers/{reference}", headers=token)
    assert (answer.status, answer.body) == (200, "")


def test_personal_pages_are_never_cached(cloud: Cloud) -> None:
    reference = confirmed(cloud)
    signed_in = sign_in(cloud)
    token = bearer(signed_in)
    answers = [
        signed_in,
        cloud.request("GET", f"/customers/{reference}", headers=token),
        cloud.request("GET", "/customers", headers=token),
        cloud.request("GET", "/carts", headers=token),
    ]

    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 4


def cors(**parameters: str) -> Any:
    stack = Stack(parameters)
    resources = expanded(**parameters)["Resources"].values()
    (api,) = [each for each in resources if each["Type"] == "AWS::ApiGatewayV2::Api"]
    return stack.resolve(api["Properties"]["Body"])["x-amazon-apigateway-cors"]


def test_there_is_no_cors_unless_it_is_asked_for() -> None:
    with pytest.raises(KeyError):
        cors()


def test_cors_is_for_the_origins_that_are_named() -> None:
    settings = cors(CorsAllowedOrigins="https://shop.example,https://m.shop.example")

    assert settings["allowOrigins"] == ["https://shop.example", "https://m.shop.example"]
    assert {"authorization", "if-match", "content-language"} <= set(settings["allowHeaders"])
    assert {"etag", "content-language"} <= set(settings["exposeHeaders"])
    assert settings["allowCredentials"] is True


def test_credentials_are_for_named_origins_alone() -> None:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    assert cors(CorsAllowedOrigins="*")["allowCredentials"] is False


def test_the_document_and_its_page_are_served(cloud: Cloud) -> None:
    document = cloud.request("GET", "/openapi.json")
    page = cloud.get_page("/docs")

    assert document.json["openapi"].startswith("3.1")
    assert page.status == 200
    assert "/customer-confirmation" in page.body
    assert len(page.body.encode()) < 200_000
    assert "<script>" not in page.body
    assert ' style="' not in page.body
    assert 'src="http' not in page.body
    assert "@import" not in cloud.request("GET", "/docs/style.css").body


@pytest.mark.parametrize(
    "path",
    [
        *("/openapi.json", "/docs", "/docs/style.css", "/style.css", "/script.js"),
        *("/back-office/style.css", "/back-office/script.js"),
    ],
)
def test_what_is_the_same_for_everybody_is_packed_for_who_can_unpack_it(
    cloud: Cloud, path: str
) -> None:
    plain = cloud.request("GET", path)
    packed = cloud.request("GET", path, headers={"accept-encoding": "gzip, deflate"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.body == plain.body
    assert packed.weight < plain.weight / 2
